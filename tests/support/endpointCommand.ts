// The endpoint as a process of its own, as its command starts it, so that it can be killed.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import path from 'node:path';
import {createInterface} from 'node:readline';
import type {ExecutionContext} from 'ava';
import {key} from './tunnel.ts';

const launcher = new URL('../../bin/synctask', import.meta.url).pathname;

/** Starts it over the data in `home`; it is killed at the test's end. */
export async function startCommand(
  t: ExecutionContext,
  home: string,
): Promise<{process: ChildProcess; endpoint: string}> {
  const args = ['endpoint', '--port', '0', '--data', path.join(home, 'data'), '--project', 'local'];
  const started = spawn(launcher, args, {
    env: {
      ...process.env,
      XDG_STATE_HOME: path.join(home, 'state'),
      ALIBABA_CLOUD_ACCESS_KEY_ID: key.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: key.accessKeySecret,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => void started.kill('SIGKILL'));
  const [line] = (await once(createInterface(started.stdout), 'line')) as [string];
  return {process: started, endpoint: (JSON.parse(line) as {endpoint: string}).endpoint};
}
