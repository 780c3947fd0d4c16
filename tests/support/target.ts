// An embedded endpoint and clients of it for tests: quick retries, a fixed key.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {isSyncError} from '../../runtime/base/errors.ts';
import {silentLog} from '../../runtime/base/log.ts';
import type {RetryBounds} from '../../runtime/base/wait.ts';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {TargetClient, type TargetOptions} from '../../runtime/sink/client.ts';

export const testKey = {accessKeyId: 'testKeyId', accessKeySecret: 'testKeySecret/1+2'};
export const testProject = 'test_project';

/** Starts an endpoint with data of its own, which ends with the test; gives its URL. */
export async function startTarget(t: ExecutionContext<any>): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'synctask-target-'));
  const endpoint = await startEndpoint({dataDir, port: 0, project: testProject, ...testKey});
  t.teardown(async () => {
    await endpoint.close();
    await rm(dataDir, {recursive: true, force: true});
  });
  return endpoint.endpoint;
}

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
