import {createServer} from 'node:http';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {finding, isSyncError} from '../../../runtime/base/errors.ts';
import {openLog} from '../../../runtime/base/log.ts';
import {parseTask} from '../../../runtime/spec/parse.ts';
import {resolveSecrets} from '../../../runtime/spec/secrets.ts';
import {bodyFor, watchAlerts, type Notice} from '../../../runtime/task/alerts.ts';
import {createBoard} from '../../../runtime/task/board.ts';
import {createHolds} from '../../../runtime/task/holds.ts';
import {createThrottle} from '../../../runtime/task/throttle.ts';
import type {Status} from '../../../runtime/task/progress.ts';
import {minimalTask} from '../../support/taskInput.ts';

const throttles = {full: createThrottle({}), incremental: createThrottle({})};

/** A webhook that keeps what it is sent; refuses the first `refusals` calls. */
async function webhook(t: ExecutionContext, refusals = 0, answer = '') {
  const notices: Notice[] = [];
  let calls = 0;
  let heard = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', part => (body += String(part)));
    request.on('end', () => {
      const refused = calls++ < refusals;
      if (!refused) notices.push(JSON.parse(body) as Notice);
      response.writeHead(refused ? 503 : 200).end(answer);
      heard.resolve();
      heard = Promise.withResolvers<void>();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token-of-the-hook`;
  const until = async (count: number) => {
    while (notices.length < count) await heard.promise;
  };
  return {url, notices, until, calls: () => calls};
}

function world(t: ExecutionContext, url: string, alerts: object[]) {
  const stateDir = mkdtempSync(join(tmpdir(), 'synctask-alerts-'));
  t.teardown(() => rmSync(stateDir, {recursive: true, force: true}));
  const input = {
    ...minimalTask(),
    sourcePassword: 'x',
    environment: 'production',
    alerts: alerts.map(alert => ({...alert, webhook: 'ops'})),
    alertWebhooks: {ops: {env: 'OPS_HOOK'}},
  };
  const {task, findings} = parseTask(input);
  if (task === null) throw new Error(JSON.stringify(findings));
  const status: Status = {...createBoard(task, createHolds(), throttles).status()};
  const logPath = join(stateDir, 'log');
  const secrets = resolveSecrets(task, {OPS_HOOK: url});
  const watch = () => watchAlerts(task, secrets, () => status, {stateDir, log: openLog(logPath)});
  return {status, watch, log: () => readFileSync(logPath, 'utf8')};
}

const failure = finding('SYNC5032', {table: 'a_log'});
const short = (notices: Notice[]) => notices.map(n => `${n.event} ${n.state}`);

test('a lag over its threshold is told once, and once more when it is over', async t => {
  const hook = await webhook(t);
  const {status, watch} = world(t, hook.url, [{on: 'lag', lagSeconds: 20}]);
  await using _alerts = watch();
  Object.assign(status, {state: 'following', lagSeconds: 25});
  await hook.until(1);
  status.lagSeconds = 3;
  await hook.until(2);
  t.deepEqual(short(hook.notices), ['lag raised', 'lag over']);
  t.is(hook.notices[0]!.text, '[ALERT] production/shop: lag 25 s, threshold 20 s');
  t.is(hook.notices[0]!.lagSeconds, 25);
});

test('a failure is told before the task ends, and its end by the next runtime', async t => {
  const hook = await webhook(t, 1);
  const {status, watch} = world(t, hook.url, [{on: 'failure'}]);
  {
    await using alerts = watch();
    await alerts.failed(failure);
  }
  {
    await using alerts = watch();
    await alerts.failed(failure);
  }
  status.state = 'following';
  await watch()[Symbol.asyncDispose]();
  await watch()[Symbol.asyncDispose]();
  t.deepEqual(short(hook.notices), ['failure raised', 'failure still', 'failure over']);
  t.is(hook.notices[0]!.code, 'SYNC5032');
  t.is(hook.calls(), 4);
});

test('a webhook that does not answer stops nothing, and its address is not logged', async t => {
  const {watch, log} = world(t, 'http://127.0.0.1:9/token-of-the-hook', [{on: 'failure'}]);
  await using alerts = watch();
  await alerts.failed(failure);
  t.is(log().match(/was not delivered/g)?.length, 3);
  t.false(log().includes('token-of-the-hook'));
});

test('an address that is none is refused by its name', t => {
  const {watch} = world(t, 'ftp://somewhere/else', [{on: 'failure'}]);
  const error = t.throws(watch);
  t.true(isSyncError(error) && error.code === 'SYNC5060');
  t.false(String(error).includes('somewhere'));
});

test('Slack and DingTalk get their own words, others the whole notice', t => {
  const notice = {text: 'hello'} as Notice;
  const body = (url: string) => bodyFor(new URL(url), notice);
  t.deepEqual(body('https://hooks.slack.com/services/x'), {text: 'hello'});
  t.deepEqual(body('https://oapi.dingtalk.com/robot/send?access_token=x'), {
    msgtype: 'text',
    text: {content: 'hello'},
  });
  t.is(body('https://notslack.com/x'), notice);
});

test('a notice is worded by its template, in the format that its receiver reads', async t => {
  const hook = await webhook(t);
  const template = '{environment} {task} {event} {state}: {lagSeconds}s {code}|{text}';
  const alert = {on: 'lag', lagSeconds: 20, template, format: 'dingtalk'};
  const {status, watch} = world(t, hook.url, [alert]);
  await using _alerts = watch();
  Object.assign(status, {state: 'following', lagSeconds: 25});
  await hook.until(1);
  t.deepEqual(hook.notices as unknown, [
    {
      msgtype: 'text',
      text: {content: 'production shop lag raised: 25s |lag 25 s, threshold 20 s'},
    },
  ]);
});

test('an answer that says it was refused counts as one, whatever its status', async t => {
  const hook = await webhook(t, 0, '{"errcode":310000,"errmsg":"keywords not in content"}');
  const {watch, log} = world(t, hook.url, [{on: 'failure'}]);
  await using alerts = watch();
  await alerts.failed(failure);
  t.is(hook.calls(), 3);
  t.regex(log(), /errcode 310000/);
});

test('a runway that gets short is told, and when it is long enough again', async t => {
  const hook = await webhook(t);
  const {status, watch} = world(t, hook.url, [{on: 'retention'}]);
  await using _alerts = watch();
  const retention = {behindBytes: 1, catchUpSeconds: null, runwaySeconds: 600, isShort: true};
  Object.assign(status, {state: 'following', retention});
  await hook.until(1);
  status.retention = {...retention, runwaySeconds: 80_000, isShort: false};
  await hook.until(2);
  t.deepEqual(short(hook.notices), ['retention raised', 'retention over']);
  t.regex(hook.notices[0]!.text, /kept for 600 s more/);
  t.is(hook.notices[0]!.code, 'SYNC5083');
});
