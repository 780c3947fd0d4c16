// Carries out DDL: one transaction for DuckDB's table, its rows and our notes, the catalog in memory following after it; what
// DuckDB need not know of goes to the journal alone (freshTables.ts).
import {formatOdpsType} from '../codec/odpsType.ts';
import {
  duckName,
  duckSchema,
  enterTable,
  forgetTable,
  newTable,
  notesOf,
  partitionsOf,
  saveTable,
  tableKey,
  type Table,
  type TableColumn,
} from './catalog.ts';
import type {ColumnDefinition, CreateTable, Ddl, PartitionPairs, TableName} from './ddl.ts';
import {describePartition, describeTable, showCreate} from './describe.ts';
import {changePartitions, renamePartition} from './partitionRun.ts';
import {duckType} from './duckTypes.ts';
import {
  changeNotes,
  createFresh,
  dropFresh,
  ensureInDuck,
  isFresh,
  replaceFresh,
} from './freshTables.ts';
import {OdpsError} from './odpsError.ts';
import {lookUp, resolve, schemaOf, type Job} from './job.ts';
import {fullValues, partitionCondition} from './partitionSpec.ts';
import {quoteName, textLiteral} from './store.ts';
import {sqlError} from './sqlTokens.ts';
import {refuseView} from './viewRun.ts';
import {widens} from './typeWidening.ts';
import {forgetWaiting, takeIn} from './waitingRows.ts';

/** Runs `ddl`; the text it answers, empty for most. CREATE TABLE … AS is not for here. */
export async function runDdl(job: Job, ddl: Exclude<Ddl, {query: string}>): Promise<string> {
  switch (ddl.kind) {
    case 'create':
      await create(job, ddl);
      return '';
    case 'showTables':
      return showTables(job, ddl.schema, ddl.pattern);
    case 'showSchemas':
      return [...job.catalog.schemas].join('\n');
    case 'createSchema':
    case 'dropSchema':
      await changeSchema(job, ddl);
      return '';
    case 'drop':
      await drop(job, ddl.table, ddl.ifExists);
      return '';
    default:
      return runOnTable(job, ddl, resolve(job, ddl.table));
  }
}

/** A table as `create` has it, checked; not entered anywhere. */
export function plannedTable(job: Job, create: CreateTable): Table {
  const schema = schemaOf(job, create.table);
  const table = newTable(schema, create.table.name, job.nowMs());
  table.columns = create.columns.map(column => addColumn(table, column));
  table.partitionKeys = create.partitionKeys.map(column => addColumn(table, column));
  table.primaryKey = create.primaryKey;
  table.comment = create.comment;
  table.lifecycleDays = create.lifecycleDays;
  table.properties = create.properties;
  checkTable(job, create, table);
  return table;
}

async function create(job: Job, ddl: CreateTable): Promise<void> {
  if (lookUp(job, ddl.table) !== null) {
    if (ddl.ifNotExists) return;
    const name = `${job.store.project}.${ddl.table.name}`;
    throw new OdpsError(
      'ODPS-0130071',
      409,
      `ODPS-0110061: Failed to run ddltask - AlreadyExistsException(message:Table ${name} already exists)`,
    );
  }
  const made = ddl.like === null ? ddl : likeTable(job, ddl, resolve(job, ddl.like));
  await createFresh(job.catalog, plannedTable(job, made));
}

function likeTable(job: Job, ddl: CreateTable, model: Table): CreateTable {
  const {columns, partitionKeys, primaryKey, properties} = model;
  return {...ddl, columns, partitionKeys, primaryKey, properties, comment: model.comment};
}

function addColumn(table: Table, column: ColumnDefinition): TableColumn {
  const {name, type, comment, nullable, defaultValue} = column;
  return {id: String(table.nextColumn++), name, type, comment, nullable, defaultValue};
}

function checkTable(job: Job, create: CreateTable, table: Table): void {
  const all = [...table.columns, ...table.partitionKeys];
  const names = new Set(all.map(column => column.name));
  const refuse = (what: string) =>
    sqlError('0130071', job.sql, create.table.start, 'Semantic analysis exception', what);
  const {columnsMax, partitionLevelsMax, nameBytesMax, commentBytesMax} = job.catalog.limits;
  if (!job.catalog.schemas.has(table.schema)) throw refuse(`schema ${table.schema} not found`);
  if (table.columns.length === 0) throw refuse('a table needs a column');
  if (all.length > columnsMax) throw refuse(`${all.length} columns, at most ${columnsMax}`);
  if (table.partitionKeys.length > partitionLevelsMax) {
    throw refuse(`${table.partitionKeys.length} partition columns, at most ${partitionLevelsMax}`);
  }
  if (names.size !== all.length) throw refuse('a column name appears twice');
  for (const name of [table.name, ...names]) {
    if (Buffer.byteLength(name) > nameBytesMax) throw refuse(`the name ${name} is too long`);
  }
  // Refuses what DuckDB has no type for, though its table is made later.
  for (const {type} of all) duckType(type);
  for (const {comment} of [table, ...all]) {
    if (Buffer.byteLength(comment) > commentBytesMax) {
      throw refuse(`a comment is longer than ${commentBytesMax} bytes`);
    }
  }
  if (!/^[a-z]\w*$/i.test(table.name)) throw refuse(`${table.name} cannot name a table`);
  for (const key of table.primaryKey) {
    const column = table.columns.find(c => c.name === key);
    if (column === undefined) throw refuse(`the key column ${key} does not exist`);
    if (column.nullable) throw refuse(`the key column ${key} must be NOT NULL`);
  }
}

