// The ledger's tables in SQLite and every step that is durable, each one transaction. Runs in the ledger worker only.
// A step that must not be done by a runtime that lost its lease checks the lease epoch inside its transaction (rule C8).
import {DatabaseSync} from 'node:sqlite';
import {randomUUID} from 'node:crypto';
import type {TablePlan} from '../codec/plan.ts';
import type {Position} from '../source/position.ts';
import type {ChunkBounds} from '../source/chunk.ts';
import type {
  BatchPart,
  BatchRecord,
  CheckpointRecord,
  ChunkRecord,
  JoinRecord,
  LedgerState,
  LoadRecord,
  TableRecord,
} from './ledgerTypes.ts';

/** Raised with the rows of a newer product: a downgrade is refused. */
export const ledgerFormat = 1;

/** `uploaded` of chunks: 1 in the open session, 2 in a part that is committed. `committing` of loads says nothing. */
const schema = `
CREATE TABLE IF NOT EXISTS task (
  id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL, uid TEXT NOT NULL,
  lease_epoch INTEGER NOT NULL, position TEXT) STRICT;
CREATE TABLE IF NOT EXISTS tables (
  table_id INTEGER PRIMARY KEY AUTOINCREMENT, database TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
  plan TEXT NOT NULL, settings TEXT NOT NULL, generation INTEGER NOT NULL, next_record_id INTEGER NOT NULL,
  done TEXT, load_end TEXT, rows_loaded INTEGER NOT NULL, rows_followed INTEGER NOT NULL,
  UNIQUE (database, name)) STRICT;
CREATE TABLE IF NOT EXISTS makings (table_id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS loads (
  table_id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, created_ms INTEGER NOT NULL, committing INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS chunks (
  table_id INTEGER NOT NULL, chunk_id INTEGER NOT NULL, bounds TEXT NOT NULL, uploaded INTEGER NOT NULL,
  rows INTEGER NOT NULL, bytes INTEGER NOT NULL, gtid_after TEXT NOT NULL,
  PRIMARY KEY (table_id, chunk_id)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (
  batch_id INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, end TEXT NOT NULL, next_record_id INTEGER NOT NULL,
  spool_file TEXT NOT NULL, parts TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS ddl (
  table_id INTEGER PRIMARY KEY, statement TEXT NOT NULL, plan_after TEXT NOT NULL) STRICT;
`;

/** Thrown inside a step; the client turns it into its coded error. */
export class LedgerRefusal extends Error {
  readonly reason: 'lease-lost' | 'newer-format';
  constructor(reason: 'lease-lost' | 'newer-format') {
    super(reason);
    this.reason = reason;
  }
}

type Row = Record<string, string | number | null>;

