// Who is told of what: a failed task, a lag over its threshold, and that either is over. By webhooks whose addresses are
// secrets: they are never logged. A notice that cannot be delivered is logged and never stops the task.
import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fail, type Finding} from '../base/errors.ts';
import type {Log} from '../base/log.ts';
import {minuteMs, secondMs} from '../base/sizes.ts';
import type {Secrets} from '../spec/secrets.ts';
import type {Task} from '../spec/task.ts';
import type {Status} from './progress.ts';

/** What one webhook is sent. */
export interface Notice {
  event: 'failure' | 'lag' | 'retention';
  /** `raised` at first, `still` while it goes on, `over` once. */
  state: 'raised' | 'still' | 'over';
  task: string;
  environment: string;
  text: string;
  lagSeconds: number | null;
  code: string | null;
  at: string;
}

export interface Alerts extends AsyncDisposable {
  /** Tells that the task failed; ends when everybody was told or could not be. */
  failed: (finding: Finding) => Promise<void>;
}

const lookMs = secondMs;
const answerMsMax = 5 * secondMs;
const triesMax = 3;
/** Of an answer no more than this is looked at. */
const answerCharactersMax = 1000;
/** Remembers over a restart that a failure was told. */
const stateFile = 'alerts.json';

/** Watches `status` from now on. Raises SYNC5060 for an address that is none. */
export function watchAlerts(
  task: Task,
  secrets: Secrets,
  status: () => Status,
  {stateDir, log}: {stateDir: string; log: Log},
): Alerts {
  const addresses = new Map(task.alerts.map(({webhook}) => [webhook, address(webhook, secrets)]));
  const tellOne = (on: Notice['event'], alert: Alert, notice: NoticeText) =>
    deliver(addresses.get(alert.webhook)!, alert, toNotice(task, on, notice, alert), log);
  const send = (on: Notice['event'], alerts: readonly Alert[], notice: NoticeText) =>
    Promise.all(alerts.map(alert => tellOne(on, alert, notice)));
  const toldOf = (event: Notice['event']) => task.alerts.filter(({on}) => on === event);
  const toldOfFailure = toldOf('failure');
  const lags = toldOf('lag').map(alert => ({alert, limit: alert.lagSeconds!, toldMs: 0}));
  const noticeOfRetention = retentionNotices();
  const statePath = join(stateDir, stateFile);
  const sending = new Set<Promise<unknown>>();
  const start = (sent: Promise<unknown>) => {
    sending.add(sent);
    void sent.finally(() => sending.delete(sent));
  };
  let unreachableMs: number | null = null;
  const look = (): void => {
    const now = status();
    const nowMs = performance.now();
    const isUnreachable = now.holds.some(hold => hold.reason === 'source-connection');
    unreachableMs = isUnreachable ? (unreachableMs ?? nowMs) : null;
    // Without a source nothing is seen to be late, so the time since it went counts.
    const since = unreachableMs === null ? 0 : (nowMs - unreachableMs) / secondMs;
    const lagSeconds = Math.max(now.lagSeconds ?? 0, Math.round(since));
    for (const lag of lags) {
      const tell = (state: Notice['state']) => {
        const text = `lag ${lagSeconds} s, threshold ${lag.limit} s`;
        start(send('lag', [lag.alert], {state, text, lagSeconds, code: null}));
      };
      const resendMs = lag.alert.resendMinutes * minuteMs;
      if (lagSeconds > lag.limit && (lag.toldMs === 0 || nowMs - lag.toldMs >= resendMs)) {
        tell(lag.toldMs === 0 ? 'raised' : 'still');
        lag.toldMs = nowMs;
      } else if (lagSeconds <= lag.limit && lag.toldMs !== 0) {
        tell('over');
        lag.toldMs = 0;
      }
    }
    const kept = noticeOfRetention(now, lagSeconds);
    if (kept !== null) start(send('retention', toldOf('retention'), kept));
    if ((now.state === 'following' || now.state === 'done') && wasTold(statePath)) {
      rmSync(statePath, {force: true});
      const text = 'the task runs again';
      start(send('failure', toldOfFailure, {state: 'over', text, lagSeconds: null, code: null}));
    }
  };
  const looking = task.alerts.length === 0 ? null : setInterval(look, lookMs);
  return {
    failed: async ({code, title, cause}) => {
      if (toldOfFailure.length === 0) return;
      const state = wasTold(statePath) ? 'still' : 'raised';
      writeFileSync(statePath, JSON.stringify({failure: code}), {mode: 0o600});
      const text = `failed: ${title} (${code}). ${cause}`;
      await send('failure', toldOfFailure, {state, text, lagSeconds: null, code});
    },
    [Symbol.asyncDispose]: async () => {
      if (looking !== null) {
        clearInterval(looking);
        look();
      }
      await Promise.all(sending);
    },
  };
}

