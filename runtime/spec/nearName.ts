// The name that somebody probably meant. Compares without case and separators, then by the letters that differ.

/** The nearest of `names` to `written`; null when none is near enough to be worth a hint. */
export function nearName(written: string, names: readonly string[]): string | null {
  const folded = fold(written);
  const same = names.find(name => fold(name) === folded);
  if (same !== undefined) return same;
  const ranked = names
    .map(name => ({name, distance: lettersBetween(folded, fold(name))}))
    .toSorted((a, b) => a.distance - b.distance);
  const [best] = ranked;
  // A quarter of the letters: more would offer a word that has nothing to do with it.
  return best !== undefined && best.distance <= Math.max(1, Math.floor(folded.length / 4))
    ? best.name
    : null;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '');
}

/** Letters to put in, leave out, change, or swap with their neighbour. */
function lettersBetween(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({length: right.length + 1}, (_, j) => j);
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    for (let j = 1; j <= right.length; j++) {
      const cost = left[i - 1] === right[j - 1] ? 0 : 1;
      row[j] = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + cost);
      const swapped = left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      if (i > 1 && j > 1 && swapped) row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[right.length]!;
}
