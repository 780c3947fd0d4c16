// One followed table: the row changes that are not committed yet, by partition, and how far it is done.
// Rows arrive inside a transaction; `cutBatch` is called between transactions only (rules C7, C19).
import {assert} from '../base/assert.ts';
import {createCounters, type Counters} from '../codec/counters.ts';
import type {TablePlan} from '../codec/plan.ts';
import type {TableRule} from '../rules/tableRule.ts';
import type {Position} from '../source/position.ts';
import type {BatchPart, SpoolBlock, TableRecord} from './ledgerTypes.ts';
import {
  createBlock,
  freeBlock,
  markBlock,
  resetBlock,
  type BlockMark,
  type OpenBlock,
} from './openBlock.ts';
import {partitionNamer, type PartitionNamer} from './partition.ts';
import type {SpoolFile} from './spool.ts';

/** A block in the spool and the records in it. */
export type CutBlock = SpoolBlock & {records: number};

/** The open part of one partition. */
export interface OpenPart {
  partition: string;
  block: OpenBlock;
  /** Blocks already on their way to the spool. */
  blocks: Promise<CutBlock>[];
  records: number;
  changes: number;
  firstId: number;
  lastId: number;
  /** State at the start of the transaction that has the last rows here, for its rollback; null when a block was cut since. */
  mark: PartMark | null;
  /** The last transaction of which rows are in a block that was cut: it cannot be rolled back here. 0: none. */
  cutTransaction: number;
}

interface PartMark {
  transaction: number;
  block: BlockMark;
  records: number;
  changes: number;
  lastId: number;
}

export interface FollowedTable {
  tableId: number;
  database: string;
  table: string;
  plan: TablePlan;
  /** Which rows and operations are written; null: all. */
  rule: TableRule | null;
  counters: Counters;
  namer: PartitionNamer;
  nextRecordId: number;
  /** `nextRecordId` at the last done batch: where reading again starts to count. */
  doneRecordId: number;
  /** Up to here all changes are committed; null: nothing is open, so up to wherever reading stands. */
  done: Position | null;
  /** `done` as the ledger has it. */
  storedDone: Position | null;
  /** Transactions inside this position are in the log already and are not read again; null when past it. */
  skipTo: Position | null;
  /** False while a table without a key is loading: its rows are read after the load (rule C3). */
  listening: boolean;
  /** Changes after `done` were read and dropped again: the next run reads them, whatever else was read since. */
  isBehind: boolean;
  open: Map<string, OpenPart>;
  /** Where blocks of what is open were cut to; null while none was. */
  spool: Promise<SpoolFile> | null;
  openBytes: number;
  /** When the oldest open change arrived, `performance.now()`; 0 when none is open. */
  openSinceMs: number;
  /** Event time of the oldest change that is not committed, Unix seconds; 0 when all are. */
  oldestSeconds: number;
  /** Commit times at the source of the oldest and the newest open change, microseconds since 1970; 0 where unknown. */
  oldestMicros: number;
  newestMicros: number;
  /** Batches on their way, the oldest first: while one is committed the next is uploaded. */
  onTheWay: CutBatch[];
  /** Settles when the last of them is done or has failed; null while none is on its way. */
  sending: Promise<void> | null;
  rowsFollowed: number;
  /** The transaction that last had rows of this table, and `nextRecordId` before it. */
  transaction: number;
  transactionRecordId: number;
  /** `nextRecordId` as the ledger has it. */
  storedRecordId: number;
}

/** The table of a ledger record, with nothing open. */
export function followedTable(
  record: TableRecord,
  startedSeconds: number,
  rule: TableRule | null = null,
): FollowedTable {
  return {
    tableId: record.tableId,
    database: record.database,
    table: record.table,
    plan: record.plan,
    rule,
    counters: createCounters(record.plan),
    namer: partitionNamer(record.plan, startedSeconds),
    nextRecordId: record.nextRecordId,
    doneRecordId: record.nextRecordId,
    done: record.done,
    storedDone: record.done,
    skipTo: record.done,
    listening: record.state === 'following' || record.plan.key !== null,
    isBehind: false,
    open: new Map(),
    spool: null,
    openBytes: 0,
    openSinceMs: 0,
    oldestSeconds: 0,
    oldestMicros: 0,
    newestMicros: 0,
    onTheWay: [],
    sending: null,
    rowsFollowed: record.rowsFollowed,
    transaction: 0,
    transactionRecordId: record.nextRecordId,
    storedRecordId: record.nextRecordId,
  };
}

/** Notes that `transaction` has rows of `table`; called before their record ids are given. */
export function noteTransaction(table: FollowedTable, transaction: number): void {
  if (table.transaction === transaction) return;
  table.transaction = transaction;
  table.transactionRecordId = table.nextRecordId;
}

/** The record id that the next row change gets, as of the end of the last whole transaction. */
export function settledRecordId(table: FollowedTable, runningTransaction: number | null): number {
  return table.transaction === runningTransaction ? table.transactionRecordId : table.nextRecordId;
}

/** Gives an open part back that got no record: a batch holds no empty ones. */
export function dropEmptyPart(table: FollowedTable, part: OpenPart): void {
  if (part.records > 0) return;
  table.open.delete(part.partition);
  freeBlock(part.block);
}

