// Views: CREATE, DROP, ALTER … RENAME and SHOW. A view is a DuckDB view of the translated query and stands among the tables, so that
// everything that reads takes it for one; what writes refuses it.
import type {DuckDBConnection} from '@duckdb/node-api';
import {
  duckName,
  enterTable,
  forgetTable,
  newTable,
  saveTable,
  tableKey,
  type Table,
} from './catalog.ts';
import type {TableName} from './ddl.ts';
import {takeMark, takeWords, tableName, text, word, wrong, type Cursor} from './ddlParser.ts';
import {resultType} from './duckTypes.ts';
import {ensureNamed} from './freshTables.ts';
import {inSchema, lookUp, resolve, schemaOf, type Job} from './job.ts';
import {OdpsError} from './odpsError.ts';
import {comparedAsOdps} from './sqlCompare.ts';
import {sqlError, type Token} from './sqlTokens.ts';
import {translate} from './sqlTranslate.ts';
import {queryRows, quoteName} from './store.ts';

interface CreateView {
  table: TableName;
  replace: boolean;
  ifNotExists: boolean;
  /** null: those of the query. */
  columns: {name: string; comment: string}[] | null;
  comment: string;
  query: string;
}

/** Carries out a statement on views; null when it is none, else its text. */
export async function runView(job: Job, tokens: Token[]): Promise<string | null> {
  const cursor: Cursor = {sql: job.sql, tokens, at: 0};
  const replace = takeWords(cursor, 'CREATE', 'OR', 'REPLACE', 'VIEW');
  if (replace || takeWords(cursor, 'CREATE', 'VIEW')) {
    await ensureNamed(job.store, job.catalog, tokens);
    await create(job, parseCreate(cursor, replace));
    return '';
  }
  if (takeWords(cursor, 'DROP', 'VIEW')) {
    const ifExists = takeWords(cursor, 'IF', 'EXISTS');
    await drop(job, tableName(cursor), ifExists);
    return '';
  }
  if (takeWords(cursor, 'ALTER', 'VIEW')) {
    const name = tableName(cursor);
    if (!takeWords(cursor, 'RENAME', 'TO')) throw wrong(cursor, 'RENAME TO');
    await rename(job, name, word(cursor));
    return '';
  }
  if (!takeWords(cursor, 'SHOW', 'VIEWS')) return null;
  const found = [...job.catalog.tables.values()].filter(
    table => table.viewText !== null && table.schema === job.schema,
  );
  return found
    .map(table => table.name)
    .toSorted()
    .join('\n');
}

/** Refuses what changes `table` when it is a view. */
export function refuseView(table: Table): void {
  if (table.viewText === null) return;
  const what = `ODPS-0130071:[1,1] Semantic analysis exception - ${table.name} is a view`;
  throw new OdpsError('MethodNotAllowed', 405, what);
}

function parseCreate(cursor: Cursor, replace: boolean): CreateView {
  const view: CreateView = {
    replace,
    ifNotExists: takeWords(cursor, 'IF', 'NOT', 'EXISTS'),
    table: tableName(cursor),
    columns: null,
    comment: '',
    query: '',
  };
  if (takeMark(cursor, '(')) {
    view.columns = [];
    do {
      const name = word(cursor);
      view.columns.push({name, comment: takeWords(cursor, 'COMMENT') ? text(cursor) : ''});
    } while (takeMark(cursor, ','));
    if (!takeMark(cursor, ')')) throw wrong(cursor, '")"');
  }
  if (takeWords(cursor, 'COMMENT')) view.comment = text(cursor);
  if (!takeWords(cursor, 'AS')) throw wrong(cursor, 'AS');
  const first = cursor.tokens[cursor.at];
  if (first === undefined) throw wrong(cursor, 'a query');
  view.query = cursor.sql.slice(first.start);
  return view;
}

