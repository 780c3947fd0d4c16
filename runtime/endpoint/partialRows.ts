// Upserts that write some columns only (protocol section 13.3): what each key holds after all events of a session, in their
// order. A whole row or a delete forgets what was before it; a partial row changes the columns it names and no others.
import type {DuckDBConnection} from '@duckdb/node-api';
import {duckName, type Table} from './catalog.ts';
import {quoteName} from './store.ts';

/** The events of a session in table `stage`: data columns by name, and these beside them. */
export interface Staged {
  /** Quoted name. */
  stage: string;
  /** Quoted names of the columns that the events write, partition keys included, with their column ids (null: always). */
  columns: {name: string; id: string | null}[];
  /** `__operation` of a row to write. */
  upsertMark: number;
}

/** Replaces the events of `stage` by one row a key, as it is to stand in `table`; deleted keys keep a delete. */
export async function foldPartialRows(
  connection: DuckDBConnection,
  table: Table,
  staged: Staged,
): Promise<void> {
  const {stage, columns, upsertMark} = staged;
  const keys = [...table.primaryKey, ...table.partitionKeys.map(key => key.name)].map(quoteName);
  const isKey = new Set(keys);
  const isWhole = `"?operation" <> ${upsertMark} OR coalesce(len("?written"), 0) = 0`;
  const events =
    `SELECT *, row_number() OVER w AS "?event", ` +
    `max(CASE WHEN ${isWhole} THEN "?block" * ${blockStride} + "?row" END) OVER (PARTITION BY ${keys.join(', ')}) AS "?reset" ` +
    `FROM ${stage} WINDOW w AS (PARTITION BY ${keys.join(', ')} ORDER BY "?block", "?row")`;
  const standing = `(SELECT ${columns.map(column => column.name).join(', ')} FROM ${duckName(table)})`;
  const cells = columns
    .filter(({name}) => !isKey.has(name))
    .map(({name, id}) => {
      const writes = `"?operation" = ${upsertMark} AND (coalesce(len("?written"), 0) = 0 OR list_contains("?written", ${id}))`;
      // A struct around the value, since a NULL that is written counts as well.
      const written = `arg_max({v: e.${name}}, "?event") FILTER (${writes})`;
      const before = `CASE WHEN bool_or("?reset" IS NOT NULL) THEN NULL ELSE any_value(t.${name}) END`;
      return `CASE WHEN ${written} IS NOT NULL THEN struct_extract(${written}, 'v') ELSE ${before} END AS ${name}`;
    });
  const same = keys.map(key => `t.${key} = e.${key}`).join(' AND ');
  const folded =
    `SELECT ${[...keys.map(key => `e.${key}`), ...cells].join(', ')}, arg_max("?operation", "?event") AS "?operation" ` +
    `FROM (${events}) AS e LEFT JOIN ${standing} AS t ON ${same} ` +
    `WHERE "?reset" IS NULL OR "?block" * ${blockStride} + "?row" >= "?reset" GROUP BY ${keys.map(key => `e.${key}`).join(', ')}`;
  const one = quoteName(`${stage.slice(1, -1)}_folded`);
  await connection.run(`CREATE TEMP TABLE ${one} AS ${folded}`);
  await connection.run(`DROP TABLE ${stage}`);
  await connection.run(`ALTER TABLE ${one} RENAME TO ${stage}`);
}

/** More rows than a flush can hold: block and row make one rising number. */
const blockStride = 2 ** 40;
