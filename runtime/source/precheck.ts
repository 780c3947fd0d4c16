// The prechecks of the source (ids of catalogue P01–P29): everything that would lose or hide changes is an error, every
// risk a warning, each with the statement that puts it right. Changes nothing at the source.
import {finding, isSyncError, type Finding} from '../base/errors.ts';
import type {SourceTable} from '../codec/sourceTable.ts';
import type {Task} from '../spec/task.ts';
import {readDatabases, readNullableUniques} from './catalog.ts';
import type {SourceConnection} from './connection.ts';
import {quoteTable} from './literal.ts';
import {precheckAsked} from './precheckAsked.ts';
import {precheckFiles} from './precheckFiles.ts';
import {precheckGrants} from './precheckGrants.ts';
import {compilePattern, isPattern} from '../spec/pattern.ts';
import {helperTableOf, matchesDatabase, selectTable, tableNameOf} from './selection.ts';
import type {ServerFacts} from './server.ts';
import {precheckInvisible, precheckLoad} from './precheckLoad.ts';
import {precheckManaged} from './precheckManaged.ts';
import {inMariadbWords, precheckMariadb} from './precheckMariadb.ts';
import {precheckServer} from './precheckServer.ts';
import {chooseServerId} from './serverId.ts';

export interface PrecheckOptions {
  task: Task;
  /** `source.serverId`; null when it is derived. */
  serverId: number | null;
  /** Hears findings as they are made, so that a deadline does not lose those that were. */
  onFound?: (findings: readonly Finding[]) => void;
}

/** Every finding about the source: the server's settings, our rights, and `tables` (the task's, from the catalog). */
export async function precheckSource(
  connection: SourceConnection,
  facts: ServerFacts,
  tables: readonly SourceTable[],
  options: PrecheckOptions,
): Promise<Finding[]> {
  const {task, onFound: tell = () => undefined} = options;
  const inWords = (findings: readonly Finding[]) =>
    connection.dialect.isMariadb ? findings.map(inMariadbWords) : findings;
  const onFound = (findings: readonly Finding[]) => tell(inWords(findings));
  const follows = task.phases.includes('incremental');
  const {server} = connection;
  const known = [
    ...precheckEngines(tables),
    ...precheckLoad(server, facts, tables, task),
    ...precheckInvisible(tables),
  ];
  onFound(known);
  const parts = [
    precheckServer(connection, facts, tables, task),
    precheckGrants(connection, facts, tables, task),
    follows && facts.logBin ? precheckServerId(connection, options) : [],
    precheckObjects(connection, task),
    precheckKeys(connection, tables),
    follows && facts.cascadesHidden ? precheckCascades(connection, tables) : [],
    precheckManaged(connection, facts, task),
    precheckAsked(connection, task),
    precheckFiles(connection, tables, task),
    precheckMariadb(connection, tables, task),
  ];
  const found = await Promise.all(
    parts.map(async part => {
      const findings = await part;
      onFound(findings);
      return findings;
    }),
  );
  return [...inWords([...found.flat(), ...known])];
}

/** P12. */
async function precheckServerId(
  connection: SourceConnection,
  {task, serverId}: PrecheckOptions,
): Promise<Finding[]> {
  try {
    await chooseServerId(connection, {serverId, replicaName: task.name});
    return [];
  } catch (error) {
    // Without the right to look, the grants' own finding says so.
    if (!isSyncError(error) || error.code === 'SYNC2011') return [];
    if (error.kind === 'trouble') throw error;
    return [error.finding];
  }
}

/** P18, P19: what each entry of `objects` means at this server. */
async function precheckObjects(connection: SourceConnection, task: Task): Promise<Finding[]> {
  const databases = await readDatabases(connection, task.objects);
  if (databases.length === 0) return missingTables(task, []);
  const rows = await connection.query<{database: string; name: string; type: string}>(
    'SELECT TABLE_SCHEMA AS `database`, TABLE_NAME AS name, TABLE_TYPE AS type ' +
      `FROM information_schema.TABLES WHERE TABLE_SCHEMA IN (${databases.map(() => '?').join(', ')})`,
    databases,
  );
  return [...missingTables(task, rows), ...helperTables(task, rows)];
}

