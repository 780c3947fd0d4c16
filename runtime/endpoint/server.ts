// The embedded MaxCompute-compatible endpoint: starts and stops it. Loopback only. The protocol it answers is described in
// docs/endpoint.md; the handlers are *Calls.ts, found by router.ts.
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {mkdir} from 'node:fs/promises';
import {fail} from '../base/errors.ts';
import {silentLog, type Log} from '../base/log.ts';
import {secondMs} from '../base/sizes.ts';
import {openCatalog} from './catalog.ts';
import {kindConduct, type Conduct} from './conduct.ts';
import type {EndpointFault} from './faults.ts';
import {createFlow} from './flow.ts';
import {openInstances} from './instances.ts';
import {serviceLimits, type Limits} from './limits.ts';
import {waitingBounds as usualBounds, type WaitingBounds} from './mayWait.ts';
import {createPace} from './pace.ts';
import {QuietIntake} from './quietIntake.ts';
import {answerRequest} from './router.ts';
import {openSessions} from './sessions.ts';
import {Store} from './store.ts';
import {Threads} from './threads.ts';
import {noWaiting, openWaiting} from './waitingRows.ts';
import {createQueues, type World} from './world.ts';

export interface EndpointOptions {
  /** Folder of the data; made when missing. */
  dataDir: string;
  /** 0 takes a free one. */
  port: number;
  project: string;
  accessKeyId: string;
  accessKeySecret: string;
  log?: Log;
  /** Other limits than the service's. */
  limits?: Partial<Limits>;
  /** What tests of other programs need; the command has no way to it. */
  forTests?: {
    /** Time for sessions, jobs, signatures and tables: a virtual clock. */
    nowMs?: () => number;
    /** Read at every request; the test adds to it. */
    faults?: EndpointFault[];
    conduct?: Partial<Conduct>;
    /** Which committed rows wait, and for how long. */
    waiting?: Partial<WaitingBounds>;
  };
}

export interface Endpoint extends AsyncDisposable {
  /** `http://127.0.0.1:8731/api`. */
  endpoint: string;
  port: number;
  /** Finishes what was asked, then closes the data. */
  close(): Promise<void>;
}

const host = '127.0.0.1';
/** Longer than the clients' own keep-alive, so that they close first. */
const keepAliveMs = 110 * secondMs;
/** Names that DuckDB has for itself. */
const reservedProjects = new Set(['memory', 'system', 'temp', 'main', 'default']);

/** Starts the endpoint. SYNC6001 when its port is taken, SYNC6002 for its folder, SYNC6005 for its project. */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const {dataDir, project} = options;
  if (!/^[a-z]\w{0,62}$/i.test(project) || reservedProjects.has(project.toLowerCase())) {
    throw fail('SYNC6005', {project});
  }
  await mkdir(dataDir, {recursive: true, mode: 0o700}).catch((error: unknown) => {
    throw fail('SYNC6002', {dataDir}, error);
  });
  const store = await Store.open(dataDir, project.toLowerCase());
  try {
    const world = await openWorld(store, options);
    const server = createServer(
      (request, response) => void answerRequest(world, request, response),
    );
    server.requestTimeout = 0;
    // A long commit is silent; only a body that stops coming is idle (router.ts).
    server.timeout = 0;
    server.keepAliveTimeout = keepAliveMs;
    const port = await listen(server, options.port);
    const close = once(() => stop(server, world));
    return {
      endpoint: `http://${host}:${port}/api`,
      port,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

async function openWorld(store: Store, options: EndpointOptions): Promise<World> {
  const {nowMs = () => Date.now(), faults = []} = options.forTests ?? {};
  const limits = {...serviceLimits, ...options.limits};
  const conduct = {...kindConduct, ...options.forTests?.conduct};
  const log = options.log ?? silentLog();
  const catalog = await openCatalog(store, limits, noWaiting());
  await openWaiting(store, catalog.waiting);
  const {sessionMsMax} = limits;
  const {expiredShownMs} = conduct;
  const kept = catalog.waiting.sessions;
  const sessions = await openSessions(store, nowMs(), sessionMsMax, expiredShownMs, kept);
  const waitingBounds = {...usualBounds, ...options.forTests?.waiting};
  return {
    store,
    threads: new Threads(),
    catalog,
    sessions,
    instances: await openInstances(store, nowMs()),
    key: {id: options.accessKeyId, secret: options.accessKeySecret},
    log,
    nowMs,
    limits,
    waitingBounds,
    quietIntake: new QuietIntake(store, catalog, waitingBounds.quietMs, log),
    pace: createPace(limits, nowMs),
    flow: createFlow(limits, nowMs),
    conduct,
    faults,
    inSession: createQueues(),
  };
}

async function listen(server: Server, port: number): Promise<number> {
  const {promise, resolve, reject} = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  try {
    await promise;
  } catch (error) {
    throw fail('SYNC6001', {host, port}, error);
  }
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server, world: World): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  // Requests that run on get a little time; a client that holds a connection open must not hold the endpoint.
  const timer = setTimeout(() => server.closeAllConnections(), 5 * secondMs);
  await promise;
  clearTimeout(timer);
  await Promise.allSettled(world.instances.running.values());
  await world.quietIntake[Symbol.asyncDispose]();
  await world.threads[Symbol.asyncDispose]();
  await world.instances.journal[Symbol.asyncDispose]();
  await world.catalog.journal[Symbol.asyncDispose]();
  await world.store[Symbol.asyncDispose]();
}

function once(run: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= run());
}
