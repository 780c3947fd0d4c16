// Settings that the spec accepts and this version does not carry out. Each is refused by path, never silently ignored.
// docs/spec.md marks the same list. An entry goes when its feature lands.
import {finding, type Finding} from '../base/errors.ts';
import {formatPath} from './path.ts';
import type {Task} from './task.ts';

/** One such setting; its values are no secrets, so a finding may quote them. */
export interface UnavailableSetting {
  /** Path of the setting, `[]` for every element. */
  path: string;
  /** Whether a value asks for what is not there yet; the default never does. */
  asks: (value: unknown) => boolean;
  /** What to use for now; starts with a verb. */
  instead: string;
}

/** A finding quotes no more of a value than this. */
const quotedCharactersMax = 80;

/** Every setting that is not carried out yet: none at present. */
export const unavailable: readonly UnavailableSetting[] = [];

/** One finding (SYNC1005) for each of `settings` that `task` asks for. */
export function unavailableSettings(
  task: Task,
  settings: readonly UnavailableSetting[] = unavailable,
): Finding[] {
  return settings.flatMap(setting =>
    valuesAt(task, setting.path)
      .filter(found => setting.asks(found.value))
      .map(({path, value}) => {
        const observed = quoted(value);
        return finding(
          'SYNC1005',
          {path, value: observed, instead: setting.instead},
          {where: path, observed},
        );
      }),
  );
}

/** Every value under a path such as `objects[].tables[].where`, each with its exact path. */
function valuesAt(task: Task, path: string): {path: string; value: unknown}[] {
  let found: {keys: PropertyKey[]; value: unknown}[] = [{keys: [], value: task}];
  for (const step of path.split('.')) {
    const key = step.replace(/\[\]$/, '');
    found = found.map(({keys, value}) => ({
      keys: [...keys, key],
      value: (value as Record<string, unknown>)[key],
    }));
    if (step !== key)
      found = found.flatMap(({keys, value}) =>
        (value as readonly unknown[]).map((inner, i) => ({keys: [...keys, i], value: inner})),
      );
  }
  return found.map(({keys, value}) => ({path: formatPath(keys), value}));
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= quotedCharactersMax ? text : `${text.slice(0, quotedCharactersMax)}…`;
}
