// Runs one MaxCompute SQL text: SET lines, DDL by ddlRun.ts, everything else through the transpiler to DuckDB.
// A query's result goes to a Parquet file, so that it can be read as CSV and through the tunnel, also after a restart.
import path from 'node:path';
import type {DuckDBConnection} from '@duckdb/node-api';
import {formatOdpsType, type OdpsType} from '../codec/odpsType.ts';
import {parseDdl, type Cursor} from './ddlParser.ts';
import {plannedTable, runDdl} from './ddlRun.ts';
import {createInDuck, ensureNamed} from './freshTables.ts';
import {inSchema, lookUp, type Job} from './job.ts';
import type {CreateTable} from './ddl.ts';
import {duckName, enterTable} from './catalog.ts';
import {duckType, resultType} from './duckTypes.ts';
import {insert, insertHead} from './insertRun.ts';
import {checkFullScan} from './fullScan.ts';
import {asOdpsError, OdpsError} from './odpsError.ts';
import {isChange, runChange} from './changeRun.ts';
import {queryRows, quoteName, textLiteral, type Store} from './store.ts';
import {isWord} from './sqlEdit.ts';
import {comparedAsOdps} from './sqlCompare.ts';
import {runView} from './viewRun.ts';
import {splitStatements, sqlError, tokenize, type Token} from './sqlTokens.ts';
import {withMaxPt} from './sqlMaxPt.ts';
import {translate} from './sqlTranslate.ts';

export interface ResultColumn {
  name: string;
  type: OdpsType;
}

/** What a text of SQL gave: the last statement's result. */
export interface SqlResult {
  /** Text of SHOW, DESC and the like; empty for DDL and DML. */
  text: string;
  /** null unless the last statement was a query; its rows are then in the result file. */
  columns: ResultColumn[] | null;
}

export interface SqlRequest {
  job: Omit<Job, 'sql' | 'schema'>;
  sql: string;
  settings: Record<string, string>;
  /** Where a query's rows are put. */
  resultFile: string;
}

/** Folder of result files. */
export function resultsFolder(store: Store): string {
  return path.join(store.dataDir, 'results');
}

/** Runs every statement of `request.sql` in order; throws an OdpsError whose text begins with its ODPS number. */
export async function runSql(request: SqlRequest): Promise<SqlResult> {
  const settings = {...request.settings};
  let result: SqlResult = {text: '', columns: null};
  for (const {text, tokens} of splitStatements(request.sql)) {
    const setting = parseSet(text, tokens);
    if (setting !== null) {
      settings[setting[0]] = setting[1];
      continue;
    }
    const schema = (settings['odps.default.schema'] ?? 'default').toLowerCase();
    const job: Job = {...request.job, sql: text, schema};
    try {
      checkFullScan(job, tokens, settings);
      if (job.orderNeedsLimit) checkOrder(job, tokens);
      checkZone(job, settings);
      const sql = await withMaxPt(job, tokens);
      const asked = sql === text ? tokens : tokenize(sql);
      result = await runStatement({...job, sql}, asked, request.resultFile);
    } catch (error) {
      throw asSqlError(error);
    }
  }
  return result;
}

/** The strict conduct: a query that sorts has a LIMIT after it. */
function checkOrder(job: Job, tokens: Token[]): void {
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.text === '(') depth++;
    if (token.text === ')') depth--;
    if (depth > 0 || !isWord(token, 'ORDER')) continue;
    if (tokens.slice(i).some(later => isWord(later, 'LIMIT'))) return;
    const what = 'ORDER BY must be used with a LIMIT clause';
    throw sqlError('0130071', job.sql, token.start, 'Semantic analysis exception', what);
  }
}

