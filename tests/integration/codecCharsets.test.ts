// Every character set of the server: all its characters, converted by the server for the snapshot and by us for the
// binlog, give the same UTF-8.
import test from 'ava';
import {charsetNames} from '../../runtime/codec/charset.ts';
import {binlogPlace, logRows, planOf, snapshotRows} from '../support/bothPaths.ts';
import {createDatabase, type TestDatabase} from '../support/mysql.ts';

test('every character set of the server but binary is supported', async t => {
  const database = await createDatabase(t);
  const rows = await database.query(
    `SELECT character_set_name AS name FROM information_schema.character_sets
     WHERE character_set_name <> 'binary'`,
  );
  const known = new Set(charsetNames());
  t.deepEqual(
    rows.map(row => String(row['name'])).filter(name => !known.has(name)),
    [],
  );
});

const everyCharacter = test.macro<[string]>({
  title: (_, charset) => `every character of ${charset} arrives the same by snapshot and by binlog`,
  exec: async (t, charset) => {
    const database = await createDatabase(t);
    const characters = await charactersOf(database, charset);
    t.true(characters.length > 90);
    await database.query(
      `CREATE TABLE v (id INT PRIMARY KEY, c CHAR(40) CHARACTER SET ${charset},
         l LONGTEXT CHARACTER SET ${charset})`,
    );
    const place = await binlogPlace(database);
    for (let id = 0; id * 5000 < characters.length; id++) {
      const text = Buffer.concat(characters.slice(id * 5000, (id + 1) * 5000));
      const few = Buffer.concat(characters.slice(id * 5000, id * 5000 + 30));
      await database.query('INSERT INTO v VALUES (?, ?, ?)', [id, few, text]);
    }
    await database.query(`INSERT INTO v VALUES (1000, 'plain  ', 'plain  '), (1001, '', '')`);
    const plan = await planOf(database, 'v');
    const snapshot = await snapshotRows(t, database, plan, 'ORDER BY id');
    const log = await logRows(t, database, plan, place);
    t.deepEqual(
      log.rows.map(row => row.slice(5)),
      snapshot.rows,
    );
    t.deepEqual(snapshot.rows.slice(-2), [
      [1000, 'plain', 'plain  '],
      [1001, '', ''],
    ]);
  },
});

for (const charset of charsetNames().filter(name => name !== 'utf8')) test(everyCharacter, charset);

/** The bytes of each well-formed character of `charset`; for the big sets a sample over the whole range. */
async function charactersOf(database: TestDatabase, charset: string): Promise<Buffer[]> {
  const hex = codes(charset).map(code => `('${code}')`);
  await database.query('CREATE TEMPORARY TABLE code (h VARCHAR(8) CHARACTER SET ascii)');
  for (let i = 0; i < hex.length; i += 20_000)
    await database.query(`INSERT INTO code VALUES ${hex.slice(i, i + 20_000).join(',')}`);
  const rows = await database.query(
    `SELECT h FROM code WHERE CHAR_LENGTH(CONVERT(UNHEX(h) USING ${charset})) = 1
       AND HEX(CONVERT(UNHEX(h) USING ${charset})) = UPPER(h)`,
  );
  return rows.map(row => Buffer.from(String(row['h']), 'hex'));
}

/** Candidate codes in hexadecimal; the server says which are characters. */
function codes(charset: string): string[] {
  const hex = (value: number, bytes: number) => value.toString(16).padStart(bytes * 2, '0');
  const all = (from: number, to: number, bytes: number) =>
    Array.from({length: to - from}, (_, i) => hex(from + i, bytes));
  switch (charset) {
    case 'utf8mb3':
    case 'utf8mb4':
    case 'utf16':
    case 'utf16le':
    case 'utf32':
      return unicodeCodes(charset);
    case 'ucs2':
      // Surrogates are no characters; ucs2 keeps them as if they were.
      return all(0, 65536, 2).filter(code => code < 'd800' || code > 'dfff');
    case 'gb18030': {
      const four = Array.from({length: 40_000}, (_, i) => gbFour(i));
      return [...all(0, 256, 1), ...all(0x8140, 65536, 2), ...four];
    }
    // The server takes no byte above these alone, though it calls it a character.
    case 'ascii':
      return all(0, 128, 1);
    case 'ujis':
    case 'eucjpms':
      return [...all(0, 128, 1), ...all(0x8e00, 65536, 2), ...all(0x8fa100, 0x8fff00, 3)];
    default:
      return [...all(0, 256, 1), ...all(0x8000, 65536, 2)];
  }
}

/** Every character of the BMP and every 97th beyond it, in the encoding of `charset`. */
function unicodeCodes(charset: string): string[] {
  const points: number[] = [];
  for (let point = 0; point < 0x110000; point += point < 0x10000 ? 1 : 97)
    if (point < 0xd800 || point > 0xdfff) points.push(point);
  return points
    .filter(point => charset !== 'utf8mb3' || point < 0x10000)
    .map(point => {
      const text = String.fromCodePoint(point);
      if (charset === 'utf32') return point.toString(16).padStart(8, '0');
      if (charset.startsWith('utf8')) return Buffer.from(text).toString('hex');
      const units = Buffer.from(text, 'utf16le');
      return (charset === 'utf16' ? units.swap16() : units).toString('hex');
    });
}

/** The four-byte code of GB 18030 with the linear index `index`. */
function gbFour(index: number): string {
  const bytes = [
    0x81 + Math.floor(index / 12600),
    0x30 + (Math.floor(index / 1260) % 10),
    0x81 + (Math.floor(index / 10) % 126),
    0x30 + (index % 10),
  ];
  return Buffer.from(bytes).toString('hex');
}
