// SQL jobs (protocol section 7): submitted, run in the background one after another where they write, kept with their results.
// What is known of them stands in a journal: it survives the end of the process, and the newest of it may not survive the machine's.
import {randomBytes} from 'node:crypto';
import {mkdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {hourMs, MiB} from '../base/sizes.ts';
import {parseOdpsType} from '../codec/odpsType.ts';
import {Journal} from './journal.ts';
import {asOdpsError, OdpsError} from './odpsError.ts';
import {describeColumns, resultsFolder, runSql, type ResultColumn} from './sqlRun.ts';
import type {Store} from './store.ts';
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
  /** In the order of their submission. */
  byId: Map<string, Instance>;
  /** Settled when the job has ended. */
  running: Map<string, Promise<void>>;
  journal: Journal;
  /** Length of the journal when it was written anew. */
  journalBytes: number;
  /** Characters of what the jobs submitted and answered. */
  textSize: number;
}

/** Jobs and results are forgotten after a day, and the oldest beyond this number and size. */
const instanceMsMax = 24 * hourMs;
const instancesMax = 10_000;
const textSizeMax = 32 * MiB;
/** The journal is written anew when it is so much longer than it was after the last time. */
const journalGrowthMax = 64 * MiB;

/** Reads the jobs of earlier runs; one that was running when the endpoint died has failed. */
export async function openInstances(store: Store, nowMs: number): Promise<Instances> {
  await mkdir(resultsFolder(store), {recursive: true});
  const {journal, lines} = await Journal.open(path.join(store.dataDir, 'jobs.jsonl'), false);
  const byId = new Map<string, Instance>();
  for (const line of lines as Stored[]) {
    const instance = parseInstance(line);
    byId.set(instance.id, instance);
  }
  for (const [id, instance] of byId) byId.set(id, interrupted(instance));
  const textSize = [...byId.values()].reduce((sum, instance) => sum + sizeOf(instance), 0);
  const instances = {byId, running: new Map(), journal, journalBytes: 0, textSize};
  await forgetInstances(store, instances, nowMs);
  await rewrite(instances);
  return instances;
}

/** Forgets the oldest jobs that are beyond the bounds. */
async function forgetInstances(store: Store, instances: Instances, nowMs: number): Promise<void> {
  const {byId} = instances;
  for (const [id, instance] of byId) {
    const isOld = nowMs - instance.startedMs > instanceMsMax;
    const isMuch = byId.size > instancesMax || instances.textSize > textSizeMax;
    // The oldest is first: where it stays, all stay.
    if ((!isOld && !isMuch) || instance.status === 'Running') return;
    byId.delete(id);
    instances.textSize -= sizeOf(instance);
    if (instance.columns !== null) await rm(resultFile(store, id), {force: true});
  }
}

function sizeOf(instance: Instance): number {
  return instance.source.length + instance.text.length;
}

async function rewrite(instances: Instances): Promise<void> {
  instances.journalBytes = Infinity;
  try {
    await instances.journal.rewrite(() => [...instances.byId.values()].map(storedInstance));
  } finally {
    instances.journalBytes = instances.journal.bytes;
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
  world.instances.textSize += sizeOf(instance);
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
  try {
    await keep(world, {...instance, ...ended, endedMs: nowMs()});
  } catch (error) {
    // What the job did is done; after a crash nobody will know of it.
    world.log.warn({err: error}, 'the end of a SQL job could not be noted');
  }
  world.instances.textSize += ended.text?.length ?? 0;
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
  const {instances} = world;
  await instances.journal.append(storedInstance(instance));
  if (instances.journal.bytes > instances.journalBytes + journalGrowthMax) await rewrite(instances);
}

/** As a line of the journal; a later one of the same job takes the place of the earlier. */
interface Stored extends Omit<Instance, 'columns'> {
  columns: {name: string; type: string}[] | null;
}

function storedInstance(instance: Instance): Stored {
  const {columns} = instance;
  return {...instance, columns: columns === null ? null : describeColumns(columns)};
}

function parseInstance(stored: Stored): Instance {
  const columns = stored.columns?.map(c => ({name: c.name, type: parseOdpsType(c.type)})) ?? null;
  return {...stored, columns};
}

function interrupted(instance: Instance): Instance {
  if (instance.status !== 'Running') return instance;
  const text =
    'FAILED: ODPS-0010000:System internal error - the endpoint stopped while the job ran';
  return {...instance, status: 'Failed', endedMs: instance.startedMs, text};
}
