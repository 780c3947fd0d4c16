// REST of SQL jobs (protocol section 7), and their results through the tunnel (section 11).
import {XMLParser} from 'fast-xml-parser';
import {secondMs} from '../base/sizes.ts';
import {arrowStream} from './arrowBody.ts';
import {csvResult} from './csvResult.ts';
import {chooseColumns, parseRange, recordStream} from './downloads.ts';
import {encoded} from './encodedAnswer.ts';
import {cancel, findInstance, resultFile, submit, waitForEnd, type Instance} from './instances.ts';
import {badRequest, xmlData} from './odpsError.ts';
import {bodyText, element, httpDate, json, page, xml, type Answer, type Call} from './request.ts';
import {queryRows, textLiteral} from './store.ts';
import {describeColumns} from './sqlRun.ts';

/** A long poll is answered after this, whether the job has ended or not. */
const pollMs = 5 * secondMs;
/** A submission waits so long for its job: most DDL has ended by then, and the client's first question finds it so. */
const quickMs = 20;

/** `/projects/<p>/instances[/<id>]`. */
export async function instanceCalls(call: Call): Promise<Answer> {
  const id = call.path[1];
  if (id === undefined) return call.method === 'POST' ? create(call) : list(call);
  const instance = findInstance(call.world, id);
  if (call.query.has('downloads') || call.query.has('downloadid')) return download(call, instance);
  if (call.method === 'PUT') {
    await bodyText(call);
    await cancel(call.world, instance);
    return {status: 200};
  }
  if (call.query.has('result')) return result(call, instance);
  if (call.query.has('source')) return xml(instance.source);
  if (call.query.has('instancesummary')) {
    return json({Instance: {JsonSummary: '{}', Summary: ''}});
  }
  if (call.query.has('instanceprogress')) return xml(progress(instance));
  if (call.query.has('taskstatus') || call.query.has('detail')) {
    return xml(taskStatus(instance), timeHeaders(instance));
  }
  // PyODPS asks for a long poll by this name; it saves both sides the next question.
  if (call.query.has('instancestatus')) await waitForEnd(call.world, id, pollMs);
  return xml(
    `<Instance>${element('Status', statusOf(instance))}</Instance>`,
    timeHeaders(instance),
  );
}

async function create(call: Call): Promise<Answer> {
  const body = await bodyText(call);
  const job = parseJob(body);
  const {sqlBytesMax} = call.world.limits;
  if (Buffer.byteLength(job.sql) > sqlBytesMax) {
    throw badRequest(
      'InvalidParameter',
      `ODPS-0410011: the SQL is longer than ${sqlBytesMax} bytes`,
    );
  }
  const instance = await submit(call.world, job);
  await waitForEnd(call.world, instance.id, quickMs);
  const location = `http://${call.address}/projects/${call.world.store.project}/instances/${instance.id}`;
  return {status: 201, headers: {location}};
}

const jobParser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  // Go writes a quote as &#34;, which comes under this name; a long statement has very many of them.
  htmlEntities: true,
  processEntities: {enabled: true, maxExpandedLength: Number.MAX_SAFE_INTEGER},
  isArray: name => name === 'Property' || name === 'SQL',
});

/** `<Instance><Job>… <Tasks><SQL>`; the settings are a JSON text in a property. */
function parseJob(body: string) {
  const parsed = jobParser.parse(body) as ParsedJob;
  const job = parsed.Instance?.Job;
  const task = job?.Tasks?.SQL?.[0];
  if (job === undefined || typeof task?.Query !== 'string') {
    const kinds = Object.keys(job?.Tasks ?? {}).filter(kind => kind !== 'SQL');
    const what =
      kinds.length === 0
        ? 'the body holds no SQL task'
        : `tasks of kind ${kinds.join(', ')} are not supported, only SQL`;
    throw badRequest('InvalidParameter', `ODPS-0410011: ${what}`);
  }
  const properties = task.Config?.Property ?? [];
  const settings = properties.find(property => property.Name?.trim() === 'settings')?.Value;
  const source = /<Job>[\s\S]*<\/Job>/.exec(body)?.[0] ?? '<Job/>';
  return {
    taskName: task.Name?.trim() ?? 'AnonymousSQLTask',
    sql: task.Query,
    settings: parseSettings(settings),
    source,
  };
}

interface ParsedJob {
  Instance?: {
    Job?: {
      Tasks?: {
        SQL?: {
          Name?: string;
          Query?: string;
          Config?: {Property?: {Name?: string; Value?: string}[]};
        }[];
      };
    };
  };
}

function parseSettings(text: string | undefined): Record<string, string> {
  try {
    const parsed = JSON.parse(text ?? '{}') as Record<string, unknown>;
    return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, String(value)]));
  } catch {
    throw badRequest('InvalidParameter', 'ODPS-0410011: the settings are not JSON');
  }
}

