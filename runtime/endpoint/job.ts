// What a SQL statement is carried out with, and how names in it are resolved.
import type {DuckDBConnection} from '@duckdb/node-api';
import {tableKey, type Catalog, type Table} from './catalog.ts';
import type {TableName} from './ddl.ts';
import {sqlError} from './sqlTokens.ts';
import {usePath, type Store} from './store.ts';

/** What a statement is carried out with. */
export interface Job {
  store: Store;
  catalog: Catalog;
  /** The statement, for places in errors. */
  sql: string;
  /** Schema of names without one. */
  schema: string;
  nowMs: () => number;
  /** ORDER BY is refused without LIMIT. */
  orderNeedsLimit: boolean;
}

/** The table a name stands for; ODPS-0130131 when there is none. */
export function resolve(job: Job, name: TableName): Table {
  const table = lookUp(job, name);
  if (table !== null) return table;
  const full = `${name.project ?? job.store.project}.${name.name}`;
  throw sqlError(
    '0130131',
    job.sql,
    name.start,
    'Table not found',
    `table ${full} cannot be resolved`,
  );
}

/** The table a name stands for, or null. */
export function lookUp(job: Job, name: TableName): Table | null {
  return job.catalog.tables.get(tableKey(schemaOf(job, name), name.name)) ?? null;
}

/** The MaxCompute schema a table name is in. */
export function schemaOf(job: Job, name: TableName): string {
  if (name.schema !== null) return name.schema;
  // With three-tier names on, `a.b` is schema.table; without, project.table. Another project's name is no schema either.
  const {project} = name;
  return project === null || project === job.store.project ? job.schema : project;
}

/** Runs `use` with the job's schema first in the path. */
export async function inSchema<T>(
  connection: DuckDBConnection,
  job: Job,
  use: () => Promise<T>,
): Promise<T> {
  if (job.schema === 'default') return use();
  await usePath(connection, job.store.project, job.schema);
  try {
    return await use();
  } finally {
    await usePath(connection, job.store.project, 'main');
  }
}