/** The ledger in its file. Every step is durable when it returns; after `takeLease` each checks that the lease is still ours. */
export class LedgerStore implements Disposable {
  readonly #db: DatabaseSync;
  #epoch = 0;
  #isTogether = false;

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    // FULL: a commit is on disk before it returns, also after a power cut.
    this.#db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;');
    this.#db.exec(schema);
    this.#run('INSERT OR IGNORE INTO task VALUES (1, ?, ?, 0, NULL)', ledgerFormat, randomUUID());
  }

  /** Takes the lease: from here on only this runtime's steps are accepted. Returns the new epoch. */
  takeLease(): number {
    if (Number(this.#task()['format']) > ledgerFormat) throw new LedgerRefusal('newer-format');
    this.#epoch = this.#step(() => {
      this.#run('UPDATE task SET lease_epoch = lease_epoch + 1');
      return Number(this.#task()['lease_epoch']);
    });
    return this.#epoch;
  }

  load(): LedgerState {
    return readState(this.#db);
  }

  /** Tables join at `position`, which becomes the task's where there are no others. */
  join(position: Position, joins: JoinRecord[], isOnly: boolean): void {
    this.#step(() => {
      if (isOnly) this.#run('UPDATE task SET position = ?', JSON.stringify(position));
      for (const {replaces} of joins) if (replaces !== null) this.#forget(replaces);
      for (const j of joins) {
        const {lastInsertRowid} = this.#run(
          `INSERT INTO tables (database, name, state, plan, settings, generation, next_record_id, done, load_end, rows_loaded, rows_followed)
           VALUES (?, ?, ?, ?, ?, 1, ?, ?, NULL, 0, 0)`,
          j.database,
          j.table,
          j.state,
          JSON.stringify(j.plan),
          j.settings,
          j.nextRecordId,
          positionText(j.done),
        );
        if (!j.isMade) this.#run('INSERT INTO makings VALUES (?)', Number(lastInsertRowid));
      }
    });
  }

  /** The target tables of a table that joined are there. */
  made(tableId: number): void {
    this.#step(() => this.#run('DELETE FROM makings WHERE table_id = ?', tableId));
  }

  /** The table is no longer the task's. */
  leave(tableId: number): void {
    this.#step(() => this.#forget(tableId));
  }

  /**
   * The tables are loaded again at the next start: their settings are no longer those that their targets were made with.
   * `done`: up to where they are done, where that moves with it.
   */
  askReload(tableIds: number[], done: Position | null = null): void {
    this.#step(() => {
      const set = "UPDATE tables SET settings = json_set(settings, '$.reload', json('true'))";
      for (const tableId of tableIds) {
        this.#run(`${set} WHERE table_id = ?`, tableId);
        if (done !== null) this.#saveDone(tableId, done);
      }
    });
  }

  /** A load begins (again): its session and all its chunks, before a row is read. */
  startLoad(tableId: number, sessionId: string, createdMs: number, bounds: ChunkBounds[]): void {
    this.#step(() => {
      this.#dropLoad(tableId);
      this.#run('INSERT INTO loads VALUES (?, ?, ?, 0)', tableId, sessionId, createdMs);
      this.#run('UPDATE tables SET rows_loaded = 0 WHERE table_id = ?', tableId);
      for (const chunk of bounds) this.#addChunk(tableId, chunk);
    });
  }

  clearLoad(tableId: number): void {
    this.#step(() => this.#dropLoad(tableId));
  }

  setDone(tableId: number, done: Position | null): void {
    this.#step(() => this.#saveDone(tableId, done));
  }

  chunkUploaded(
    tableId: number,
    chunkId: number,
    rows: number,
    bytes: number,
    gtidAfter: string,
  ): void {
    this.#step(() => {
      const set =
        'UPDATE chunks SET uploaded = 1, rows = ?, bytes = ?, gtid_after = ? WHERE table_id = ? AND chunk_id = ?';
      this.#run(set, rows, bytes, gtidAfter, tableId, chunkId);
      this.#run(
        'UPDATE tables SET rows_loaded = rows_loaded + ? WHERE table_id = ?',
        rows,
        tableId,
      );
    });
  }

  /** A chunk ends earlier than planned, and `parts` hold what is left of it. */
  cutChunk(tableId: number, cut: ChunkBounds, parts: ChunkBounds[]): void {
    this.#step(() => {
      const set = 'UPDATE chunks SET bounds = ? WHERE table_id = ? AND chunk_id = ?';
      this.#run(set, JSON.stringify(cut), tableId, cut.chunkId);
      for (const part of parts) this.#addChunk(tableId, part);
    });
  }

  /** Of the chunks that are not committed exactly `chunkIds` are in the session, which is about to be committed. */
  settleChunks(tableId: number, chunkIds: number[]): void {
    this.#step(() => {
      this.#run('UPDATE chunks SET uploaded = 0 WHERE table_id = ? AND uploaded = 1', tableId);
      const set = 'UPDATE chunks SET uploaded = 1 WHERE table_id = ? AND chunk_id = ?';
      for (const chunkId of chunkIds) this.#run(set, tableId, chunkId);
    });
  }

  /** What was uploaded is committed; the load goes on in another session. */
  nextPart(tableId: number, sessionId: string, createdMs: number): void {
    this.#step(() => {
      this.#run('UPDATE chunks SET uploaded = 2 WHERE table_id = ? AND uploaded = 1', tableId);
      const set = 'UPDATE loads SET session_id = ?, created_ms = ? WHERE table_id = ?';
      this.#run(set, sessionId, createdMs, tableId);
    });
  }

  endLoad(tableId: number, loadEnd: string, rows: number): void {
    this.#step(() => {
      this.#dropLoad(tableId);
      const set =
        "UPDATE tables SET state = 'following', load_end = ?, rows_loaded = ? WHERE table_id = ?";
      this.#run(set, loadEnd, rows, tableId);
    });
  }

  /** Every block of `batch` arrived; its sessions are about to be committed. */
  intent(batch: BatchRecord): void {
    const {batchId, tableId, end, nextRecordId, spoolFile, parts} = batch;
    this.#step(() =>
      this.#run(
        'INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?, ?)',
        batchId,
        tableId,
        JSON.stringify(end),
        nextRecordId,
        spoolFile,
        JSON.stringify(parts),
      ),
    );
  }

  /** Every session of `batch` is committed: position, next record id and counts move together. */
  done(batch: BatchRecord, checkpoint: CheckpointRecord | null): void {
    const changes = batch.parts.reduce((sum, part) => sum + part.changes, 0);
    this.#step(() => {
      this.#run(
        'UPDATE tables SET done = ?, next_record_id = ?, rows_followed = rows_followed + ? WHERE table_id = ?',
        JSON.stringify(batch.end),
        batch.nextRecordId,
        changes,
        batch.tableId,
      );
      this.#run('DELETE FROM batches WHERE batch_id = ?', batch.batchId);
      if (checkpoint !== null) this.#saveCheckpoint(checkpoint);
    });
  }

  checkpoint(checkpoint: CheckpointRecord): void {
    this.#step(() => this.#saveCheckpoint(checkpoint));
  }

  ddlIntent(tableId: number, statement: string, planAfter: TablePlan): void {
    this.#step(() =>
      this.#run(
        'INSERT OR REPLACE INTO ddl VALUES (?, ?, ?)',
        tableId,
        statement,
        JSON.stringify(planAfter),
      ),
    );
  }

  /** The change is carried out, and everything before `end` is in the log: position and next record id move together. */
  ddlDone(tableId: number, plan: TablePlan, end: Position, nextRecordId: number): void {
    this.#step(() => {
      this.#run('DELETE FROM ddl WHERE table_id = ?', tableId);
      const set = 'UPDATE tables SET plan = ?, next_record_id = ? WHERE table_id = ?';
      this.#run(set, JSON.stringify(plan), nextRecordId, tableId);
      this.#saveDone(tableId, end);
    });
  }

  /** Runs `steps` in one transaction: they become durable together. One that fails takes back only itself. */
  together(steps: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    this.#isTogether = true;
    try {
      steps();
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    } finally {
      this.#isTogether = false;
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #step<T>(work: () => T): T {
    const [begin, commit, rollback] = this.#isTogether
      ? ['SAVEPOINT step', 'RELEASE step', 'ROLLBACK TO step; RELEASE step']
      : ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'];
    this.#db.exec(begin);
    try {
      if (this.#epoch !== 0 && this.#task()['lease_epoch'] !== this.#epoch)
        throw new LedgerRefusal('lease-lost');
      const value = work();
      this.#db.exec(commit);
      return value;
    } catch (error) {
      this.#db.exec(rollback);
      throw error;
    }
  }

  #run(sql: string, ...values: (string | number | null)[]): {lastInsertRowid: number | bigint} {
    return this.#db.prepare(sql).run(...values);
  }

  #task(): Row {
    return this.#db.prepare('SELECT * FROM task').get() as Row;
  }

  #saveCheckpoint({position, tables}: CheckpointRecord): void {
    this.#run('UPDATE task SET position = ?', JSON.stringify(position));
    for (const {tableId, done, nextRecordId, rowsFollowed} of tables)
      this.#run(
        'UPDATE tables SET done = ?, next_record_id = ?, rows_followed = coalesce(?, rows_followed) WHERE table_id = ?',
        positionText(done),
        nextRecordId,
        rowsFollowed,
        tableId,
      );
  }

  #saveDone(tableId: number, done: Position | null): void {
    this.#run('UPDATE tables SET done = ? WHERE table_id = ?', positionText(done), tableId);
  }

  #addChunk(tableId: number, chunk: ChunkBounds): void {
    const insert = "INSERT INTO chunks VALUES (?, ?, ?, 0, 0, 0, '')";
    this.#run(insert, tableId, chunk.chunkId, JSON.stringify(chunk));
  }

  #forget(tableId: number): void {
    this.#dropLoad(tableId);
    this.#run('DELETE FROM ddl WHERE table_id = ?', tableId);
    this.#run('DELETE FROM makings WHERE table_id = ?', tableId);
    this.#run('DELETE FROM tables WHERE table_id = ?', tableId);
  }

  #dropLoad(tableId: number): void {
    this.#run('DELETE FROM chunks WHERE table_id = ?', tableId);
    this.#run('DELETE FROM loads WHERE table_id = ?', tableId);
  }
}

