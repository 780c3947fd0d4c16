// The first rows of a table or partition: as Arrow for the tunnel's preview, as CSV for the older call (protocol section 6).
import {randomBytes} from 'node:crypto';
import {mkdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {Readable} from 'node:stream';
import {arrowStream} from './arrowBody.ts';
import {duckName, partitionName, partitionsOf, type Table} from './catalog.ts';
import {csvResult, csvRowsMax} from './csvResult.ts';
import {chooseColumns} from './downloads.ts';
import {encoded} from './encodedAnswer.ts';
import {ensureInDuck} from './freshTables.ts';
import {badRequest, missing} from './odpsError.ts';
import {parseSpec, partitionLiteral} from './partitionSpec.ts';
import type {Answer, Call} from './request.ts';
import {sessionFolder} from './sessions.ts';
import {queryRows, quoteName, textLiteral} from './store.ts';

/** `GET …/tables/<t>/preview?limit=&columns=&partition=`: an Arrow stream. */
export async function previewArrow(call: Call, table: Table): Promise<Answer> {
  const {world, query} = call;
  const columns = [...table.columns, ...table.partitionKeys].map(({name, type}) => ({name, type}));
  return withRows(call, table, 'limit', async (file, count) => {
    const wish = query.get('columns');
    const indexes =
      wish === undefined || wish === ''
        ? table.columns.map((_, i) => i)
        : chooseColumns(columns, wish);
    const range = {start: 0, count};
    const stream = arrowStream(world, {
      file,
      columns,
      indexes,
      range,
      moments: 'struct',
      frame: 'stream',
    });
    // The file is open once the first bytes are there; its rows are few, so they are gathered.
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    return encoded(call, Readable.from([Buffer.concat(parts)]));
  });
}

/** `GET …/tables/<t>?data&linenum=&cols=&partition=`: CSV. */
export async function previewCsv(call: Call, table: Table): Promise<Answer> {
  const {world, query} = call;
  const columns = [...table.columns, ...table.partitionKeys].map(({name, type}) => ({name, type}));
  return withRows(call, table, 'linenum', async file => {
    const indexes = chooseColumns(columns, query.get('cols'));
    const body = await world.store.read(connection =>
      csvResult(connection, file, columns, indexes),
    );
    return {status: 200, headers: {'content-type': 'text/plain; charset=utf-8'}, body};
  });
}

/** Puts the first rows into a file for the time of `use`. */
async function withRows<T>(
  call: Call,
  table: Table,
  limitName: string,
  use: (file: string, count: number) => Promise<T>,
): Promise<T> {
  const {store, catalog} = call.world;
  await ensureInDuck(store, catalog, table);
  const asked = Number(call.query.get(limitName) ?? -1);
  const limit = Number.isInteger(asked) && asked >= 0 && asked < csvRowsMax ? asked : csvRowsMax;
  const where = partitionWhere(call, table);
  const folder = sessionFolder(store, 'previews');
  await mkdir(folder, {recursive: true});
  const file = path.join(folder, `${randomBytes(8).toString('hex')}.parquet`);
  const names = [...table.columns, ...table.partitionKeys].map(
    (c, i) => `${quoteName(c.name)} AS c${i}`,
  );
  try {
    const count = await store.read(async connection => {
      const [row] = await queryRows(
        connection,
        `COPY (SELECT ${names.join(', ')} FROM ${duckName(table)}${where} LIMIT ${limit}) TO ${textLiteral(file)} (FORMAT parquet)`,
      );
      return Number(row!['Count']);
    });
    return await use(file, count);
  } finally {
    await rm(file, {force: true});
  }
}

function partitionWhere(call: Call, table: Table): string {
  const pairs = parseSpec(call.query.get('partition') ?? '');
  if (pairs.length === 0) return '';
  const conditions = pairs.map(([name, value]) => {
    const i = table.partitionKeys.findIndex(key => key.name === name);
    if (i < 0)
      throw badRequest(
        'InvalidPartitionSpec',
        `Table ${table.name} has no partition column ${name}`,
      );
    return `${quoteName(name)} = ${partitionLiteral(table, i, value)}`;
  });
  if (pairs.length === table.partitionKeys.length) {
    const given = new Map(pairs);
    const name = partitionName(
      table,
      table.partitionKeys.map(key => given.get(key.name)!),
    );
    if (!partitionsOf(call.world.catalog, table).has(name)) throw missing('Partition', name);
  }
  return ` WHERE ${conditions.join(' AND ')}`;
}
