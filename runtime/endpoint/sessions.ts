// Upload, download and upsert sessions, so that they outlive the endpoint. An open one is a file in the folder of its
// blocks; that it was committed stands in DuckDB, written with its rows, and counts more than the file.
// The table's columns are pinned when a session is made; rows go to the columns' ids later, whatever they are called then.
import {randomBytes} from 'node:crypto';
import {mkdir, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import type {DuckDBConnection} from '@duckdb/node-api';
import {formatOdpsType, parseOdpsType} from '../codec/odpsType.ts';
import type {Catalog, Table, TableColumn} from './catalog.ts';
import {badRequest, missing, OdpsError} from './odpsError.ts';
import {queryRows, textLiteral, type Store} from './store.ts';

export type SessionKind = 'upload' | 'download' | 'upsert';

export interface Session {
  id: string;
  kind: SessionKind;
  tableId: string;
  /** Names when the session was made, for its answers. */
  schema: string;
  table: string;
  partition: string[] | null;
  overwrite: boolean;
  status: 'NORMAL' | 'CLOSED' | 'EXPIRED';
  columns: TableColumn[];
  partitionKeys: TableColumn[];
  createdMs: number;
  quotaName: string;
  /** Rows of a download's snapshot. */
  records: number;
}

export interface Sessions {
  byId: Map<string, Session>;
  /** Life of a session. */
  msMax: number;
  /** How long after it a session is known as EXPIRED, before it is forgotten. */
  shownMs: number;
  /** Those whose commit is under way. */
  committing: Set<string>;
  /** Committed ones whose rows still are in their folders. */
  waiting: ReadonlySet<string>;
}

/** A download's snapshot is a copy of its rows; so many of them are kept at most, the newest. */
const snapshotsMax = 200;
/** Name of the file that an open session is, in its folder. */
export const sessionFile = 'session.json';

/** Reads the sessions of earlier runs, and removes folders that no open session needs: of the dead, of the closed, of none. */
export async function openSessions(
  store: Store,
  nowMs: number,
  msMax: number,
  shownMs: number,
  waiting: ReadonlySet<string>,
): Promise<Sessions> {
  const sessions: Sessions = {byId: new Map(), msMax, shownMs, committing: new Set(), waiting};
  const stored = await store.read(connection =>
    queryRows(connection, 'SELECT body FROM synctask_meta.sessions ORDER BY created_ms'),
  );
  const found = stored.map(row => parseSession(String(row['body'])));
  const folder = path.dirname(sessionFolder(store, 'any'));
  await mkdir(folder, {recursive: true});
  for (const name of await readdir(folder)) {
    const body = await readFile(path.join(folder, name, sessionFile), 'utf8').catch(absent);
    if (body !== null) found.push(parseSession(body));
  }
  for (const session of found.toSorted((a, b) => a.createdMs - b.createdMs)) {
    if (sessions.byId.get(session.id)?.status !== 'CLOSED') sessions.byId.set(session.id, session);
  }
  await forgetSessions(store, sessions, nowMs);
  for (const name of await readdir(folder)) {
    if (sessions.byId.get(name)?.status !== 'NORMAL') await removeFolder(store, sessions, name);
  }
  return sessions;
}

/** Forgets sessions past their day, and the oldest snapshots beyond the number that is kept. */
export async function forgetSessions(
  store: Store,
  sessions: Sessions,
  nowMs: number,
): Promise<void> {
  const all = [...sessions.byId.values()];
  const snapshots = all.filter(session => session.kind === 'download');
  const dead = new Set([
    ...all.filter(session => nowMs - session.createdMs > sessions.msMax + sessions.shownMs),
    ...snapshots.slice(0, Math.max(0, snapshots.length - snapshotsMax)),
  ]);
  if (dead.size === 0) return;
  const ids = [...dead].map(session => textLiteral(session.id)).join(', ');
  await store.write(async connection => {
    await connection.run(`DELETE FROM synctask_meta.sessions WHERE id IN (${ids})`);
  });
  for (const session of dead) {
    sessions.byId.delete(session.id);
    await removeFolder(store, sessions, session.id);
  }
}

/** A session of `table`, not kept yet. */
export function newSession(
  kind: SessionKind,
  table: Table,
  partition: string[] | null,
  nowMs: number,
): Session {
  const stamp = new Date(nowMs).toISOString().replaceAll(/\D/g, '').slice(0, 17);
  return {
    id: `${stamp}${randomBytes(12).toString('hex')}`,
    kind,
    tableId: table.id,
    schema: table.schema,
    table: table.name,
    partition,
    overwrite: false,
    status: 'NORMAL',
    columns: table.columns,
    partitionKeys: table.partitionKeys,
    createdMs: nowMs,
    quotaName: '',
    records: 0,
  };
}

const sessionWords = {upload: 'Upload', download: 'Download', upsert: 'UpsertSession'} as const;

/** The session, when it is of this kind, table and partition and less than a day old; else the service's refusal. */
export function findSession(
  sessions: Sessions,
  kind: SessionKind,
  id: string,
  table: Table,
  nowMs: number,
): Session {
  const session = sessions.byId.get(id);
  const ageMs = nowMs - (session?.createdMs ?? 0);
  const shownMs = kind === 'download' ? 0 : sessions.shownMs;
  if (session?.kind !== kind || ageMs > sessions.msMax + shownMs) {
    throw missing(sessionWords[kind], id);
  }
  if (ageMs > sessions.msMax && session.status === 'NORMAL') session.status = 'EXPIRED';
  if (session.tableId !== table.id) {
    throw badRequest('InvalidResourceSpec', `Session ${id} belongs to another table`);
  }
  return session;
}

/** Keeps a session that was made: it is open from now on. */
export async function keepSession(
  store: Store,
  sessions: Sessions,
  session: Session,
): Promise<void> {
  const folder = sessionFolder(store, session.id);
  await mkdir(folder, {recursive: true});
  const draft = path.join(folder, `${sessionFile}.draft`);
  await writeFile(draft, formatSession(session));
  await rename(draft, path.join(folder, sessionFile));
  sessions.byId.set(session.id, session);
}

/** Notes that a session is closed, within the transaction that brings its rows. */
export async function closeSession(connection: DuckDBConnection, session: Session): Promise<void> {
  const values = [session.id, session.kind].map(textLiteral).join(', ');
  const body = textLiteral(formatSession({...session, status: 'CLOSED'}));
  await connection.run(
    `INSERT INTO synctask_meta.sessions VALUES (${values}, ${session.createdMs}, ${body})`,
  );
}

/** Refuses a session that was closed. */
export function checkOpen(session: Session): void {
  if (session.status !== 'NORMAL') throw notOpen(session);
}

/** The refusal of a session that is closed or expired. */
export function notOpen({id, status}: Session): OdpsError {
  return new OdpsError('StatusConflict', 400, `Session ${id} is ${status}`);
}

/** Forgets one open session at once. */
export async function dropSession(store: Store, sessions: Sessions, id: string): Promise<void> {
  sessions.byId.delete(id);
  await removeFolder(store, sessions, id);
}

/** The folder of a session's blocks or snapshot. */
export function sessionFolder(store: Store, id: string): string {
  return path.join(store.dataDir, 'sessions', id);
}

/** The table a session was made for, as it is called now; null when it was dropped. */
export function sessionTable(catalog: Catalog, session: Pick<Session, 'tableId'>): Table | null {
  for (const table of catalog.tables.values()) if (table.id === session.tableId) return table;
  return null;
}

/** The session goes first: a kill amid its blocks must not leave one that seems open. Rows that wait stay. */
async function removeFolder(store: Store, {waiting}: Sessions, id: string): Promise<void> {
  const folder = sessionFolder(store, id);
  await rm(path.join(folder, sessionFile), {force: true});
  if (!waiting.has(id)) await rm(folder, {recursive: true, force: true});
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}

function formatSession(session: Session): string {
  const types = (list: TableColumn[]) => list.map(c => ({...c, type: formatOdpsType(c.type)}));
  return JSON.stringify({
    ...session,
    columns: types(session.columns),
    partitionKeys: types(session.partitionKeys),
  });
}

function parseSession(body: string): Session {
  const stored = JSON.parse(body) as Session;
  const types = (list: TableColumn[]) =>
    list.map(c => ({...c, type: parseOdpsType(c.type as unknown as string)}));
  return {...stored, columns: types(stored.columns), partitionKeys: types(stored.partitionKeys)};
}
