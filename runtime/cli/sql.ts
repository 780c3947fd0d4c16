// synctask sql: one statement on a MaxCompute project, by default on the endpoint this user started last.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {silentLog} from '../base/log.ts';
import {rememberSecret} from '../base/secretTexts.ts';
import {TargetClient, type TargetOptions} from '../sink/client.ts';
import {environmentCredentials} from '../sink/credentials.ts';
import {runSql, type SqlResult} from '../sink/instance.ts';
import {precheckRetry} from '../sink/precheck.ts';
import {stateHome} from '../task/control.ts';
import {usageError} from './usageError.ts';

/** Text of `synctask sql --help`. */
export const usage = `
Usage: synctask sql "STATEMENT" [--endpoint URL --project P] [--format table|csv|json]

Runs one SQL statement and prints its rows, at most 10,000. Leading \`SET name=value;\` lines are settings of the job.
Without --endpoint it goes to the endpoint that this user started last with \`synctask endpoint\`.
With --endpoint the access key comes from ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and,
for temporary keys, ALIBABA_CLOUD_SECURITY_TOKEN.

Options:
  --endpoint URL   MaxCompute endpoint with its base path
  --project P      project; needed with --endpoint
  --format F       table (default), csv (NULL is \\N), or json (one object a row, values as text)
`;

type Format = 'table' | 'csv' | 'json';

/** Runs the statement; 0 when it succeeded. */
export async function run(args: string[]): Promise<number> {
  const {values, positionals} = parseArgs({
    args,
    options: {
      endpoint: {type: 'string'},
      project: {type: 'string'},
      format: {type: 'string', default: 'table'},
    },
    allowPositionals: true,
  });
  const [statement, ...more] = positionals;
  if (statement === undefined) throw usageError('sql', 'the statement is missing');
  if (more.length > 0)
    throw usageError('sql', `${JSON.stringify(more[0])} is one argument more; quote the statement`);
  const {format} = values;
  if (format !== 'table' && format !== 'csv' && format !== 'json')
    throw usageError('sql', `--format is ${JSON.stringify(format)}, not table, csv or json`);
  const options =
    values.endpoint === undefined
      ? lastEndpoint(values.project)
      : namedEndpoint(values.endpoint, values.project);
  // INT and TERM end this process; a statement that changes nothing more is left to the target.
  const {signal} = new AbortController();
  await using client = TargetClient.open(options, silentLog(), precheckRetry);
  const result = await runSql(client, statement, {signal});
  process.stdout.write(formatRows(result, format));
  return 0;
}

/** The rows as text, with a line end after the last. A statement without a result set gives an empty text. */
export function formatRows(result: SqlResult, format: Format): string {
  if (format === 'json')
    return `${JSON.stringify(result.rows.map(row => rowObject(result, row)))}\n`;
  if (result.columns.length === 0) return '';
  return format === 'csv' ? formatCsv(result) : formatTable(result);
}

function namedEndpoint(endpoint: string, project: string | undefined): TargetOptions {
  if (!URL.canParse(endpoint)) throw usageError('sql', `--endpoint is not a URL`);
  if (project === undefined) throw usageError('sql', '--project is needed with --endpoint');
  const credentials = environmentCredentials(process.env);
  rememberSecret(credentials.accessKeySecret);
  return optionsOf(endpoint, project, () => Promise.resolve(credentials));
}

/** What `synctask endpoint` leaves beside the task states; the secret stays in the file it names. */
interface EndpointFile {
  endpoint: string;
  project: string;
  accessKeyId: string;
  secretFile: string | null;
}

function lastEndpoint(project: string | undefined): TargetOptions {
  const path = join(stateHome(), 'endpoint.json');
  let file: EndpointFile;
  try {
    file = JSON.parse(readFileSync(path, 'utf8')) as EndpointFile;
  } catch (error) {
    const problem = `no endpoint was started by this user (${path} cannot be read); give --endpoint and --project`;
    throw usageError('sql', problem, error);
  }
  const {endpoint, accessKeyId, secretFile} = file;
  const credentials = () => {
    // Where the key came from the environment of the endpoint, it must be in ours too.
    if (secretFile === null) return Promise.resolve(environmentCredentials(process.env));
    const accessKeySecret = readFileSync(secretFile, 'utf8').trim();
    rememberSecret(accessKeySecret);
    return Promise.resolve({accessKeyId, accessKeySecret, securityToken: null});
  };
  return optionsOf(endpoint, project ?? file.project, credentials);
}

function optionsOf(
  endpoint: string,
  project: string,
  credentials: TargetOptions['credentials'],
): TargetOptions {
  const none = {schema: null, tunnelEndpoint: null, quota: null, region: null};
  return {endpoint, project, ...none, credentials};
}

function rowObject(result: SqlResult, row: (string | null)[]): Record<string, string | null> {
  return Object.fromEntries(result.columns.map((name, i) => [name, row[i] ?? null]));
}

function formatCsv({columns, rows}: SqlResult): string {
  const cell = (value: string | null) =>
    value === null
      ? '\\N'
      : value === '' || value === '\\N' || /[",\r\n]/.test(value)
        ? `"${value.replaceAll('"', '""')}"`
        : value;
  return [columns, ...rows].map(row => `${row.map(cell).join(',')}\n`).join('');
}

function formatTable({columns, rows}: SqlResult): string {
  // One line a row, whatever its values hold.
  const shown = (value: string | null) =>
    value === null ? 'NULL' : value.replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  const lines = [columns, ...rows].map(row => row.map(shown));
  const widths = columns.map((_, i) => Math.max(...lines.map(line => line[i]?.length ?? 0)));
  const text = lines.map(line =>
    line
      .map((value, i) => value.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  text.splice(1, 0, widths.map(width => '-'.repeat(width)).join('  '));
  return `${text.join('\n')}\n(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})\n`;
}