/** Times are UTC here: a job that asks for another zone would get other wall clocks than it means. */
function checkZone(job: Job, settings: Record<string, string>): void {
  const zone = settings['odps.sql.timezone'] ?? 'UTC';
  if (/^(etc\/)?(utc|gmt([+-]?0)?|zulu|universal|uct|greenwich)$/i.test(zone.trim())) return;
  if (
    !/date|time|now\s*\(|to_char|year|month|day|hour|minute|second|week/i.test(job.sql) &&
    !readsTimes(job)
  )
    return;
  const what = `odps.sql.timezone=${zone} is not supported for a statement with times: only UTC is`;
  throw sqlError('0130071', job.sql, 0, 'Semantic analysis exception', what);
}

/** Whether a table that the statement may name has a column of instants or days. */
function readsTimes(job: Job): boolean {
  const words = new Set(tokenize(job.sql).map(token => token.text.toLowerCase()));
  return [...job.catalog.tables.values()].some(
    table =>
      words.has(table.name) && table.columns.some(({type}) => /^(date|timestamp)/.test(type.name)),
  );
}

async function runStatement(job: Job, tokens: Token[], resultFile: string): Promise<SqlResult> {
  const none: SqlResult = {text: '', columns: null};
  const shown = await runView(job, tokens);
  if (shown !== null) return {...none, text: shown};
  const ddl = parseDdl(job.sql, tokens);
  if (ddl !== null) {
    if (ddl.kind !== 'create' || ddl.query === null) {
      return {...none, text: await runDdl(job, ddl as Parameters<typeof runDdl>[1])};
    }
    await ensureNamed(job.store, job.catalog, tokens);
    await createAs(job, ddl, ddl.query);
    return none;
  }
  await ensureNamed(job.store, job.catalog, tokens);
  const cursor: Cursor = {sql: job.sql, tokens, at: 0};
  const head = insertHead(cursor);
  if (head !== null) {
    await insert(job, head);
    return none;
  }
  if (isChange(tokens)) {
    await runChange(job, tokens);
    return none;
  }
  if (isWord(tokens[0], 'EXPLAIN')) return {...none, text: await explain(job, tokens)};
  const sql = await translate(job.sql);
  return job.store.read(connection =>
    inSchema(connection, job, () => runQuery(connection, job, sql, resultFile)),
  );
}

/** The plan, as DuckDB writes it: what a reader can see is that the statement is understood. */
async function explain(job: Job, tokens: Token[]): Promise<string> {
  const sql = await translate(job.sql.slice(tokens[0]!.end));
  return job.store.read(connection =>
    inSchema(connection, job, async () => {
      const rows = await queryRows(connection, `EXPLAIN ${sql}`);
      return rows.map(row => String(row['explain_value'])).join('\n');
    }),
  );
}

async function runQuery(
  connection: DuckDBConnection,
  job: Job,
  translated: string,
  resultFile: string,
): Promise<SqlResult> {
  const sql = await comparedAsOdps(connection, translated);
  const described = await queryRows(connection, `DESCRIBE ${sql}`);
  if (described.some(row => row['column_type'] === 'INTERVAL')) {
    const what = 'a result of an interval type is not supported; use DATEDIFF';
    throw sqlError('0130071', job.sql, 0, 'Semantic analysis exception', what);
  }
  const fine = described.map(row => row['column_type'] === 'TIMESTAMP_NS');
  const names = new Set<string>();
  const columns = described.map((row, i) => {
    const given = String(row['column_name']).toLowerCase();
    // What has no name of its own is called by its place, and so is the second of two of a name.
    const name = isName(given) && !names.has(given) ? given : `_c${i}`;
    names.add(name);
    return {name, type: fine[i] ? momentType(job, name) : resultType(String(row['column_type']))};
  });
  const aliases = columns.map((_, i) => quoteName(`c${i}`));
  const casts = columns.map(
    (column, i) =>
      `CAST(${aliases[i]} AS ${fine[i] ? 'TIMESTAMP_NS' : duckType(column.type)}) AS ${aliases[i]}`,
  );
  await connection.run(
    `COPY (SELECT ${casts.join(', ')} FROM (${sql}) AS q(${aliases.join(', ')})) ` +
      `TO ${textLiteral(resultFile)} (FORMAT parquet)`,
  );
  return {text: '', columns};
}

/** DuckDB calls an expression by its text. */
function isName(text: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(text);
}

/** Nanoseconds are of one DuckDB type for both kinds of timestamps: the columns of the tables named tell them apart. */
function momentType(job: Job, name: string): OdpsType {
  const words = new Set(tokenize(job.sql).map(token => token.text.toLowerCase()));
  const moments = [...job.catalog.tables.values()]
    .filter(table => words.has(table.name))
    .flatMap(table => table.columns)
    .filter(column => column.type.name === 'timestamp' || column.type.name === 'timestamp_ntz');
  const found = moments.find(column => column.name === name) ?? moments[0];
  return found?.type ?? {name: words.has('timestamp_ntz') ? 'timestamp_ntz' : 'timestamp'};
}

/** CREATE TABLE … AS: the query's types become the columns. */
async function createAs(job: Job, ddl: CreateTable, query: string): Promise<void> {
  if (lookUp(job, ddl.table) !== null) {
    if (ddl.ifNotExists) return;
    throw new OdpsError(
      'ODPS-0130071',
      409,
      `ODPS-0110061: table ${ddl.table.name} already exists`,
    );
  }
  const translated = await translate(query);
  await job.store.write(
    connection =>
      inSchema(connection, job, async () => {
        const sql = await comparedAsOdps(connection, translated);
        const described = await queryRows(connection, `DESCRIBE ${sql}`);
        const columns = described.map(row => ({
          name: String(row['column_name']).toLowerCase(),
          type: resultType(String(row['column_type'])),
          comment: '',
          nullable: true,
          defaultValue: null,
        }));
        const table = plannedTable(job, {...ddl, columns});
        await createInDuck(connection, table);
        await connection.run(`INSERT INTO ${duckName(table)} ${sql}`);
        return table;
      }),
    table => enterTable(job.catalog, table),
  );
}

/** `SET k=v`; the value is everything after the sign. */
function parseSet(text: string, tokens: Token[]): [string, string] | null {
  if (tokens[0]?.kind !== 'word' || tokens[0].text.toUpperCase() !== 'SET') return null;
  const found = /^\s*set\s+([\w.]+)\s*=\s*([\s\S]*)$/i.exec(text);
  return found === null ? null : [found[1]!, found[2]!.trim()];
}

/** DuckDB's error classes, as the number the service uses for the like. */
const duckErrors: Record<string, [number: string, title: string]> = {
  Parser: ['0130161', 'Parse exception'],
  Catalog: ['0130131', 'Table not found'],
  Binder: ['0130071', 'Semantic analysis exception'],
  Constraint: ['0121011', 'Constraint violated'],
  Conversion: ['0121095', 'Invalid argument'],
  Out: ['0121065', 'Overflow'],
  Invalid: ['0121095', 'Invalid argument'],
};

/** DuckDB gives its error's class as the first word of the text, and nowhere else. */
function asSqlError(error: unknown): OdpsError {
  if (error instanceof OdpsError) {
    if (/^ODPS-\d/.test(error.message) || error.status >= 500) return error;
    const text = `ODPS-0130071:[1,1] Semantic analysis exception - ${error.message}`;
    return new OdpsError(error.code, error.status, text);
  }
  const known = asOdpsError(error);
  if (known.message.startsWith('SYNC')) return known;
  const message = error instanceof Error ? error.message : String(error);
  const found = /^(\w+)(?: \w+)* Error: ([\s\S]*)$/.exec(message);
  const [number, title] = duckErrors[found?.[1] ?? ''] ?? ['0010000', 'System internal error'];
  const [line] = (found?.[2] ?? message).split('\n');
  return new OdpsError(`ODPS-${number}`, 400, `ODPS-${number}:[1,1] ${title} - ${line}`);
}

/** The result's columns as the service describes them. */
export function describeColumns(columns: ResultColumn[]): {name: string; type: string}[] {
  return columns.map(({name, type}) => ({name, type: formatOdpsType(type)}));
}