function positionText(position: Position | null): string | null {
  return position === null ? null : JSON.stringify(position);
}

function readState(db: DatabaseSync): LedgerState {
  const all = (sql: string) => db.prepare(sql).all() as Row[];
  const json = <T>(text: string | number | null | undefined) => JSON.parse(String(text)) as T;
  const position = (text: string | number | null | undefined) =>
    text == null ? null : json<Position>(text);
  const [task] = all('SELECT * FROM task');
  const makings = new Set(all('SELECT table_id FROM makings').map(row => row['table_id']));
  const chunks = Map.groupBy(
    all('SELECT * FROM chunks ORDER BY table_id, chunk_id'),
    row => row['table_id'],
  );
  return {
    uid: String(task!['uid']),
    position: position(task!['position']),
    tables: all('SELECT * FROM tables ORDER BY table_id').map((row): TableRecord => ({
      tableId: Number(row['table_id']),
      database: String(row['database']),
      table: String(row['name']),
      state: row['state'] as TableRecord['state'],
      isMade: !makings.has(row['table_id'] ?? null),
      plan: json<TablePlan>(row['plan']),
      settings: String(row['settings']),
      generation: Number(row['generation']),
      nextRecordId: Number(row['next_record_id']),
      done: position(row['done']),
      loadEnd: row['load_end'] as string | null,
      rowsLoaded: Number(row['rows_loaded']),
      rowsFollowed: Number(row['rows_followed']),
    })),
    loads: all('SELECT * FROM loads').map((row): LoadRecord => ({
      tableId: Number(row['table_id']),
      sessionId: String(row['session_id']),
      createdMs: Number(row['created_ms']),
      chunks: (chunks.get(row['table_id'] ?? null) ?? []).map((chunk): ChunkRecord => ({
        bounds: json<ChunkBounds>(chunk['bounds']),
        uploaded: chunk['uploaded'] !== 0,
        committed: chunk['uploaded'] === 2,
        isLeft: false,
        rows: Number(chunk['rows']),
        bytes: Number(chunk['bytes']),
        gtidAfter: String(chunk['gtid_after']),
      })),
    })),
    intents: all('SELECT * FROM batches ORDER BY batch_id').map((row): BatchRecord => ({
      batchId: Number(row['batch_id']),
      tableId: Number(row['table_id']),
      end: json<Position>(row['end']),
      nextRecordId: Number(row['next_record_id']),
      spoolFile: String(row['spool_file']),
      parts: json<BatchPart[]>(row['parts']),
    })),
    ddl: all('SELECT * FROM ddl').map(row => ({
      tableId: Number(row['table_id']),
      statement: String(row['statement']),
      planAfter: json<TablePlan>(row['plan_after']),
    })),
  };
}
