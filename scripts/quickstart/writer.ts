// The process that changes the shop the whole time: `node writer.ts`. While the file `pause` is there it rests, and says
// so in writer.json; TERM ends it.
import {existsSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {createConnection, type Connection} from 'mysql2/promise';
import {runningServer} from '../setup/mysqlServer.mjs';
import {inPlace, mysqlName, writeJson} from './place.ts';

/** About ten transactions a second, five row changes each: visible, and no load worth the name. */
const betweenMs = 100;
const afterTroubleMs = 1_000;

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.on('SIGINT', () => stop.abort());

let isPaused: boolean | null = null;
for (let turn = Date.now(); !stop.signal.aborted;) {
  try {
    await using connection = await connect();
    while (!stop.signal.aborted) {
      const wanted = existsSync(inPlace('pause'));
      if (!wanted) await change(connection, turn++);
      if (wanted !== isPaused) writeJson('writer.json', {pid: process.pid, paused: wanted});
      isPaused = wanted;
      await rest(betweenMs);
    }
  } catch (error) {
    // The server is being restarted, or has gone for good: then --down will come.
    console.error(String(error));
    await rest(afterTroubleMs);
  }
}

async function rest(ms: number): Promise<void> {
  await sleep(ms, undefined, {signal: stop.signal}).catch(() => undefined);
}

async function connect(): Promise<Connection> {
  const server = runningServer(mysqlName);
  if (server === null) throw new Error('MySQL does not run');
  const {host, port, user, password} = server;
  return createConnection({host, port, user, password, database: 'shop'});
}

/** One transaction: a new order with its lines, and one other change that differs from turn to turn. */
async function change(connection: Connection, turn: number): Promise<void> {
  await connection.beginTransaction();
  const [order] = await connection.query(
    'INSERT INTO orders (customer_id, total, note, ordered_at) VALUES (?, ?, ?, NOW(6))',
    [1 + (turn % 30_000), (turn % 10_000) / 100, turn % 2 === 0 ? null : `turn ${turn} 🛒`],
  );
  const {insertId} = order as {insertId: number};
  for (const line of [1, 2])
    await connection.query('INSERT INTO order_lines VALUES (?, ?, ?, ?, ?)', [
      insertId,
      line,
      1 + (turn % 5_000),
      1 + (turn % 9),
      9.9,
    ]);
  const others = [
    ["UPDATE orders SET status = 'paid' WHERE id = ?", insertId - 3],
    ['DELETE FROM order_lines WHERE order_id = ?', insertId - 20],
    [
      'UPDATE customers SET balance = balance + 1.25, score = score / 3 WHERE id = ?',
      1 + (turn % 30_000),
    ],
    [
      'UPDATE order_lines SET line_no = line_no + 10 WHERE order_id = ? AND line_no < 10',
      insertId - 5,
    ],
    ["INSERT INTO visits VALUES (NOW(6), '/', UNHEX(LEFT(SHA2(?, 256), 32)), RAND())", turn],
    ['DELETE FROM visits WHERE page <> ? ORDER BY seen_at LIMIT 1', '/none'],
    [
      "UPDATE customers SET settings = JSON_SET(COALESCE(settings, '{}'), '$.seen', ?) WHERE id < 4",
      turn,
    ],
    ['UPDATE products SET price = price + 0.01 WHERE id = ?', 1 + (turn % 5_000)],
    [
      'INSERT INTO reviews (product_id, stars, written_at) VALUES (?, 5, NOW(6))',
      1 + (turn % 5_000),
    ],
    ['DELETE FROM orders WHERE id = ?', insertId - 30],
  ] as const;
  const [sql, value] = others[turn % others.length]!;
  await connection.query(sql, [value]);
  await connection.commit();
}
