// SQL jobs: submit, wait, read the result. A statement whose submission got no answer is sent again only when
// the caller says that running it twice is harmless; otherwise SYNC4023 asks the caller to compare the target (C15).
import {randomUUID} from 'node:crypto';
import {asSyncError, fail} from '../base/errors.ts';
import {hourMs, minuteMs, secondMs} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import {callError} from './callErrors.ts';
import type {TargetClient, TargetResponse} from './client.ts';
import {parseCsv, type SqlResult} from './csv.ts';
import {meaningOfSql, odpsCode} from './errorCodes.ts';
import {splitSettings} from './sqlText.ts';
import {cdata, elementsAt, escapeXml, parseXml, textAt, type XmlNode} from './xml.ts';

export type {SqlResult} from './csv.ts';

export interface SqlOptions {
  /** Settings of the job; they win over ours. */
  hints?: Readonly<Record<string, string>>;
  /** Running it twice does no harm. Default: what begins with SELECT, WITH, SHOW, DESC or EXPLAIN. */
  repeatable?: boolean;
  /** Hears the instance's id and each state seen. */
  onProgress?: (progress: SqlProgress) => void;
  /** Longest wait for its end. Default: 3 hours. */
  runMsMax?: number;
  signal: AbortSignal;
}

export interface SqlProgress {
  instance: string;
  status: string;
  /** Mean of its stages; null before they are known, and in the first second, which is not worth the question. */
  percent: number | null;
  elapsedMs: number;
}

/** First polls are close together: DDL on an idle project takes a fraction of a second, on the endpoint less. */
const pollMs = [10, 20, 50, 100, 200, 500, secondMs, 2 * secondMs, 5 * secondMs];
/** The first poll comes after this share of what statements took of late, so that one that is quicker is not waited for. */
const firstPollShare = 0.8;
const firstPollMsMax = 2 * secondMs;
/** A shorter job is over before anyone looks. */
const progressAfterMs = secondMs;
const stopMsMax = 5 * secondMs;
/** A job that waits longer than this for quota is better seen by an operator. */
const runMsMaxDefault = 3 * hourMs;
const taskName = 'AnonymousSQLTask';

/**
 * Runs one statement (leading SET lines are its settings) and returns its rows, at most 10,000 by the service's limit; of DDL
 * nothing is asked but whether it succeeded.
 */
