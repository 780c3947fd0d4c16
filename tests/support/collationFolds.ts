// What a collation of the server makes of every character, as far as it can equal ASCII text: the proof, and the source,
// of runtime/rules/foldTables.ts.
import type {TestDatabase} from './mysql.ts';

/** A run of code points that fold to `text`: ASCII characters of the same weights, '' for characters without any. */
export type FoldRun = [first: number, last: number, text: string];

const chunkSize = 16_384;
const codePoints = 0x110000;

/** Runs of all code points from 0 that `collation` weighs like ASCII text; the others equal no ASCII text. */
export async function collationFolds(
  database: TestDatabase,
  collation: string,
): Promise<FoldRun[]> {
  await database.query('SET SESSION cte_max_recursion_depth = 20000');
  const weights: string[] = [];
  for (let first = 0; first < codePoints; first += chunkSize) {
    const rows = await database.query(
      `WITH RECURSIVE n AS (SELECT ${first} AS c UNION ALL SELECT c + 1 FROM n WHERE c + 1 < ${first + chunkSize})
       SELECT HEX(WEIGHT_STRING(CONVERT(CONVERT(UNHEX(LPAD(HEX(c), 8, '0')) USING utf32) USING utf8mb4)
         COLLATE ${collation})) AS w FROM n ORDER BY c`,
    );
    for (const row of rows) weights.push(row['w'] === null ? 'none' : String(row['w']));
  }
  const characters = new Map<string, string>();
  for (let c = 0; c < 128; c++)
    if (weights[c]!.length === 4 && !characters.has(weights[c]!))
      characters.set(weights[c]!, String.fromCharCode(c).toLowerCase());
  const runs: FoldRun[] = [];
  weights.forEach((weight, c) => {
    if (c >= 0xd800 && c < 0xe000) return;
    const units = weight.match(/..../g) ?? [];
    const folded = weight === 'none' ? [undefined] : units.map(unit => characters.get(unit));
    if (folded.includes(undefined)) return;
    const text = folded.join('');
    const last = runs.at(-1);
    if (last !== undefined && last[1] === c - 1 && last[2] === text) last[1] = c;
    else runs.push([c, c, text]);
  });
  return runs;
}