type NoticeText = Pick<Notice, 'state' | 'text' | 'lagSeconds' | 'code'>;
type Alert = Task['alerts'][number];

/** What is told of the runway at each look; null when nothing changed. */
function retentionNotices(): (status: Status, lagSeconds: number) => NoticeText | null {
  let wasShort = false;
  return ({retention}, lagSeconds) => {
    const isShort = retention?.isShort === true;
    if (isShort === wasShort) return null;
    wasShort = isShort;
    const text = isShort
      ? `the binlog that is needed next is kept for ${retention.runwaySeconds} s more`
      : 'the binlog that is needed is kept for long enough again';
    return {state: isShort ? 'raised' : 'over', text, lagSeconds, code: 'SYNC5083'};
  };
}

function toNotice(
  task: Task,
  event: Notice['event'],
  notice: NoticeText,
  {template}: Alert,
): Notice {
  const {name, environment} = task;
  const word = {raised: 'ALERT', still: 'STILL', over: 'OVER'}[notice.state];
  const at = new Date().toISOString();
  const plain = {event, ...notice, task: name, environment, at};
  if (template === null)
    return {...plain, text: `[${word}] ${environment}/${name}: ${notice.text}`};
  const text = template.replace(/\{(\w+)\}/g, (_, place: string) =>
    String(plain[place as keyof Notice] ?? ''),
  );
  return {...plain, text};
}

function address(webhook: string, secrets: Secrets): URL {
  const url = URL.parse(secrets.alertWebhooks?.[webhook] ?? '');
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw fail('SYNC5060', {webhook}, undefined, {where: `alertWebhooks.${webhook}`});
}

/** The body that the receiver reads: Slack's, DingTalk's, or the whole notice as JSON. */
export function bodyFor(url: URL, notice: Notice, format: Alert['format'] = 'auto'): object {
  const known = /(^|\.)slack\.com$/.test(url.hostname)
    ? 'slack'
    : /(^|\.)dingtalk\.com$/.test(url.hostname)
      ? 'dingtalk'
      : 'json';
  const chosen = format === 'auto' ? known : format;
  if (chosen === 'slack') return {text: notice.text};
  if (chosen === 'dingtalk') return {msgtype: 'text', text: {content: notice.text}};
  return notice;
}

async function deliver(
  url: URL,
  {webhook, format}: Alert,
  notice: Notice,
  log: Log,
): Promise<void> {
  for (let tries = 1; tries <= triesMax; tries++) {
    let answer: string;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {'content-type': 'application/json'},
        body: JSON.stringify(bodyFor(url, notice, format)),
        redirect: 'error',
        signal: AbortSignal.timeout(answerMsMax),
      });
      const refusal = response.ok ? await refusalIn(response) : `HTTP status ${response.status}`;
      if (refusal === null) return;
      answer = refusal;
    } catch (error) {
      // The message of an error may hold the address; its kind does not.
      const cause = (error as {cause?: {code?: string}}).cause;
      answer = cause?.code ?? (error as Error).name;
    }
    const {event, state} = notice;
    log.warn({webhook, event, state, answer, tries}, 'an alert was not delivered');
  }
}

/** DingTalk answers 200 to what it refuses, for example a text without the keyword of the robot. */
async function refusalIn(response: Response): Promise<string | null> {
  const text = (await response.text()).slice(0, answerCharactersMax);
  const [, code] = /"errcode"\s*:\s*(-?\d+)/.exec(text) ?? [];
  return code === undefined || code === '0' ? null : `errcode ${code}`;
}

function wasTold(statePath: string): boolean {
  try {
    readFileSync(statePath);
    return true;
  } catch {
    return false;
  }
}
