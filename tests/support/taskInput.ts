// The smallest task that is accepted, for tests that change one setting of it.

/** A fresh copy of it. */
export function minimalTask(): Record<string, any> {
  return {
    name: 'shop',
    source: {host: 'db', user: 'sync'},
    sourcePassword: {env: 'DB_PASSWORD'},
    target: {endpoint: 'http://127.0.0.1:8731/api', project: 'local', accessKeyId: 'id'},
    targetAccessKeySecret: 'secret',
    objects: [{database: 'shop', tables: [{name: 'orders'}]}],
  };
}

/** The same with the value at `path` set; a number in the path is an index. */
export function taskWith(
  path: readonly (string | number)[],
  value: unknown,
): Record<string, unknown> {
  const task = minimalTask();
  let at: Record<string | number, any> = task;
  for (const key of path.slice(0, -1)) at = at[key] ??= {};
  at[path.at(-1)!] = value;
  return task;
}
