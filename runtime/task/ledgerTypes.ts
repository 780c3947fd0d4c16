// What the ledger remembers, as plain data that crosses the ledger worker's message port.
// Rules C4, C5, C8, C11, C14, C15 and C19 decide these shapes.
import type {TablePlan} from '../codec/plan.ts';
import type {ChunkBounds} from '../source/chunk.ts';
import type {Position} from '../source/position.ts';

/** loading: base is being copied; following: base is committed (or not asked for) and the log is written. */
export type TableState = 'loading' | 'following';

export interface TableRecord {
  tableId: number;
  database: string;
  table: string;
  state: TableState;
  /** Its target tables are there. One that is not made when a runtime starts joins again. */
  isMade: boolean;
  plan: TablePlan;
  /** The task's settings of this table as JSON text; a change needs a reload. */
  settings: string;
  generation: number;
  /** The id that the next row change of this table gets, at `done`. */
  nextRecordId: number;
  /** Up to here every row change of the table is committed; null: up to the task's position. */
  done: Position | null;
  /** GTID set after the last chunk's last row (the largest C of rule C2); null before the load ended. */
  loadEnd: string | null;
  rowsLoaded: number;
  rowsFollowed: number;
}

/** One base table's open upload session and all its chunks, those of parts that are committed too (rule C4). */
export interface LoadRecord {
  tableId: number;
  sessionId: string;
  createdMs: number;
  chunks: ChunkRecord[];
}

export interface ChunkRecord {
  bounds: ChunkBounds;
  /** Its block was answered by the target. */
  uploaded: boolean;
  /** And is in a part of the load that is committed. */
  committed: boolean;
  /** Not noted as uploaded, but a block of an earlier try is in the session: it has to be replaced there. Not stored. */
  isLeft: boolean;
  rows: number;
  bytes: number;
  /** `gtid_executed` read after the chunk's last row. */
  gtidAfter: string;
}

/** One block of a sealed batch: where its compressed bytes lie in the spool file. */
export interface SpoolBlock {
  offset: number;
  length: number;
}

/** The part of a batch that goes into one partition through one session. */
export interface BatchPart {
  /** Partition spec without quotes, `year=2026,month=11`. */
  partition: string;
  blocks: SpoolBlock[];
  records: number;
  /** Distinct record ids; an update has two records and one id. */
  changes: number;
  firstId: number;
  lastId: number;
  sessionId: string;
  sessionCreatedMs: number;
}

/** A sealed batch of one table (rule C8). */
export interface BatchRecord {
  batchId: number;
  tableId: number;
  end: Position;
  nextRecordId: number;
  spoolFile: string;
  parts: BatchPart[];
}

/** A schema change on its way to the target (rule C15). */
export interface DdlRecord {
  tableId: number;
  statement: string;
  planAfter: TablePlan;
}

/** Everything a runtime needs to go on where the last one ended. */
export interface LedgerState {
  uid: string;
  /** Read position: tables without a `done` of their own are done up to here; null before the first join. */
  position: Position | null;
  tables: TableRecord[];
  loads: LoadRecord[];
  intents: BatchRecord[];
  ddl: DdlRecord[];
}

/** A table that joins (rule C14). */
export interface JoinRecord {
  database: string;
  table: string;
  state: TableState;
  /** Its target tables are there already; else `made` says when they are. */
  isMade: boolean;
  plan: TablePlan;
  settings: string;
  nextRecordId: number;
  done: Position | null;
  /** The table's record under its old settings, which leaves in the same step; null for a table that is new. */
  replaces: number | null;
}

/** `done` of tables whose stored value changed, with the read position: one step of the checkpoint. */
export interface CheckpointRecord {
  position: Position;
  tables: {
    tableId: number;
    done: Position | null;
    nextRecordId: number;
    /** Null where batches count their rows themselves. */
    rowsFollowed: number | null;
  }[];
}
