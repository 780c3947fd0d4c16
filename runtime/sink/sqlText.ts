// SQL text for MaxCompute: quoted names and strings, conditions on partitions, SET lines.

/** A name in backticks. Names were checked before (names.ts); a backtick cannot be in one. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A string literal; backslash escapes, as the service reads them. */
export function quoteText(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\0', '');
  return `'${escaped}'`;
}

/** `year=2026,month=11` as name and value pairs. Values hold no comma and no `=` by our own rules. */
export function parsePartition(spec: string): [name: string, value: string][] {
  return spec.split(',').map(part => {
    const equals = part.indexOf('=');
    return [
      part.slice(0, equals).trim(),
      part
        .slice(equals + 1)
        .trim()
        .replace(/^'(.*)'$/, '$1'),
    ];
  });
}

/** A condition that selects the partition `year=2026,month=11`. */
export function partitionCondition(spec: string): string {
  return parsePartition(spec)
    .map(([name, value]) => `${quoteName(name)} = ${quoteText(value)}`)
    .join(' AND ');
}

/** Leading `SET k=v;` lines, which the service takes as settings of the job, and the statement after them. */
export function splitSettings(sql: string): {settings: Record<string, string>; statement: string} {
  const settings: Record<string, string> = {};
  let statement = sql.trim();
  for (;;) {
    const found = /^set\s+([\w.]+)\s*=\s*([^;]*);\s*/i.exec(statement);
    if (found === null) return {settings, statement};
    settings[found[1]!] = found[2]!.trim();
    statement = statement.slice(found[0].length);
  }
}
