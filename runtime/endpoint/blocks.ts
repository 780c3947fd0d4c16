// The blocks of an upload session as files: a body is decoded into a Parquet file beside, and appears under its name only
// when all of it was there and every checksum fitted. Names: <block>.<sequence>.<rows>.<nanos>.parquet; the highest
// sequence of a block counts, so a repeated block replaces the earlier one in one rename.
import {randomUUID} from 'node:crypto';
import {mkdir, open, readdir, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {MiB} from '../base/sizes.ts';
import {createRecordReader, type RecordColumn} from '../codec/recordReader.ts';
import {fastRecords} from './fastRecords.ts';
import {createParquetFile} from './parquetFile.ts';
import {leafBytes, resetLeaf} from './parquetLeaf.ts';
import {createColumnSinks} from './parquetSinks.ts';

export interface Block {
  id: number;
  sequence: number;
  rows: number;
  /** Whether a timestamp in it has a part below one microsecond. */
  nanos: boolean;
  file: string;
}

/** A row group is written when its columns hold this much, or as many rows as DuckDB keeps together. */
const groupBytesMax = 16 * MiB;
const groupRowsMax = 122_880;

/** A body that was decoded whole, under a name that does not count yet. */
export interface Draft {
  file: string;
  rows: number;
  nanos: boolean;
}

/** Decodes `body` into a file of `folder`. Throws the stream's refusal and keeps nothing when it is broken. */
export async function writeDraft(
  folder: string,
  columns: RecordColumn[],
  body: AsyncIterable<Uint8Array>,
): Promise<Draft> {
  await mkdir(folder, {recursive: true});
  const file = path.join(folder, `${randomUUID()}.draft`);
  const handle = await open(file, 'w');
  try {
    const {sinks, leaves, flat, schema, rootChildren, hasNanos} = createColumnSinks(columns);
    const parquet = await createParquetFile(handle, schema, rootChildren);
    const types = columns.map(column => column.type);
    const batch = flat === null ? null : fastRecords(types, flat);
    const reader = createRecordReader(columns, sinks, batch);
    let rowsWritten = 0;
    const flush = async () => {
      const rows = reader.records() - rowsWritten;
      if (rows > 0) await parquet.writeGroup(leaves, rows);
      leaves.forEach(resetLeaf);
      rowsWritten += rows;
    };
    for await (const bytes of body) {
      reader.feed(bytes);
      const held = leaves.reduce((sum, leaf) => sum + leafBytes(leaf), 0);
      if (held > groupBytesMax || reader.records() - rowsWritten >= groupRowsMax) await flush();
    }
    const rows = reader.end();
    await flush();
    await parquet.end();
    return {file, rows, nanos: hasNanos()};
  } catch (error) {
    await rm(file, {force: true});
    throw error;
  } finally {
    await handle.close();
  }
}

/** Gives a draft its block's name; earlier files of that block are removed after it. */
export async function placeBlock(folder: string, id: number, draft: Draft): Promise<Block> {
  const earlier = (await blockFiles(folder)).filter(block => block.id === id);
  const sequence = 1 + Math.max(0, ...earlier.map(block => block.sequence));
  const name = `${id}.${sequence}.${draft.rows}.${draft.nanos ? 1 : 0}.parquet`;
  const file = path.join(folder, name);
  await rename(draft.file, file);
  for (const block of earlier) await rm(block.file, {force: true});
  return {id, sequence, rows: draft.rows, nanos: draft.nanos, file};
}

/** The blocks in `folder`, by id; none when it does not exist. */
export async function listBlocks(folder: string): Promise<Block[]> {
  const newest = new Map<number, Block>();
  for (const block of await blockFiles(folder)) {
    if ((newest.get(block.id)?.sequence ?? 0) < block.sequence) newest.set(block.id, block);
  }
  return [...newest.values()].toSorted((a, b) => a.id - b.id);
}

async function blockFiles(folder: string): Promise<Block[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap(name => {
    const found = /^(\d+)\.(\d+)\.(\d+)\.([01])\.parquet$/.exec(name);
    if (found === null) return [];
    const [id, sequence, rows, nanos] = found.slice(1).map(Number);
    const file = path.join(folder, name);
    return [{id: id!, sequence: sequence!, rows: rows!, nanos: nanos === 1, file}];
  });
}
