// How a place inside a task is written: `objects[0].tables[1].name`.

/** `objects[0].tables[1].name` for `['objects', 0, 'tables', 1, 'name']`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number'
        ? `${text}[${key}]`
        : text === ''
          ? String(key)
          : `${text}.${String(key)}`,
    '',
  );
}
