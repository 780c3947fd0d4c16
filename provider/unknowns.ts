// Values that a preview does not know yet. Pulumi puts one fixed text in their place; nothing here connects or guesses.
// The text is fixed by the engine's protocol (`unknownValue` in @pulumi/pulumi/runtime/rpc).
import {formatPath} from '../runtime/spec/parse.ts';

/** What stands where a value is not known before the update runs. */
export const unknownValue = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** Paths of all unknown values inside `value`, as `objects[0].tables[1]`. */
export function unknownPaths(value: unknown, at: PropertyKey[] = []): string[] {
  if (value === unknownValue) return [formatPath(at)];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((inner, i) => unknownPaths(inner, [...at, i]));
  return Object.entries(value).flatMap(([key, inner]) => unknownPaths(inner, [...at, key]));
}

/** Whether `path` is at, below or above one of `unknowns`: nothing can be said of it yet. */
export function touchesUnknown(path: string, unknowns: readonly string[]): boolean {
  return unknowns.some(unknown => isAtOrBelow(path, unknown) || isAtOrBelow(unknown, path));
}

/** `news` with each unknown replaced by what `olds` has there, so that the rest can be parsed and compared. */
export function fillUnknowns(news: unknown, olds: unknown): unknown {
  if (news === unknownValue) return olds === undefined ? news : olds;
  if (typeof news !== 'object' || news === null) return news;
  if (Array.isArray(news))
    return news.map((inner, i) => fillUnknowns(inner, Array.isArray(olds) ? olds[i] : undefined));
  const old = (typeof olds === 'object' && olds !== null ? olds : {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(news).map(([key, inner]) => [key, fillUnknowns(inner, old[key])]),
  );
}

/** Whether `path` is `prefix` or lies inside it. */
export function isAtOrBelow(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  const next = path[prefix.length];
  return next === undefined || next === '.' || next === '[';
}

/** `value` without the settings that are unknown; in lists they stay, so that places keep their numbers. */
export function withoutUnknowns(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUnknowns);
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).filter(([, inner]) => inner !== unknownValue);
  return Object.fromEntries(known.map(([key, inner]) => [key, withoutUnknowns(inner)]));
}