/** The open part for `partition`, marked for the rollback of `transaction` (a running number). */
export function openPart(table: FollowedTable, partition: string, transaction: number): OpenPart {
  let part = table.open.get(partition);
  if (part === undefined) {
    part = {
      partition,
      block: createBlock(),
      blocks: [],
      records: 0,
      changes: 0,
      firstId: table.nextRecordId,
      lastId: 0,
      mark: null,
      cutTransaction: 0,
    };
    table.open.set(partition, part);
  }
  if (part.mark === null || part.mark.transaction !== transaction) markPart(part, transaction);
  return part;
}

function markPart(part: OpenPart, transaction: number): void {
  part.mark ??= {
    transaction: 0,
    block: {pages: 0, length: 0, records: 0, checksum: 0},
    records: 0,
    changes: 0,
    lastId: 0,
  };
  part.mark.transaction = transaction;
  markBlock(part.block, part.mark.block);
  part.mark.records = part.records;
  part.mark.changes = part.changes;
  part.mark.lastId = part.lastId;
}

/** Takes the rows of `transaction` and their ids out again. False when a block was cut inside it, so that this cannot be done here. */
export function rollBack(table: FollowedTable, transaction: number): boolean {
  for (const part of table.open.values()) if (part.cutTransaction === transaction) return false;
  for (const part of table.open.values()) {
    const {mark} = part;
    if (mark === null || mark.transaction !== transaction) continue;
    table.openBytes -= resetBlock(part.block, mark.block);
    part.records = mark.records;
    part.changes = mark.changes;
    part.lastId = mark.lastId;
    dropEmptyPart(table, part);
  }
  if (table.transaction === transaction) table.nextRecordId = table.transactionRecordId;
  return true;
}

/** Takes the open block of `part`; the part goes on with an empty one. */
export function takeBlock(part: OpenPart): OpenBlock {
  const taken = part.block;
  part.block = createBlock();
  if (part.mark !== null) part.cutTransaction = part.mark.transaction;
  part.mark = null;
  return taken;
}

/** What is cut from a table at a transaction's end, before it is sealed. */
export interface CutBatch {
  table: FollowedTable;
  end: Position;
  nextRecordId: number;
  /** Commit times of its oldest and newest change, as in the table. */
  oldestMicros: number;
  newestMicros: number;
  /** Event time of its oldest change, Unix seconds. */
  oldestSeconds: number;
  /** Row changes in it. */
  changes: number;
  parts: OpenPart[];
  /** The file that holds blocks cut so far; null when none was. */
  spool: Promise<SpoolFile> | null;
  /** Every block is with the target: nothing but the commit is left. */
  isUploaded: boolean;
  /** Settles when it is done, rejects when it failed; null before it is sent. */
  sent: Promise<void> | null;
}

/** Batches of one table on their way at once: one that is committed and one that is uploaded. */
const onTheWayMax = 2;

/** Whether the next batch may start: uploads of one table come one after the other, and so do commits. */
export function mayCut({onTheWay}: FollowedTable): boolean {
  return onTheWay.length < onTheWayMax && onTheWay.every(({isUploaded}) => isUploaded);
}

/** Takes everything open as one batch that ends at `end`; it is on its way from now on. */
export function cutBatch(table: FollowedTable, end: Position): CutBatch {
  assert(mayCut(table), 'the batch before is uploaded before the next is cut');
  const parts = [...table.open.values()];
  assert(parts.length > 0, 'a batch holds at least one change');
  const {spool, nextRecordId, oldestMicros, newestMicros, oldestSeconds} = table;
  const cut: CutBatch = {
    table,
    end,
    nextRecordId,
    oldestMicros,
    newestMicros,
    oldestSeconds,
    changes: parts.reduce((sum, part) => sum + part.changes, 0),
    parts,
    spool,
    isUploaded: false,
    sent: null,
  };
  resetOpen(table);
  table.onTheWay.push(cut);
  return cut;
}

/** Counts `cut` as done: position, record id and rows in one step, since a status tells them together. */
export function markDone(cut: CutBatch): void {
  const {table, end, nextRecordId, changes} = cut;
  assert(table.onTheWay[0] === cut, 'batches are done in the order they were cut');
  table.onTheWay.shift();
  const isAll = table.open.size === 0 && table.onTheWay.length === 0 && !table.isBehind;
  table.done = isAll && table.skipTo === null ? null : end;
  table.doneRecordId = nextRecordId;
  table.rowsFollowed += changes;
}

/** Leaves `table` with nothing open; who calls owns what was. */
export function resetOpen(table: FollowedTable): void {
  table.open = new Map();
  table.openBytes = 0;
  table.openSinceMs = 0;
  table.oldestSeconds = 0;
  table.spool = null;
}

/** A sealed part, before its session is known. */
export function sealedPart(part: OpenPart, blocks: SpoolBlock[]): BatchPart {
  const {partition, records, changes, firstId, lastId} = part;
  return {partition, blocks, records, changes, firstId, lastId, sessionId: '', sessionCreatedMs: 0};
}
