// Names, globs with * ? [ and /regular expressions/ over the names of databases and tables, and target names that are
// made of what a pattern matched. Refuses nothing by itself: `patternProblem` says what is wrong with a text.

/** Whether the text selects by pattern rather than by name. */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text) || isRegularExpression(text);
}

/** What is wrong with `text` as a name or pattern; null when nothing is. */
export function patternProblem(text: string): string | null {
  if (text.startsWith('/') && !isRegularExpression(text))
    return 'must end with / where it begins with /';
  if (!isRegularExpression(text) && /\[[^\]]*$/.test(text)) return 'must close the [ with a ]';
  if (!isPattern(text)) return null;
  try {
    expressionOf(text);
    return null;
  } catch (error) {
    const said = (error as Error).message.replace(/^Invalid regular expression: /, '');
    return `must be a regular expression: ${said}`;
  }
}

/** Tests names against one pattern or name. The text must be without a problem. */
export function compilePattern(text: string): (name: string) => boolean {
  if (!isPattern(text)) return name => name === text;
  const expression = expressionOf(text);
  return name => expression.test(name);
}

/** Whether a target name has places for what a pattern matched: $0 the whole name, $1 to $9 its parts. */
export function hasPlaces(as: string): boolean {
  return /\$\d/.test(as);
}

/** Parts that `text` matches by themselves: groups of a regular expression, wildcards of a glob. */
export function countParts(text: string): number {
  if (!isPattern(text)) return 0;
  const alternative = new RegExp(`${expressionOf(text).source}|`, 'u');
  return alternative.exec('')!.length - 1;
}

/** `as` with its places filled by what `pattern` matched in `name`. */
export function fillPlaces(as: string, pattern: string, name: string): string {
  if (!hasPlaces(as)) return as;
  const parts = (isPattern(pattern) ? expressionOf(pattern).exec(name) : null) ?? [name];
  return as.replace(/\$(\d)/g, (_, place: string) =>
    place === '0' ? name : (parts[Number(place)] ?? ''),
  );
}

function isRegularExpression(text: string): boolean {
  return text.length > 2 && text.startsWith('/') && text.endsWith('/');
}

function expressionOf(text: string): RegExp {
  return isRegularExpression(text)
    ? new RegExp(text.slice(1, -1), 'u')
    : new RegExp(`^${globSource(text)}$`, 'u');
}

/** `*` any characters, `?` one, `[a-c]` and `[!a-c]` one of them, each a group; everything else is itself. */
function globSource(glob: string): string {
  return glob.replace(
    /\*|\?|\[(!?)([^\]]+)\]|[^*?[]+|\[/gu,
    (part, negated: string, set: string) => {
      if (part === '*') return '(.*)';
      if (part === '?') return '(.)';
      if (set !== undefined)
        return `([${negated === '!' ? '^' : ''}${set.replace(/[\\^[]/gu, '\\$&')}])`;
      return part.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
    },
  );
}
