// The edits of a task as the engine's detailed diff: one entry a property path, with what happens to it.
// Kinds: pulumirpc.PropertyDiff.Kind in proto/pulumi/provider.proto.
import type {Edit} from '../edits.ts';
import type {Properties} from '../inputs.ts';

export type PropertyKind =
  'add' | 'add-replace' | 'delete' | 'delete-replace' | 'update' | 'update-replace';

/** Path → kind, for inputs as the program writes them. A path that is written in neither is cut to what is. */
export function propertyDiffs(
  edits: readonly Edit[],
  olds: Properties,
  news: Properties,
): Map<string, PropertyKind> {
  const found = new Map<string, PropertyKind>();
  for (const edit of edits) {
    const path = writtenPath(edit.path, olds, news);
    // One table left its place in the list and another took it, or one table has several edits that are not written out.
    const isOne = path === edit.path && !found.has(path);
    const kind = isOne ? changeAt(edit, olds, news) : 'update';
    found.set(path, edit.kind === 'replace' ? `${kind}-replace` : kind);
  }
  return found;
}

/** A table in a list is added or taken out whatever else stands at that place of the other list. */
function changeAt({path, change}: Edit, olds: Properties, news: Properties) {
  if (change === 'added') return 'add';
  if (change === 'removed') return 'delete';
  if (valueAt(olds, path) === undefined) return 'add';
  return valueAt(news, path) === undefined ? 'delete' : 'update';
}

/** `'orders'` has no path `.where`: the table itself then shows as changed. */
function writtenPath(path: string, olds: Properties, news: Properties): string {
  if (valueAt(olds, path) !== undefined || valueAt(news, path) !== undefined) return path;
  const parent = path.replace(/(\.[^.[]+|\[\d+\])$/, '');
  return parent === path ? path : writtenPath(parent, olds, news);
}

function valueAt(properties: Properties, path: string): unknown {
  const keys = path.split(/[.[\]]+/).filter(key => key !== '');
  return keys.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Properties)[key] : undefined,
    properties,
  );
}
