// Clients of a target for tests: quick retries, a fixed key.
import type {ExecutionContext} from 'ava';
import {isSyncError} from '../../runtime/base/errors.ts';
import {silentLog} from '../../runtime/base/log.ts';
import type {RetryBounds} from '../../runtime/base/wait.ts';
import {TargetClient, type TargetOptions} from '../../runtime/sink/client.ts';

export const testKey = {accessKeyId: 'testKeyId', accessKeySecret: 'testKeySecret/1+2'};
export const testProject = 'test_project';

/** Retries without real pauses. */
export const quickRetry: RetryBounds = {
  countMax: 4,
  elapsedMsMax: 60_000,
  firstMs: 1,
  pauseMsMax: 2,
};

/** A client of `endpoint`, tunnel included, that ends with the test. */
export function openClient(
  t: ExecutionContext<any>,
  endpoint: string,
  options: Partial<TargetOptions> = {},
  bounds = quickRetry,
  answerMs?: number,
): TargetClient {
  const client = TargetClient.open(
    {
      endpoint,
      project: testProject,
      schema: null,
      tunnelEndpoint: endpoint,
      quota: null,
      region: null,
      credentials: () => Promise.resolve({...testKey, securityToken: null}),
      ...options,
    },
    silentLog(),
    bounds,
    answerMs,
  );
  t.teardown(() => client[Symbol.asyncDispose]());
  return client;
}

/** The code of the error that `work` ends with; `none` when it ends well. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (isSyncError(error)) return error.code;
    throw error;
  }
  return 'none';
}