function missingTables(
  task: Task,
  rows: Array<{database: string; name: string; type: string}>,
): Finding[] {
  const found: Finding[] = [];
  for (const [objectIndex, object] of task.objects.entries()) {
    const ofDatabase = matchesDatabase(object.database);
    for (const [tableIndex, table] of object.tables.entries()) {
      const pattern = tableNameOf(table);
      const matches = compilePattern(pattern);
      const inside = rows.filter(row => ofDatabase(row.database) && matches(row.name));
      const where = `objects[${objectIndex}].tables[${tableIndex}]`;
      const [first] = inside;
      if (!isPattern(pattern) && first !== undefined && first.type !== 'BASE TABLE') {
        const name = `${first.database}.${first.name}`;
        // Tables with a past have a finding of their own.
        if (first.type !== 'SYSTEM VERSIONED')
          found.push(
            finding('SYNC2317', {object: name, type: first.type}, {id: 'P19', where, object: name}),
          );
      } else if (!inside.some(row => row.type === 'BASE TABLE')) {
        const details = {database: object.database, pattern};
        found.push(finding('SYNC2201', details, {id: 'P19', where, observed: 'no table'}));
      }
    }
  }
  return found;
}

/** Tables that gh-ost and pt-online-schema-change put beside the one they change. */
function helperTables(task: Task, rows: Array<{database: string; name: string}>): Finding[] {
  return rows.flatMap(({database, name}) => {
    const changed = helperTableOf(name);
    if (changed === null || selectTable(task.objects, database, changed) === null) return [];
    const table = `${database}.${changed}`;
    const details = {table, helper: `${database}.${name}`};
    return [
      finding('SYNC2315', details, {id: 'P18', severity: 'warning', object: table, observed: name}),
    ];
  });
}

/** P19. */
function precheckEngines(tables: readonly SourceTable[]): Finding[] {
  return tables
    .filter(table => table.engine.toLowerCase() !== 'innodb')
    .map(table => {
      const object = `${table.database}.${table.name}`;
      const details = {table: quoteTable(table), engine: table.engine};
      return finding('SYNC2316', details, {id: 'P19', object, observed: table.engine});
    });
}

/** P20. */
async function precheckKeys(
  connection: SourceConnection,
  tables: readonly SourceTable[],
): Promise<Finding[]> {
  const keyless = tables.filter(table => table.key === null);
  const databases = [...new Set(keyless.map(table => table.database))];
  const uniquesOf = await readNullableUniques(connection, databases);
  return keyless.map(table => {
    const object = `${table.database}.${table.name}`;
    const details = {table: quoteTable(table), uniques: uniquesOf.get(object) ?? []};
    const place = {id: 'P20', severity: 'warning', object, observed: 'no key'} as const;
    return finding('SYNC2318', details, place);
  });
}

/** P22: rules that change a selected child. */
async function precheckCascades(
  connection: SourceConnection,
  tables: readonly SourceTable[],
): Promise<Finding[]> {
  const databases = [...new Set(tables.map(table => table.database))];
  if (databases.length === 0) return [];
  const rows = await connection.query<Record<string, string>>(
    'SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE ' +
      'FROM information_schema.REFERENTIAL_CONSTRAINTS ' +
      `WHERE CONSTRAINT_SCHEMA IN (${databases.map(() => '?').join(', ')})`,
    databases,
  );
  const selected = new Map(tables.map(table => [`${table.database}.${table.name}`, table]));
  return rows.flatMap(row => {
    const child = selected.get(`${row['CONSTRAINT_SCHEMA']}.${row['TABLE_NAME']}`);
    const rules = [`ON DELETE ${row['DELETE_RULE']}`, `ON UPDATE ${row['UPDATE_RULE']}`];
    const rule = rules.find(candidate => /CASCADE|SET (NULL|DEFAULT)$/.test(candidate));
    if (child === undefined || rule === undefined) return [];
    const object = `${child.database}.${child.name}`;
    const details = {table: object, constraint: row['CONSTRAINT_NAME'] ?? '', rule};
    return [finding('SYNC2319', details, {id: 'P22', object, observed: rule})];
  });
}
