// A peer of the snapshot bench: mysql2 streaming, and the plain way to encode: a value a column, a small writer with BigInt
// varints, a buffer for each text, a checksum byte by byte. Prints one JSON line a pass, then waits for its input to end.
import mysql from 'mysql2';

const [, port, user, database, table, , passes] = process.argv.slice(2);
const table32c = Uint32Array.from({length: 256}, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});
let pieces: Buffer[] = [];
let size = 0;
let total = 0;

for (let pass = 0; pass < Number(passes); pass++) await readOnce();
process.stdin.resume();
process.stdin.on('end', () => process.exit());

async function readOnce(): Promise<void> {
  const connection = mysql.createConnection({
    host: '127.0.0.1',
    port: Number(port),
    user: user!,
    password: process.env['PEER_PASSWORD']!,
    database: database!,
    supportBigNumbers: true,
    dateStrings: true,
    timezone: 'Z',
  });
  const startedMs = performance.now();
  let rows = 0;
  await new Promise<void>((resolve, reject) => {
    const query = connection.query({sql: `SELECT * FROM ${table}`, rowsAsArray: true});
    query.on('result', row => {
      rows++;
      encode(row as unknown as unknown[]);
    });
    query.on('end', () => resolve());
    query.on('error', reject);
  });
  const seconds = (performance.now() - startedMs) / 1000;
  connection.destroy();
  console.log(JSON.stringify({rows, seconds, bytes: total}));
}

function encode(row: unknown[]): void {
  let crc = 0xffffffff;
  const update = (bytes: Buffer) => {
    for (const byte of bytes) crc = (table32c[(crc ^ byte) & 255]! ^ (crc >>> 8)) >>> 0;
  };
  row.forEach((value, i) => {
    if (value === null) return;
    push(varint(BigInt((i + 1) * 8)));
    if (typeof value === 'number' && Number.isInteger(value)) {
      const wide = BigInt(value);
      push(varint(BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n))));
      const fixed = Buffer.alloc(8);
      fixed.writeBigInt64LE(wide);
      update(fixed);
      return;
    }
    const bytes = Buffer.isBuffer(value) ? value : Buffer.from(String(value));
    push(varint(BigInt(bytes.length)));
    push(bytes);
    update(bytes);
  });
  push(varint(BigInt(crc)));
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = value;
  while (left > 127n) {
    bytes.push(Number(left & 127n) | 128);
    left >>= 7n;
  }
  bytes.push(Number(left));
  return Buffer.from(bytes);
}

function push(bytes: Buffer): void {
  pieces.push(bytes);
  size += bytes.length;
  if (size < 1 << 20) return;
  total += Buffer.concat(pieces).length;
  pieces = [];
  size = 0;
}
