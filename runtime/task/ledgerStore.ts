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

const schema = `
CREATE TABLE IF NOT EXISTS task (
  id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL, uid TEXT NOT NULL,
  lease_epoch INTEGER NOT NULL, position TEXT) STRICT;
CREATE TABLE IF NOT EXISTS tables (
  table_id INTEGER PRIMARY KEY AUTOINCREMENT, database TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
  plan TEXT NOT NULL, settings TEXT NOT NULL, generation INTEGER NOT NULL, next_record_id INTEGER NOT NULL,
  done TEXT, load_end TEXT, rows_loaded INTEGER NOT NULL, rows_followed INTEGER NOT NULL,
  UNIQUE (database, name)) STRICT;
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

/** Opens the ledger at `path`; the returned functions are its steps. Every step is durable when it returns. */
export function openStore(path: string) {
  const db = new DatabaseSync(path);
  // FULL: a commit is on disk before it returns, also after a power cut.
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;');
  db.exec(schema);
  db.prepare('INSERT OR IGNORE INTO task VALUES (1, ?, ?, 0, NULL)').run(
    ledgerFormat,
    randomUUID(),
  );
  let epoch = 0;

  const step = <T>(work: () => T): T => {
    db.exec('BEGIN IMMEDIATE');
    try {
      const held = db.prepare('SELECT lease_epoch AS e FROM task').get() as Row;
      if (epoch !== 0 && held['e'] !== epoch) throw new LedgerRefusal('lease-lost');
      const value = work();
      db.exec('COMMIT');
      return value;
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  };
  const run = (sql: string, ...values: (string | number | null)[]) =>
    db.prepare(sql).run(...values);
  const saveCheckpoint = (checkpoint: CheckpointRecord): void => {
    run('UPDATE task SET position = ?', JSON.stringify(checkpoint.position));
    for (const {tableId, done} of checkpoint.tables)
      run('UPDATE tables SET done = ? WHERE table_id = ?', done && JSON.stringify(done), tableId);
  };
  const clearLoad = (tableId: number): void => {
    run('DELETE FROM chunks WHERE table_id = ?', tableId);
    run('DELETE FROM loads WHERE table_id = ?', tableId);
  };

  return {
    /** Takes the lease: from here on only this runtime's steps are accepted. Returns the new epoch. */
    takeLease: (): number => {
      const row = db.prepare('SELECT format FROM task').get() as Row;
      if (Number(row['format']) > ledgerFormat) throw new LedgerRefusal('newer-format');
      const next = step(() => {
        run('UPDATE task SET lease_epoch = lease_epoch + 1');
        return (db.prepare('SELECT lease_epoch AS e FROM task').get() as Row)['e'] as number;
      });
      epoch = next;
      return next;
    },
    load: (): LedgerState => readState(db),
    join: (position: Position, joins: JoinRecord[], checkpointToo: boolean): void =>
      step(() => {
        if (checkpointToo) run('UPDATE task SET position = ?', JSON.stringify(position));
        for (const j of joins)
          run(
            `INSERT INTO tables (database, name, state, plan, settings, generation, next_record_id, done, load_end, rows_loaded, rows_followed)
             VALUES (?, ?, ?, ?, ?, 1, ?, ?, NULL, 0, 0)`,
            j.database,
            j.table,
            j.state,
            JSON.stringify(j.plan),
            j.settings,
            j.nextRecordId,
            j.done && JSON.stringify(j.done),
          );
      }),
    leave: (tableId: number): void =>
      step(() => {
        clearLoad(tableId);
        run('DELETE FROM ddl WHERE table_id = ?', tableId);
        run('DELETE FROM tables WHERE table_id = ?', tableId);
      }),
    startLoad: (
      tableId: number,
      sessionId: string,
      createdMs: number,
      bounds: ChunkBounds[],
    ): void =>
      step(() => {
        clearLoad(tableId);
        run('INSERT INTO loads VALUES (?, ?, ?, 0)', tableId, sessionId, createdMs);
        run('UPDATE tables SET rows_loaded = 0 WHERE table_id = ?', tableId);
        for (const b of bounds)
          run(
            "INSERT INTO chunks VALUES (?, ?, ?, 0, 0, 0, '')",
            tableId,
            b.chunkId,
            JSON.stringify(b),
          );
      }),
    clearLoad: (tableId: number): void => step(() => clearLoad(tableId)),
    setDone: (tableId: number, done: Position | null): void =>
      step(
        () =>
          void run(
            'UPDATE tables SET done = ? WHERE table_id = ?',
            done && JSON.stringify(done),
            tableId,
          ),
      ),
    chunkUploaded: (
      tableId: number,
      chunkId: number,
      rows: number,
      bytes: number,
      gtidAfter: string,
    ): void =>
      step(() => {
        run(
          'UPDATE chunks SET uploaded = 1, rows = ?, bytes = ?, gtid_after = ? WHERE table_id = ? AND chunk_id = ?',
          rows,
          bytes,
          gtidAfter,
          tableId,
          chunkId,
        );
        run('UPDATE tables SET rows_loaded = rows_loaded + ? WHERE table_id = ?', rows, tableId);
      }),
    loadIntent: (tableId: number): void =>
      step(() => void run('UPDATE loads SET committing = 1 WHERE table_id = ?', tableId)),
    endLoad: (tableId: number, loadEnd: string, rows: number): void =>
      step(() => {
        clearLoad(tableId);
        run(
          "UPDATE tables SET state = 'following', load_end = ?, rows_loaded = ? WHERE table_id = ?",
          loadEnd,
          rows,
          tableId,
        );
      }),
    intent: (batch: BatchRecord): void =>
      step(() => {
        run(
          'INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?, ?)',
          batch.batchId,
          batch.tableId,
          JSON.stringify(batch.end),
          batch.nextRecordId,
          batch.spoolFile,
          JSON.stringify(batch.parts),
        );
      }),
    done: (batch: BatchRecord, checkpoint: CheckpointRecord | null): void =>
      step(() => {
        const changes = batch.parts.reduce((sum, part) => sum + part.changes, 0);
        run(
          'UPDATE tables SET done = ?, next_record_id = ?, rows_followed = rows_followed + ? WHERE table_id = ?',
          JSON.stringify(batch.end),
          batch.nextRecordId,
          changes,
          batch.tableId,
        );
        run('DELETE FROM batches WHERE batch_id = ?', batch.batchId);
        if (checkpoint !== null) saveCheckpoint(checkpoint);
      }),
    checkpoint: (checkpoint: CheckpointRecord): void => step(() => saveCheckpoint(checkpoint)),
    ddlIntent: (tableId: number, statement: string, planAfter: TablePlan): void =>
      step(
        () =>
          void run(
            'INSERT OR REPLACE INTO ddl VALUES (?, ?, ?)',
            tableId,
            statement,
            JSON.stringify(planAfter),
          ),
      ),
    ddlDone: (tableId: number, plan: TablePlan, end: Position): void =>
      step(() => {
        run('DELETE FROM ddl WHERE table_id = ?', tableId);
        run(
          'UPDATE tables SET plan = ?, done = ? WHERE table_id = ?',
          JSON.stringify(plan),
          JSON.stringify(end),
          tableId,
        );
      }),
    close: (): void => db.close(),
  };
}

export type LedgerStore = ReturnType<typeof openStore>;

function readState(db: DatabaseSync): LedgerState {
  const all = (sql: string) => db.prepare(sql).all() as Row[];
  const json = <T>(text: string | number | null | undefined) => JSON.parse(String(text)) as T;
  const position = (text: string | number | null | undefined) =>
    text == null ? null : json<Position>(text);
  const [task] = all('SELECT * FROM task');
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
      committing: row['committing'] === 1,
      chunks: (chunks.get(row['table_id'] ?? null) ?? []).map((chunk): ChunkRecord => ({
        bounds: json<ChunkBounds>(chunk['bounds']),
        uploaded: chunk['uploaded'] === 1,
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