export async function runSql(
  client: TargetClient,
  sql: string,
  options: SqlOptions,
): Promise<SqlResult> {
  const {settings, statement} = splitSettings(sql);
  const repeatable =
    options.repeatable ?? /^\s*\(*\s*(select|with|show|desc|describe|explain)\b/i.test(statement);
  const hints = {...baseHints(client), ...settings, ...options.hints};
  const submitted = await submit(client, statement, hints, repeatable, options.signal);
  if ('result' in submitted) return submitted.result;
  const {instance} = submitted;
  try {
    await finish(client, instance, statement, options);
  } catch (error) {
    // Nobody reads what a query still computes; what changes the target is never cut off half-way.
    if (options.signal.aborted && repeatable) await stopInstance(client, instance);
    throw error;
  }
  if (isDdl(statement)) return {columns: [], rows: []};
  const answer = await client.request({
    operation: `read the result of ${shown(statement)}`,
    side: 'rest',
    method: 'GET',
    path: instancePath(client, instance),
    query: {result: ''},
    repeatable: true,
    signal: options.signal,
  });
  return readResult(answer, statement);
}

/** The settings of every job of ours: the types of edition 2.0, UTC, and the schema where there is one. */
function baseHints(client: TargetClient): Record<string, string> {
  const hints: Record<string, string> = {
    'odps.sql.type.system.odps2': 'true',
    'odps.sql.decimal.odps2': 'true',
    'odps.sql.timezone': 'UTC',
  };
  if (client.schema === null) return hints;
  return {
    ...hints,
    'odps.namespace.schema': 'true',
    'odps.sql.allow.namespace.schema': 'true',
    'odps.default.schema': client.schema,
  };
}

async function submit(
  client: TargetClient,
  statement: string,
  hints: Record<string, string>,
  repeatable: boolean,
  signal: AbortSignal,
): Promise<{instance: string} | {result: SqlResult}> {
  let doubt = false;
  let answer: TargetResponse;
  try {
    answer = await client.request({
      operation: `run ${shown(statement)}`,
      side: 'rest',
      method: 'POST',
      path: ['projects', client.project, 'instances'],
      headers: {'Content-Type': 'application/xml'},
      body: jobXml(statement, hints),
      repeatable,
      signal,
      onDoubt: () => (doubt = true),
    });
  } catch (error) {
    if (!doubt || repeatable || signal.aborted) throw error;
    throw fail('SYNC4023', {statement: shown(statement)}, error);
  }
  // A body means that the service ran it at once; then it is a result document already.
  if (answer.body.length > 0 && answer.status === 200)
    return {result: readResult(answer, statement)};
  const instance = answer.headers['location']?.split('/').at(-1) ?? '';
  if (instance === '') {
    const operation = `run ${shown(statement)}`;
    throw fail('SYNC4012', {operation, what: 'the answer names no instance'});
  }
  return {instance};
}

function jobXml(statement: string, hints: Record<string, string>): string {
  const uuid = randomUUID();
  const query = statement.trimEnd().endsWith(';') ? statement : `${statement};`;
  const property = (name: string, value: string) =>
    `<Property><Name>${name}</Name><Value>${escapeXml(value)}</Value></Property>`;
  // The Guid lets the service refuse the same job when it arrives twice.
  return (
    `<?xml version="1.0" encoding="UTF-8"?><Instance><Job><Guid>${uuid}</Guid><Priority>9</Priority>` +
    `<Tasks><SQL><Name>${taskName}</Name><Config>` +
    `${property('settings', JSON.stringify(hints))}${property('uuid', uuid)}` +
    `</Config><Query>${cdata(query)}</Query></SQL></Tasks>` +
    `<DAG><RunMode>Sequence</RunMode></DAG></Job></Instance>`
  );
}

/** What answers nothing, whatever becomes of it. */
function isDdl(statement: string): boolean {
  return /^\s*(create|alter|drop|truncate)\b/i.test(statement);
}

/** Polls until the instance ends; raises the coded error of a failed task. */
async function finish(
  client: TargetClient,
  instance: string,
  statement: string,
  options: SqlOptions,
): Promise<void> {
  const startedMs = performance.now();
  // DDL runs in crowds, whose statements take alike: the first question comes when the last ones were about over.
  const expectedMs = isDdl(statement) ? Math.min(client.ddlMs * firstPollShare, firstPollMsMax) : 0;
  if (expectedMs >= pollMs[0]!) await wait(expectedMs, options.signal);
  for (let poll = 0; ; poll++) {
    const answer = await client.request({
      operation: `wait for ${shown(statement)}`,
      side: 'rest',
      method: 'GET',
      path: instancePath(client, instance),
      query: {taskstatus: ''},
      repeatable: true,
      signal: options.signal,
    });
    const xml = parseXml(answer.body.toString());
    const status = textAt(xml, 'Instance', 'Status') ?? '';
    const elapsedMs = performance.now() - startedMs;
    const isLong = elapsedMs > progressAfterMs && options.onProgress !== undefined;
    const percent = isLong ? await readPercent(client, instance, options.signal) : null;
    options.onProgress?.({instance, status, percent, elapsedMs});
    if (status.toLowerCase() === 'terminated') {
      if (isDdl(statement)) client.noteDdl(elapsedMs);
      const tasks = elementsAt(xml, 'Instance', 'Tasks', 'Task');
      if (tasks.every(task => textAt(task, 'Status')?.toLowerCase() === 'success')) return;
      return await raiseFailure(client, instance, statement, tasks, options.signal);
    }
    if (elapsedMs > (options.runMsMax ?? runMsMaxDefault))
      throw fail('SYNC4022', {
        statement: shown(statement),
        instance,
        minutes: Math.round(elapsedMs / minuteMs),
      });
    await wait(pollMs[Math.min(poll, pollMs.length - 1)]!, options.signal);
  }
}

/** How far the stages of a job are; null when the service does not say. */
async function readPercent(
  client: TargetClient,
  instance: string,
  signal: AbortSignal,
): Promise<number | null> {
  const answer = await client.request({
    operation: `read the progress of ${instance}`,
    side: 'rest',
    method: 'GET',
    path: instancePath(client, instance),
    query: {instanceprogress: taskName, taskname: taskName},
    repeatable: true,
    signal,
  });
  const stages = elementsAt(parseXml(answer.body.toString()), 'Progress', 'Stage');
  const percents = stages
    .map(stage => Number.parseFloat(textAt(stage, 'FinishedPercentage') ?? ''))
    .filter(Number.isFinite);
  if (percents.length === 0) return null;
  return percents.reduce((sum, percent) => sum + percent, 0) / percents.length;
}

/** Asks the service to end a job. One that cannot be stopped ends by itself. */
async function stopInstance(client: TargetClient, instance: string): Promise<void> {
  try {
    await client.request({
      operation: `stop ${instance}`,
      side: 'rest',
      method: 'PUT',
      path: instancePath(client, instance),
      headers: {'Content-Type': 'application/xml'},
      body: '<?xml version="1.0"?><Instance><Status>Terminated</Status></Instance>',
      repeatable: true,
      signal: AbortSignal.timeout(stopMsMax),
    });
  } catch (error) {
    client.log.warn({instance, code: asSyncError(error).code}, 'target: a job was not stopped');
  }
}

/** The text of a failed task's result holds the ODPS code that says why. */
async function raiseFailure(
  client: TargetClient,
  instance: string,
  statement: string,
  tasks: XmlNode[],
  signal: AbortSignal,
): Promise<never> {
  const answer = await client.request({
    operation: `read the failure of ${shown(statement)}`,
    side: 'rest',
    method: 'GET',
    path: instancePath(client, instance),
    query: {result: ''},
    repeatable: true,
    signal,
  });
  const message = resultTexts(answer).join(' ').replaceAll(/\s+/g, ' ').trim();
  const code = odpsCode(message);
  const states = tasks.map(task => textAt(task, 'Status') ?? '?').join(', ');
  throw callError(meaningOfSql(code), {
    operation: shown(statement),
    status: answer.status,
    code: code ?? `task ${states}`,
    requestId: instance,
    message: message.slice(0, 500),
  });
}

function readResult(answer: TargetResponse, statement: string): SqlResult {
  const [text] = resultTexts(answer);
  if (text === undefined)
    throw fail('SYNC4012', {
      operation: `read the result of ${shown(statement)}`,
      what: 'the answer is not a result document',
    });
  return parseCsv(text);
}

function resultTexts(answer: TargetResponse): string[] {
  const tasks = elementsAt(parseXml(answer.body.toString()), 'Instance', 'Tasks', 'Task');
  return tasks.map(task => {
    const [result] = elementsAt(task, 'Result');
    const text = textAt(result) ?? '';
    const encoded = result !== undefined && textAt(result, '@Transform') === 'Base64';
    return encoded ? Buffer.from(text, 'base64').toString() : text;
  });
}

function instancePath(client: TargetClient, instance: string): string[] {
  return ['projects', client.project, 'instances', instance];
}

/** Enough of a statement to recognise it. */
function shown(statement: string): string {
  const text = statement.replaceAll(/\s+/g, ' ').trim();
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
