// A thread of threads.ts: gives each job's messages to its job, and its failure back.
import {parentPort} from 'node:worker_threads';
import {must} from '../base/assert.ts';
import {beginDecode} from './decodeJob.ts';
import {beginEncode} from './encodeJob.ts';
import {asOdpsError} from './odpsError.ts';
import type {Failure, JobAnswer, JobCall} from './threads.ts';

/** A job under way. */
export interface RunningJob<Call> {
  take(call: Call): void;
  /** Ends when the job did; throws why it could not. */
  done: Promise<void>;
}

/** Answers the request that a job belongs to. */
export type Answering<Answer> = (answer: Answer, transfer?: ArrayBuffer[]) => void;

const port = must(parentPort, 'jobs run in a thread');
const jobs = new Map<number, RunningJob<JobCall>>();

port.on('message', ({job, call}: {job: number; call: JobCall}) => {
  const answer = (said: JobAnswer, transfer: ArrayBuffer[] = []) =>
    port.postMessage({job, answer: said}, transfer);
  const running = jobs.get(job);
  if (running !== undefined) return running.take(call);
  // What comes for a job that failed is not waited for any more.
  const begun =
    call.kind === 'decode'
      ? beginDecode(call.order, answer)
      : call.kind === 'encode'
        ? beginEncode(call.order, answer)
        : null;
  if (begun === null) return;
  jobs.set(job, begun as RunningJob<JobCall>);
  begun.done
    .catch((error: unknown) => answer({kind: 'failed', failure: failureOf(error)}))
    .finally(() => jobs.delete(job));
});

function failureOf(error: unknown): Failure {
  const {code, status, message} = asOdpsError(error);
  if (status < 500) return {code, status, message};
  const trouble = error as NodeJS.ErrnoException;
  return {status: null, code: trouble.code ?? 'UNKNOWN', message: trouble.message};
}