function list(call: Call): Answer {
  const all = [...call.world.instances.byId.values()].toSorted((a, b) => b.startedMs - a.startedMs);
  const wish = call.query.get('status')?.toLowerCase();
  const found = wish === undefined ? all : all.filter(i => statusOf(i).toLowerCase() === wish);
  const {items, marker, itemsMax} = page(found, call);
  const body = items.map(
    instance =>
      `<Instance>${element('Name', instance.id)}${element('Owner', 'synctask')}` +
      `${element('StartTime', httpDate(instance.startedMs))}${element('Status', statusOf(instance))}</Instance>`,
  );
  return xml(
    `<Instances>${body.join('')}${element('Marker', marker)}${element('MaxItems', itemsMax)}</Instances>`,
  );
}

async function result(call: Call, instance: Instance): Promise<Answer> {
  const {store} = call.world;
  const {columns} = instance;
  const text =
    columns === null
      ? instance.text
      : await store.read(c => csvResult(c, resultFile(store, instance.id), columns));
  const format = columns === null ? 'text' : 'csv';
  const names = (columns === null ? [] : describeColumns(columns)).map(({name, type}) => ({
    Name: name,
    Type: type,
  }));
  const descriptor = xmlData(
    JSON.stringify({IsSelect: columns !== null, Schema: {Columns: names}}),
  );
  const base64 = Buffer.from(text, 'utf8').toString('base64');
  return xml(
    `<Instance><Tasks><Task Type="SQL">${element('Name', instance.taskName)}` +
      `<Result Transform="Base64" Format="${format}">${xmlData(base64)}</Result>` +
      `<ResultDescriptor>${descriptor}</ResultDescriptor>${element('Status', instance.status)}</Task></Tasks></Instance>`,
  );
}

function progress(instance: Instance): string {
  const done = instance.status === 'Running' ? 0 : 100;
  const stage = [
    element('Status', instance.status),
    element('BackupWorkers', 0),
    element('TerminatedWorkers', done === 100 ? 1 : 0),
    element('RunningWorkers', done === 100 ? 0 : 1),
    element('TotalWorkers', 1),
    element('InputRecords', 0),
    element('OutputRecords', 0),
    element('FinishedPercentage', done),
  ];
  return `<Progress><Stage ID="${instance.id}">${stage.join('')}</Stage></Progress>`;
}

function taskStatus(instance: Instance): string {
  const end = instance.endedMs === null ? '' : httpDate(instance.endedMs);
  return (
    `<Instance>${element('Status', statusOf(instance))}<Tasks><Task Type="SQL">` +
    `${element('Name', instance.taskName)}${element('StartTime', httpDate(instance.startedMs))}` +
    `${element('EndTime', end)}${element('Status', instance.status)}<Histories/></Task></Tasks></Instance>`
  );
}

function statusOf(instance: Instance): string {
  return instance.status === 'Running' ? 'Running' : 'Terminated';
}

function timeHeaders(instance: Instance): Record<string, string> {
  return {
    'x-odps-start-time': httpDate(instance.startedMs),
    'x-odps-end-time': instance.endedMs === null ? '' : httpDate(instance.endedMs),
    'x-odps-owner': 'synctask',
  };
}

/** The result as a download session; its id is the job's own. */
async function download(call: Call, instance: Instance): Promise<Answer> {
  const {store} = call.world;
  await waitForEnd(call.world, instance.id, pollMs);
  const {columns} = instance;
  if (columns === null) {
    throw badRequest('InstanceTypeNotSupported', 'The job has no result set');
  }
  const file = resultFile(store, instance.id);
  const records = await store.read(async connection => {
    const rows = await queryRows(
      connection,
      `SELECT count(*) AS n FROM read_parquet(${textLiteral(file)})`,
    );
    return Number(rows[0]!['n']);
  });
  if (!call.query.has('data')) {
    const schema = {
      columns: describeColumns(columns).map(c => ({...c, nullable: true})),
      partitionKeys: [],
    };
    return json({
      DownloadID: instance.id,
      Status: 'NORMAL',
      RecordCount: records,
      Schema: schema,
      Owner: 'synctask',
      Initiated: httpDate(instance.startedMs),
      QuotaName: '',
      SupportReadByRawSize: false,
    });
  }
  const indexes = chooseColumns(columns, call.query.get('columns'));
  const range = parseRange(call.query.get('rowrange'), records);
  if (call.query.has('arrow')) {
    const answer = {file, columns, indexes, range, moments: 'struct', frame: 'chunks'} as const;
    return encoded(call, arrowStream(call.world, answer));
  }
  return encoded(call, recordStream(call.world, file, columns, indexes, range));
}
