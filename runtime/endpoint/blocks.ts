// The blocks of an upload session as files: a body is decoded into a Parquet file beside, and appears under its name only
// when all of it was there and every checksum fitted. Names: <block>.<sequence>.<rows>.<nanos>.parquet; the highest
// sequence of a block counts, so a repeated block replaces the earlier one in one rename.
import {randomUUID} from 'node:crypto';
import {mkdir, open, readdir, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {MiB} from '../base/sizes.ts';
import {createRecordReader, type RecordBatch, type RecordColumn} from '../codec/recordReader.ts';
import {fastRecords} from './fastRecords.ts';
import {createParquetFile, type ParquetFile} from './parquetFile.ts';
import {leafBytes, resetLeaf} from './parquetLeaf.ts';
import {createColumnSinks, type ColumnSinks} from './parquetSinks.ts';

export interface Block {
  id: number;
  sequence: number;
  rows: number;
  /** Whether a timestamp in it has a part below one microsecond. */
  nanos: boolean;
  file: string;
}

/**
 * A row group is written when its columns hold this much, or as many rows as DuckDB keeps together; all bodies that this
 * thread decodes share the first, each with a least part.
 */
const groupBytesMax = 4 * MiB;
const threadBytesMax = 16 * MiB;
const groupBytesMin = MiB / 2;
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
  const target = takeSinks(columns);
  drafts++;
  try {
    const {schema, rootChildren, hasNanos} = target.sinks;
    const parquet = await createParquetFile(handle, schema, rootChildren);
    const rows = await writeGroups(target, columns, body, parquet);
    await parquet.end();
    const draft = {file, rows, nanos: hasNanos()};
    keepSinks(target);
    return draft;
  } catch (error) {
    await rm(file, {force: true});
    throw error;
  } finally {
    drafts--;
    await handle.close();
  }
}

async function writeGroups(
  {sinks: {sinks, leaves}, batch}: Target,
  columns: RecordColumn[],
  body: AsyncIterable<Uint8Array>,
  parquet: ParquetFile,
): Promise<number> {
  const reader = createRecordReader(columns, sinks, batch);
  let written = 0;
  const flush = async () => {
    const rows = reader.records() - written;
    if (rows > 0) await parquet.writeGroup(leaves, rows);
    leaves.forEach(resetLeaf);
    written += rows;
  };
  for await (const bytes of body) {
    reader.feed(bytes);
    const held = leaves.reduce((sum, leaf) => sum + leafBytes(leaf), 0);
    const bytesMax = Math.max(groupBytesMin, Math.min(groupBytesMax, threadBytesMax / drafts));
    if (held > bytesMax || reader.records() - written >= groupRowsMax) await flush();
  }
  reader.end();
  await flush();
  return written;
}

/** The sinks that a body is decoded into, and their reader of whole records. */
interface Target {
  shape: string;
  sinks: ColumnSinks;
  batch: RecordBatch | null;
}

/** Bodies that are decoded now. */
let drafts = 0;
/** Sinks of finished bodies: their memory has the size that bodies of their shape need. */
const kept: Target[] = [];
const keptMax = 4;

function takeSinks(columns: RecordColumn[]): Target {
  const types = columns.map(column => column.type);
  const shape = JSON.stringify(types);
  const at = kept.findIndex(target => target.shape === shape);
  if (at >= 0) return kept.splice(at, 1)[0]!;
  const sinks = createColumnSinks(columns);
  return {shape, sinks, batch: sinks.flat === null ? null : fastRecords(types, sinks.flat)};
}

/** Keeps sinks whose body was decoded whole; they are empty then. */
function keepSinks(target: Target): void {
  target.sinks.forgetNanos();
  kept.push(target);
  if (kept.length > keptMax) kept.shift();
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
