// SQL jobs (protocol section 7): submitted, run in the background one after another where they write, kept with their results.
import {randomBytes} from 'node:crypto';
import {mkdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {hourMs} from '../base/sizes.ts';
import {parseOdpsType} from '../codec/odpsType.ts';
import {asOdpsError, OdpsError} from './odpsError.ts';
import {describeColumns, resultsFolder, runSql, type ResultColumn} from './sqlRun.ts';
import {queryRows, textLiteral, type Store} from './store.ts';
import type {World} from './world.ts';

export interface Instance {
  id: string;
  taskName: string;
  /** The job as it was submitted. */
  source: string;
  status: 'Running' | 'Success' | 'Failed' | 'Cancelled';
  startedMs: number;
  endedMs: number | null;
  /** Text result, or the failure's text. */
  text: string;
  /** Columns of a query's result; null when it has none. */
  columns: ResultColumn[] | null;
}

export interface Instances {
  byId: Map<string, Instance>;
  /** Settled when the job has ended. */
  running: Map<string, Promise<void>>;
}

/** Jobs and results are forgotten after a day, and the oldest beyond this number. */
const instanceMsMax = 24 * hourMs;
const instancesMax = 10_000;

/** Reads the jobs of earlier runs; one that was running when the endpoint died has failed. */
export async function openInstances(store: Store, nowMs: number): Promise<Instances> {
  const instances: Instances = {byId: new Map(), running: new Map()};
  await mkdir(resultsFolder(store), {recursive: true});
  const stored = await store.read(connection =>
    queryRows(connection, 'SELECT body FROM synctask_meta.instances ORDER BY created_ms'),
  );
  for (const row of stored) {
    const instance = parseInstance(String(row['body']));
    instances.byId.set(instance.id, interrupted(instance));
  }
  await forgetInstances(store, instances, nowMs);
  return instances;
}

async function forgetInstances(store: Store, instances: Instances, nowMs: number): Promise<void> {
  const ended = [...instances.byId.values()].filter(instance => instance.status !== 'Running');
  const surplus = Math.max(0, ended.length - instancesMax);
  const dead = ended.filter(
    (instance, i) => i < surplus || nowMs - instance.startedMs > instanceMsMax,
  );
  if (dead.length === 0) return;
  const ids = dead.map(instance => textLiteral(instance.id)).join(', ');
  await store.write(connection =>
    connection.run(`DELETE FROM synctask_meta.instances WHERE id IN (${ids})`),
  );
  for (const {id} of dead) {
    instances.byId.delete(id);
    await rm(resultFile(store, id), {force: true});
  }
}

export interface Submission {
  taskName: string;
  sql: string;
  settings: Record<string, string>;
  source: string;
}

/** Starts a job; it runs on after the answer. */
export async function submit(world: World, submission: Submission): Promise<Instance> {
  const startedMs = world.nowMs();
  await forgetInstances(world.store, world.instances, startedMs);
  const stamp = new Date(startedMs).toISOString().replaceAll(/\D/g, '').slice(0, 17);
  const instance: Instance = {
    id: `${stamp}g${randomBytes(8).toString('hex')}`,
    taskName: submission.taskName,
    source: submission.source,
    status: 'Running',
    startedMs,
    endedMs: null,
    text: '',
    columns: null,
  };
  await keep(world, instance);
  world.instances.byId.set(instance.id, instance);
  const run = runJob(world, instance, submission).finally(() =>
    world.instances.running.delete(instance.id),
  );
  world.instances.running.set(instance.id, run);
  return instance;
}

/** The job, or the refusal that clients know (protocol section 4.1). */
export function findInstance(world: World, id: string): Instance {
  const instance = world.instances.byId.get(id);
  if (instance !== undefined) return instance;
  throw new OdpsError('NoSuchObject', 404, `ODPS-0420111: Instance not found - '${id}'`);
}

/** Waits until the job has ended, at most `ms`. */
export async function waitForEnd(world: World, id: string, ms: number): Promise<void> {
  const run = world.instances.running.get(id);
  if (run === undefined) return;
  const {promise, resolve} = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([run, promise]);
  clearTimeout(timer);
}

/** Where the rows of a query are. */
export function resultFile(store: Store, id: string): string {
  return path.join(resultsFolder(store), `${id}.parquet`);
}

/** Ends a job for its readers; what already runs in DuckDB runs to its end and is thrown away. */
export async function cancel(world: World, instance: Instance): Promise<void> {
  if (instance.status !== 'Running') return;
  instance.status = 'Cancelled';
  instance.endedMs = world.nowMs();
  await keep(world, instance);
}

async function runJob(world: World, instance: Instance, submission: Submission): Promise<void> {
  const {store, catalog, nowMs} = world;
  const ended: Partial<Instance> = {};
  const fault = world.conduct.jobFault?.(submission.sql) ?? null;
  try {
    await fault?.until;
    if (fault?.fails === 'before') throw jobFailure();
    const result = await runSql({
      job: {store, catalog, nowMs, orderNeedsLimit: world.conduct.orderNeedsLimit},
      sql: submission.sql,
      settings: submission.settings,
      resultFile: resultFile(store, instance.id),
    });
    if (fault?.fails === 'after') throw jobFailure();
    Object.assign(ended, {status: 'Success', text: result.text, columns: result.columns});
  } catch (error) {
    if (!(error instanceof OdpsError)) world.log.error({err: error}, 'a SQL job failed inside');
    Object.assign(ended, {status: 'Failed', text: `FAILED: ${asOdpsError(error).message}`});
  }
  if (instance.status === 'Cancelled') return;
  // Kept before it is shown, so that a job that was seen to succeed is still a success after a crash.
  await keep(world, {...instance, ...ended, endedMs: nowMs()});
  Object.assign(instance, ended, {endedMs: nowMs()});
}

function jobFailure(): OdpsError {
  return new OdpsError(
    'ODPS-0010000',
    500,
    'ODPS-0010000:System internal error - the fault switch',
  );
}

async function keep(world: World, instance: Instance): Promise<void> {
  const columns = instance.columns === null ? null : describeColumns(instance.columns);
  const body = textLiteral(JSON.stringify({...instance, columns}));
  const id = textLiteral(instance.id);
  await world.store.write(async connection => {
    await connection.run(`DELETE FROM synctask_meta.instances WHERE id = ${id}`);
    await connection.run(
      `INSERT INTO synctask_meta.instances VALUES (${id}, ${instance.startedMs}, ${body})`,
    );
  });
}

interface StoredColumn {
  name: string;
  type: string;
}

function parseInstance(body: string): Instance {
  const stored = JSON.parse(body) as Omit<Instance, 'columns'> & {columns: StoredColumn[] | null};
  const columns = stored.columns?.map(c => ({name: c.name, type: parseOdpsType(c.type)})) ?? null;
  return {...stored, columns};
}

function interrupted(instance: Instance): Instance {
  if (instance.status !== 'Running') return instance;
  const text =
    'FAILED: ODPS-0010000:System internal error - the endpoint stopped while the job ran';
  return {...instance, status: 'Failed', endedMs: instance.startedMs, text};
}