async function drop(job: Job, name: TableName, ifExists: boolean): Promise<void> {
  if (ifExists && lookUp(job, name) === null) return;
  const table = resolve(job, name);
  refuseView(table);
  if (isFresh(job.catalog, table)) return dropFresh(job.catalog, table);
  // Nothing of an earlier time when DuckDB had no such table may bring it back.
  await job.catalog.journal.append({gone: table.id});
  await job.store.write(
    async connection => {
      await connection.run(`DROP TABLE ${duckName(table)}`);
      await forgetWaiting(connection, job.store, job.catalog, table);
      await forgetTable(connection, table);
    },
    () => {
      job.catalog.tables.delete(tableKey(table.schema, table.name));
      job.catalog.partitions.delete(table.id);
    },
  );
}

type TableDdl = Exclude<
  Ddl,
  {kind: 'create' | 'drop' | 'showTables' | 'showSchemas' | 'createSchema' | 'dropSchema'}
>;

async function runOnTable(job: Job, ddl: TableDdl, table: Table): Promise<string> {
  switch (ddl.kind) {
    case 'describe':
      return ddl.partition === null
        ? describeTable(job.store.project, table)
        : describePartition(job, table, fullValues(table, ddl.partition));
    case 'showCreate':
      return showCreate(table);
    case 'showPartitions':
      return [...partitionsOf(job.catalog, table).keys()].join('\n');
  }
  refuseView(table);
  switch (ddl.kind) {
    case 'truncate':
      await truncate(job, table, ddl.partition);
      return '';
    case 'addPartitions':
    case 'dropPartitions':
      await changePartitions(job, table, ddl);
      return '';
    case 'renamePartition':
      await renamePartition(job, table, fullValues(table, ddl.from), fullValues(table, ddl.to));
      return '';
    default:
      await alter(job, ddl, table);
      return '';
  }
}

async function truncate(job: Job, table: Table, pairs: PartitionPairs | null): Promise<void> {
  const where =
    pairs === null ? '' : ` WHERE ${partitionCondition(table, fullValues(table, pairs))}`;
  await ensureInDuck(job.store, job.catalog, table);
  await job.store.write(async connection => {
    await takeIn(connection, job.store, job.catalog, table);
    await connection.run(`DELETE FROM ${duckName(table)}${where}`);
  });
  table.changedMs = job.nowMs();
}

/** Changes of the table itself: worked out on a copy, noted in the transaction, then taken over. */
async function alter(
  job: Job,
  ddl: Exclude<
    TableDdl,
    {
      kind:
        | 'describe'
        | 'showCreate'
        | 'showPartitions'
        | 'truncate'
        | 'addPartitions'
        | 'dropPartitions'
        | 'renamePartition';
    }
  >,
  table: Table,
): Promise<void> {
  const {catalog} = job;
  const changed = (now: Table) => {
    const next = structuredClone(now);
    const statements = alterations(job, ddl, next);
    next.ddlMs = job.nowMs();
    next.version++;
    return {next, statements};
  };
  if (isFresh(catalog, table)) return replaceFresh(catalog, table, changed(table).next);
  if (noteChanges.has(ddl.kind)) {
    const {version: _, ...notes} = notesOf(changed(table).next);
    return changeNotes(job.store, catalog, table, notes);
  }
  const key = tableKey(table.schema, table.name);
  await job.store.write(
    async connection => {
      const now = catalog.tables.get(key) ?? table;
      const {next, statements} = changed(now);
      // Rows that wait were checked against the table as it is.
      await takeIn(connection, job.store, catalog, now);
      for (const sql of statements) await connection.run(`ALTER TABLE ${duckName(table)} ${sql}`);
      await saveTable(connection, next);
      return next;
    },
    next => {
      // Notes may have changed meanwhile, by the journal alone.
      const now = catalog.tables.get(key);
      if (now !== undefined && now.version >= next.version)
        Object.assign(next, notesOf(now), {version: now.version + 1});
      catalog.tables.delete(key);
      enterTable(catalog, next);
    },
  );
}

/** What changes nothing that DuckDB knows of a table. */
const noteChanges = new Set<Ddl['kind']>(['setProperties', 'setLifecycle', 'setComment', 'touch']);

