// What is wrong with the text of a task file before its settings are looked at: no JSON, with line and column, or a key
// that stands twice, of which JSON.parse would silently take the last. Quotes nothing of the text but keys.

/** The problem as the end of a sentence that begins with the file's name; null when there is none. */
export function jsonProblem(text: string): string | null {
  if (text.trim() === '') return 'is empty';
  try {
    JSON.parse(text);
  } catch (error) {
    return `is not JSON${hint(text)}${placeOf(text, error as Error)}`;
  }
  const twice = repeatedKey(text);
  return twice === null ? null : `has the key ${twice} twice in one object`;
}

function hint(text: string): string {
  if (/^\s*[\w-]+\s*:/m.test(text) && !/^\s*[{[]/.test(text)) return ' but looks like YAML';
  if (/^\s*(\/\/|\/\*|#)/m.test(text)) return ' (it has comments, which JSON does not)';
  if (/,\s*[}\]]/.test(text)) return ' (a comma stands before a closing bracket)';
  return '';
}

/** Node names the offset of most faults, but not of the first character, nor of a text that ends early. */
function placeOf(text: string, error: Error): string {
  const [, offset] = /position (\d+)/.exec(error.message) ?? [];
  if (offset === undefined && !/end of JSON/.test(error.message)) return '';
  const before = text.slice(0, offset === undefined ? text.length : Number(offset));
  const lines = before.split('\n');
  return `, at line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
}

/** The first key that an object of valid JSON `text` holds twice, by its path's last step. */
function repeatedKey(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
  for (const {0: token, index} of text.matchAll(tokens)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (/^\s*:/.test(text.slice(index + token.length, index + token.length + 64))) {
      const keys = open.at(-1);
      if (keys?.has(token) === true) return token;
      keys?.add(token);
    }
  }
  return null;
}
