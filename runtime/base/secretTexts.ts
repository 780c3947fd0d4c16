// The secrets this process knows, so that no text that leaves it carries one: logs and printed errors pass through `hideSecrets`.
// Errors of libraries can quote what they were given; a list of keys alone would miss that.

/** Shorter texts are everyday words: hiding them everywhere would only garble the log. */
const secretCharactersMin = 4;

const known = new Set<string>();
let anyKnown: RegExp | null = null;

/** From now on `hideSecrets` hides `text`, as it is and as JSON writes it. */
export function rememberSecret(text: string): void {
  if (text.length < secretCharactersMin) return;
  known.add(text);
  known.add(JSON.stringify(text).slice(1, -1));
  // The longest first: one secret may be a part of another.
  const alternatives = [...known]
    .toSorted((a, b) => b.length - a.length)
    .map(secret => secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  anyKnown = new RegExp(alternatives.join('|'), 'g');
}

/** `text` with every remembered secret replaced by `[secret]`, in one pass: that word may itself be a secret. */
export function hideSecrets(text: string): string {
  return anyKnown === null ? text : text.replace(anyKnown, '[secret]');
}
