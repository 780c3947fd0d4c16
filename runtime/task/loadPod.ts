// A load pod: threads that read chunks for the conductor of a task on another machine. Each has a connection to it and works as
// the conductor's own threads do: source and target are reached from here. It owns no state: what it was reading when the
// conductor went is given up, and it connects again until it is told that the load is over.
import {once} from 'node:events';
import {connect} from 'node:net';
import {extname} from 'node:path';
import {Worker} from 'node:worker_threads';
import type {Log} from '../base/log.ts';
import {secondMs} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import type {LoadAnswer, LoadJob, LoadWorkerData} from './loadJob.ts';
import {aliveMs, openWire, type Notice} from './loadWire.ts';

const againMs = secondMs;

export interface PodOptions {
  host: string;
  port: number;
  token: string;
  log: Log;
}

/** Runs `threads` workers until the conductor says that the load is over, or `signal` ends them. */
export async function runLoadPod(
  data: LoadWorkerData,
  threads: number,
  options: PodOptions,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    Array.from({length: threads}, async () => {
      while (!signal.aborted) {
        try {
          if (await helpOnce(data, options, signal)) return;
        } catch (error) {
          if (signal.aborted) return;
          const problem = error instanceof Error ? error.message : String(error);
          options.log.info({problem}, 'the conductor is out of reach: it is tried again');
        }
        await wait(againMs, signal).catch(() => undefined);
      }
    }),
  );
}

/** One connection and one thread; true once there is nothing left to do. */
async function helpOnce(
  data: LoadWorkerData,
  {host, port, token}: PodOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const socket = connect(port, host);
  const cut = () => socket.destroy();
  signal.addEventListener('abort', cut, {once: true});
  let worker: Worker | null = null;
  let alive: NodeJS.Timeout | null = null;
  try {
    await once(socket, 'connect');
    const wire = await openWire(socket, 'pod', token);
    // The conductor says nothing while a long chunk is read; a dead one is noticed by what we send.
    socket.setTimeout(0);
    alive = setInterval(() => wire.send({kind: 'alive'} satisfies Notice), aliveMs);
    worker = new Worker(new URL(`./loadWorker${extname(import.meta.url)}`, import.meta.url), {
      workerData: data,
    });
    worker.on('message', (answer: LoadAnswer) => wire.send(answer));
    worker.on('error', error => socket.destroy(error));
    worker.on('exit', cut);
    for await (const frame of wire.frames) {
      const asked = frame as LoadJob | Notice;
      if ('kind' in asked) return true;
      worker.postMessage(asked);
    }
    return false;
  } finally {
    signal.removeEventListener('abort', cut);
    if (alive !== null) clearInterval(alive);
    socket.destroy();
    await worker?.terminate();
  }
}