function alterations(job: Job, ddl: Parameters<typeof alter>[1], next: Table): string[] {
  const refuse = (what: string) =>
    sqlError('0130071', job.sql, ddl.table.start, 'Semantic analysis exception', what);
  switch (ddl.kind) {
    case 'addColumns': {
      const taken = new Set([...next.columns, ...next.partitionKeys].map(column => column.name));
      const fresh = ddl.columns.filter(column => !taken.has(column.name));
      if (fresh.length < ddl.columns.length && !ddl.ifNotExists) throw refuse('column exists');
      const added = fresh.map(column => addColumn(next, column));
      next.columns.push(...added);
      const {columnsMax} = job.catalog.limits;
      if (next.columns.length + next.partitionKeys.length > columnsMax) {
        throw refuse(`more than ${columnsMax} columns`);
      }
      return added.map(c => `ADD COLUMN ${quoteName(c.name)} ${duckType(c.type)}`);
    }
    case 'dropColumns': {
      const known = ddl.names.every(name => next.columns.some(column => column.name === name));
      if (!known) throw refuse(`column not found: ${ddl.names.join(', ')}`);
      next.columns = next.columns.filter(column => !ddl.names.includes(column.name));
      return ddl.names.map(name => `DROP COLUMN ${quoteName(name)}`);
    }
    case 'changeColumn':
      return changeColumn(ddl, next, refuse);
    case 'setProperties':
      next.properties = {...next.properties, ...ddl.properties};
      return [];
    case 'setLifecycle':
      next.lifecycleDays = ddl.days;
      return [];
    case 'setComment':
      next.comment = ddl.comment;
      return [];
    case 'rename':
      if (job.catalog.tables.has(tableKey(next.schema, ddl.name))) {
        throw refuse(`table ${ddl.name} already exists`);
      }
      next.name = ddl.name;
      return [`RENAME TO ${quoteName(ddl.name)}`];
    case 'touch':
      next.changedMs = job.nowMs();
      return [];
  }
}

function changeColumn(
  ddl: Extract<Ddl, {kind: 'changeColumn'}>,
  next: Table,
  refuse: (what: string) => Error,
): string[] {
  const column = next.columns.find(c => c.name === ddl.name);
  if (column === undefined) throw refuse(`column not found: ${ddl.name}`);
  const statements: string[] = [];
  const {name, type, comment, nullable} = ddl.to;
  if (type !== null && formatOdpsType(type) !== formatOdpsType(column.type)) {
    if (!widens(column.type, type)) {
      const types = `${formatOdpsType(column.type)} to ${formatOdpsType(type)}`;
      throw refuse(`the type of column ${column.name} cannot be changed from ${types}`);
    }
    column.type = type;
    statements.push(`ALTER COLUMN ${quoteName(column.name)} TYPE ${duckType(type)}`);
  }
  if (nullable && !column.nullable) {
    column.nullable = true;
    statements.push(`ALTER COLUMN ${quoteName(column.name)} DROP NOT NULL`);
  }
  if (name !== null && name !== column.name) {
    if (next.columns.some(c => c.name === name)) throw refuse(`column exists: ${name}`);
    statements.push(`RENAME COLUMN ${quoteName(column.name)} TO ${quoteName(name)}`);
    column.name = name;
  }
  column.comment = comment ?? column.comment;
  return statements;
}

function showTables(job: Job, schema: string | null, pattern: string | null): string {
  const like = pattern === null ? null : new RegExp(`^${pattern.replaceAll(/[*%]/g, '.*')}$`, 'i');
  const names = [...job.catalog.tables.values()]
    .filter(table => table.schema === (schema ?? job.schema) && like?.test(table.name) !== false)
    .map(table => table.name);
  return names.toSorted().join('\n');
}

async function changeSchema(
  job: Job,
  ddl: Extract<Ddl, {kind: 'createSchema' | 'dropSchema'}>,
): Promise<void> {
  const {schemas, tables} = job.catalog;
  const makes = ddl.kind === 'createSchema';
  if (schemas.has(ddl.name) === makes) {
    if (makes ? ddl.ifNotExists : ddl.ifExists) return;
    const what = makes ? 'already exists' : 'not found';
    throw new OdpsError('ODPS-0110061', 400, `ODPS-0110061: schema ${ddl.name} ${what}`);
  }
  const holds = [...tables.values()].some(table => table.schema === ddl.name);
  if (!makes && holds) {
    throw new OdpsError('ODPS-0110061', 400, `ODPS-0110061: schema ${ddl.name} holds tables`);
  }
  const name = textLiteral(ddl.name);
  await job.store.write(
    async connection => {
      if (makes) {
        await connection.run(`CREATE SCHEMA ${duckSchema(ddl.name)}`);
        await connection.run(`INSERT INTO synctask_meta.schemas VALUES (${name})`);
      } else {
        await connection.run(`DROP SCHEMA ${duckSchema(ddl.name)}`);
        await connection.run(`DELETE FROM synctask_meta.schemas WHERE name = ${name}`);
      }
    },
    () => {
      if (makes) schemas.add(ddl.name);
      else schemas.delete(ddl.name);
    },
  );
}