async function create(job: Job, view: CreateView): Promise<void> {
  const {catalog} = job;
  const standing = lookUp(job, view.table);
  if (standing !== null && view.ifNotExists) return;
  if (standing !== null && (!view.replace || standing.viewText === null)) {
    const text = `AlreadyExistsException(message:Table ${job.store.project}.${standing.name} already exists)`;
    throw new OdpsError('ODPS-0130071', 409, `ODPS-0110061: Failed to run ddltask - ${text}`);
  }
  const schema = schemaOf(job, view.table);
  if (!catalog.schemas.has(schema)) {
    const what = `schema ${schema} not found`;
    throw sqlError('0130071', job.sql, view.table.start, 'Semantic analysis exception', what);
  }
  const translated = await translate(view.query);
  const made = newTable(schema, view.table.name, job.nowMs());
  if (standing !== null) Object.assign(made, {id: standing.id, createdMs: standing.createdMs});
  made.viewText = view.query;
  made.comment = view.comment;
  await job.store.write(
    connection =>
      inSchema(connection, job, async () => {
        const sql = await comparedAsOdps(connection, translated);
        await nameColumns(connection, job, view, made, sql);
        const names = made.columns.map(column => quoteName(column.name));
        await connection.run(
          `CREATE OR REPLACE VIEW ${duckName(made)} AS SELECT * FROM (${sql}) AS q(${names.join(', ')})`,
        );
        await saveTable(connection, made);
      }),
    () => enterTable(catalog, made),
  );
}

async function nameColumns(
  connection: DuckDBConnection,
  job: Job,
  view: CreateView,
  made: Table,
  sql: string,
): Promise<void> {
  const described = await queryRows(connection, `DESCRIBE ${sql}`);
  const given = view.columns;
  const refuse = (what: string) =>
    sqlError('0130071', job.sql, view.table.start, 'Semantic analysis exception', what);
  if (given !== null && given.length !== described.length) {
    throw refuse(`${given.length} names for ${described.length} columns`);
  }
  made.columns = described.map((row, i) => ({
    id: String(made.nextColumn++),
    name: given?.[i]?.name ?? String(row['column_name']).toLowerCase(),
    type: resultType(String(row['column_type'])),
    comment: given?.[i]?.comment ?? '',
    nullable: true,
    defaultValue: null,
  }));
  const names = new Set(made.columns.map(column => column.name));
  if (names.size < made.columns.length) throw refuse('a column name appears twice');
}

async function drop(job: Job, name: TableName, ifExists: boolean): Promise<void> {
  if (ifExists && lookUp(job, name) === null) return;
  const view = viewOf(job, name);
  await job.store.write(
    async connection => {
      await connection.run(`DROP VIEW ${duckName(view)}`);
      await forgetTable(connection, view);
    },
    () => {
      job.catalog.tables.delete(tableKey(view.schema, view.name));
      job.catalog.partitions.delete(view.id);
    },
  );
}

async function rename(job: Job, name: TableName, to: string): Promise<void> {
  const view = viewOf(job, name);
  const next = {...view, name: to, ddlMs: job.nowMs(), version: view.version + 1};
  if (job.catalog.tables.has(tableKey(view.schema, to))) {
    throw new OdpsError('ODPS-0130071', 409, `ODPS-0110061: table ${to} already exists`);
  }
  await job.store.write(
    async connection => {
      await connection.run(`ALTER VIEW ${duckName(view)} RENAME TO ${quoteName(to)}`);
      await saveTable(connection, next);
    },
    () => {
      job.catalog.tables.delete(tableKey(view.schema, view.name));
      enterTable(job.catalog, next);
    },
  );
}

function viewOf(job: Job, name: TableName): Table {
  const view = resolve(job, name);
  if (view.viewText !== null) return view;
  const what = `${view.name} is a table, not a view`;
  throw sqlError('0130071', job.sql, name.start, 'Semantic analysis exception', what);
}
