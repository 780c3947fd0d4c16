// What a lock file lacks: optional packages of other platforms, without which `npm ci` refuses it.

/**
 * The optional dependencies that no entry of the lock file stands for.
 * @param {{packages: Record<string, {optionalDependencies?: Record<string, string>, dev?: boolean}>}} lock
 * @returns {{name: string, version: string, isDev: boolean}[]}
 */
export function missingOptional(lock) {
  const known = new Set(
    Object.keys(lock.packages).map(path => path.replace(/^.*node_modules\//, '')),
  );
  return Object.entries(lock.packages).flatMap(([path, entry]) =>
    path === ''
      ? []
      : Object.entries(entry.optionalDependencies ?? {})
          .filter(([name]) => !known.has(name))
          .map(([name, version]) => ({
            name,
            version: version.replace(/^[\^~=]/, ''),
            isDev: entry.dev === true,
          })),
  );
}
