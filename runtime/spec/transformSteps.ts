// Transforms as steps in their order: rows dropped by a condition, columns set to a value. Needs no table, so that a
// preview can name what is wrong before anything is connected.
import {isSyncError, SyncError, type Finding} from '../base/errors.ts';
import type {Expression} from './expression.ts';
import {parseExpression} from './parseExpression.ts';
import {parseScript} from './parseScript.ts';
import type {ObjectSpec} from './task.ts';
import type {Transform} from './transforms.ts';

/** One step. `guard` is the condition under which a script takes it; null: always. */
export type Step = {path: string} & (
  | {kind: 'drop'; condition: Expression}
  | {kind: 'set'; column: string; value: Expression; hash: string | null; guard: Expression | null}
);

/** The steps of a table's transforms. Raises SYNC1101, SYNC1103, SYNC1104 or SYNC1106, each with its path below the table. */
export function transformSteps(transforms: readonly Readonly<Transform>[]): Step[] {
  return transforms.flatMap((transform, i) => stepsOf(transform, `transforms[${i}]`));
}

/** What is wrong with the filters and transforms of all tables, by path. */
export function expressionFindings(objects: readonly ObjectSpec[]): Finding[] {
  return objects.flatMap((object, i) =>
    object.tables.flatMap((table, j) => {
      const findings: Finding[] = [];
      const look = (path: string, read: () => unknown) => {
        try {
          read();
        } catch (error) {
          if (!isSyncError(error)) throw error;
          const where = `objects[${i}].tables[${j}].${error.finding.where ?? path}`;
          findings.push({...error.finding, where});
        }
      };
      const {where} = table;
      if (where !== null) look('where', () => parseExpression(where));
      table.transforms.forEach((transform, k) =>
        look(`transforms[${k}]`, () => stepsOf(transform, `transforms[${k}]`)),
      );
      return findings;
    }),
  );
}

function stepsOf(transform: Readonly<Transform>, at: string): Step[] {
  const {drop, script} = transform;
  if (drop !== null) {
    const path = `${at}.drop`;
    return [{kind: 'drop', path, condition: placed(path, () => parseExpression(drop))}];
  }
  if (script !== null) {
    const path = `${at}.script`;
    return placed(path, () => parseScript(script)).map(step => ({...step, path}));
  }
  return [{kind: 'set', guard: null, ...setOf(transform, at)}];
}

function setOf(
  transform: Readonly<Transform>,
  at: string,
): {path: string; column: string; value: Expression; hash: string | null} {
  const column = transform.column!;
  const own: Expression = {kind: 'column', name: column, at: 0};
  const call = (name: string, ...parts: Expression[]): Expression => ({
    kind: 'call',
    name,
    detail: null,
    parts,
    at: 0,
  });
  const number = (value: number): Expression => ({kind: 'number', text: String(value), at: 0});
  const {set, mask, truncate, cast, hash} = transform;
  const step = (action: string, value: () => Expression, key: string | null = null) => {
    const path = `${at}.${action}`;
    return {path, column, value: placed(path, value), hash: key};
  };
  if (set !== null) return step('set', () => parseExpression(set));
  if (transform.default !== null)
    return step('default', () => call('IFNULL', own, parseExpression(transform.default!)));
  if (mask !== null) {
    const sign: Expression = {kind: 'string', text: mask.with, at: 0};
    return step('mask', () => call('MASK', own, number(mask.from), number(mask.to), sign));
  }
  if (truncate !== null) return step('truncate', () => call('LEFT', own, number(truncate)));
  if (cast !== null) {
    const name = column.replaceAll('`', '``');
    return step('cast', () => parseExpression(`CAST(\`${name}\` AS ${cast})`));
  }
  return step('hash', () => own, hash);
}

/** What `read` gives; an error of it gets `path`. */
export function placed<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isSyncError(error)) throw error;
    throw new SyncError({...error.finding, where: path}, error.kind, error.cause);
  }
}
