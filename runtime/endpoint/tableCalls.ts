// REST of tables and partitions: listing, description, existence (protocol section 6). Changes go by SQL.
import {formatOdpsType} from '../codec/odpsType.ts';
import {
  duckName,
  findTable,
  partitionName,
  partitionsOf,
  type Partition,
  type Table,
  type TableColumn,
} from './catalog.ts';
import {ensureInDuck, isFresh} from './freshTables.ts';
import {missing, xmlData} from './odpsError.ts';
import {previewArrow, previewCsv} from './preview.ts';
import {fullValues, parseSpec, partitionCondition} from './partitionSpec.ts';
import {element, httpDate, page, xml, type Answer, type Call} from './request.ts';
import {queryRows} from './store.ts';
import type {World} from './world.ts';

/** `/projects/<p>/tables[/<t>]`. */
export async function tableCalls(call: Call): Promise<Answer> {
  const schema = schemaOf(call);
  const name = call.path[1];
  if (name === undefined || name === '') return listTables(call, schema);
  const table = findTable(call.world.catalog, schema, name);
  if (call.method === 'DELETE') throw missing('Object', 'tables are dropped by SQL');
  if (call.path[2] === 'preview') return previewArrow(call, table);
  if (call.query.has('data')) return previewCsv(call, table);
  if (call.query.has('partitions')) return listPartitions(call, table);
  if (call.query.has('partition')) return describePartition(call, table);
  return describeTable(call, table);
}

/** The schema of a call without one in its path. */
export function schemaOf(call: Call): string {
  return (call.query.get('curr_schema') || 'default').toLowerCase();
}

/** The columns of a table or session, in the keys that tunnel clients read. */
export function tunnelColumns(columns: TableColumn[]): object[] {
  return columns.map(column => ({
    name: column.name,
    type: formatOdpsType(column.type),
    comment: column.comment,
    nullable: column.nullable,
    column_id: column.id,
  }));
}

function listTables(call: Call, schema: string): Answer {
  const prefix = (call.query.get('name') ?? '').toLowerCase();
  const type = call.query.get('type')?.toUpperCase();
  const owner = call.query.get('owner');
  const tables = [...call.world.catalog.tables.values()]
    .filter(table => table.schema === schema && table.name.startsWith(prefix))
    .filter(({createdMs}) => isListed(call, createdMs))
    .filter(table => type === undefined || type === '' || type === typeOf(table))
    .filter(() => owner === undefined || owner === '' || owner === ownerOfAll)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const {items, marker, itemsMax} = page(tables, call);
  const body = items.map(table => `<Table>${listed(table)}</Table>`);
  return xml(
    `<Tables>${body.join('')}${element('Marker', marker)}${element('MaxItems', itemsMax)}</Tables>`,
  );
}

function isListed(call: Call, createdMs: number): boolean {
  const {conduct, nowMs} = call.world;
  return conduct.listingLagMs === 0 || nowMs() - createdMs >= conduct.listingLagMs;
}

/** Whom everything here belongs to. */
const ownerOfAll = 'synctask';

function typeOf(table: Table): string {
  return table.viewText === null ? 'MANAGED_TABLE' : 'VIRTUAL_VIEW';
}

function listed(table: Table): string {
  return [
    element('Name', table.name),
    element('TableId', table.id),
    element('Owner', 'synctask'),
    element('Comment', table.comment),
    element('Type', typeOf(table)),
    element('CreationTime', httpDate(table.createdMs)),
    element('LastModifiedTime', httpDate(table.changedMs)),
  ].join('');
}

async function describeTable(call: Call, table: Table): Promise<Answer> {
  const extended = call.query.has('extended');
  const records = await countRows(call.world, table, null);
  const description = {
    ...schemaJson(table, records),
    ...(extended ? extendedJson(table, records) : {}),
  };
  const body = [
    element('Name', table.name),
    element('TableId', table.id),
    `<Schema format="Json">${xmlData(JSON.stringify(description))}</Schema>`,
    element('Comment', table.comment),
    element('Owner', 'synctask'),
    element('CreationTime', httpDate(table.createdMs)),
    element('LastModifiedTime', httpDate(table.changedMs)),
    element('LastAccessTime', httpDate(table.changedMs)),
    element('Type', typeOf(table)),
    '<TableLabel/>',
  ];
  return xml(`<Table>${body.join('')}</Table>`, {'x-odps-owner': 'synctask'});
}

function schemaJson(table: Table, records: number): object {
  return {
    tableName: table.name,
    columns: restColumns(table.columns),
    partitionKeys: restColumns(table.partitionKeys),
    comment: table.comment,
    owner: 'synctask',
    createTime: seconds(table.createdMs),
    lastModifiedTime: seconds(table.changedMs),
    lastDDLTime: seconds(table.ddlMs),
    lastAccessTime: seconds(table.changedMs),
    lifecycle: table.lifecycleDays ?? -1,
    size: sizeOf(table, records),
    recordNum: records,
    isVirtualView: table.viewText !== null,
    ...(table.viewText === null ? {} : {viewText: table.viewText}),
    isMaterializedView: false,
    isExternal: false,
    tableLabel: '0',
    shardExist: false,
    // Like Reserved, a JSON text inside the JSON: that is how PyODPS reads it.
    tableProperties: JSON.stringify(table.properties),
  };
}

function restColumns(columns: TableColumn[]): object[] {
  return columns.map(column => ({
    name: column.name,
    type: formatOdpsType(column.type),
    comment: column.comment,
    label: '',
    isNullable: column.nullable,
    ...(column.defaultValue === null ? {} : {defaultValue: column.defaultValue}),
  }));
}

/** `Reserved` is a JSON text inside the JSON; Transactional is a text in it (protocol section 6). */
function extendedJson(table: Table, records: number): object {
  const transactional = table.properties['transactional'] === 'true' ? 'true' : 'false';
  const reserved = {
    ...table.properties,
    schema_version: '0',
    Transactional: transactional,
    ...(table.primaryKey.length === 0 ? {} : {PrimaryKey: table.primaryKey}),
  };
  return {
    IsArchived: false,
    PhysicalSize: sizeOf(table, records),
    FileNum: Math.min(1, records),
    Reserved: JSON.stringify(reserved),
  };
}

function listPartitions(call: Call, table: Table): Answer {
  const wish = parseSpec(call.query.get('partition') ?? '');
  const known = [...partitionsOf(call.world.catalog, table).values()];
  const listed = known.filter(({createdMs}) => isListed(call, createdMs));
  const all = listed.filter(partition =>
    wish.every(([name, value]) => {
      const i = table.partitionKeys.findIndex(key => key.name === name);
      return i >= 0 && partition.values[i] === value;
    }),
  );
  const ordered = all.toSorted((a, b) => (a.values.join('/') < b.values.join('/') ? -1 : 1));
  if (call.query.has('reverse')) ordered.reverse();
  const {items, marker, itemsMax} = page(ordered, call);
  const body = items.map(partition => partitionElement(table, partition));
  return xml(
    `<Partitions>${body.join('')}${element('Marker', marker)}${element('MaxItems', itemsMax)}</Partitions>`,
  );
}

function partitionElement(table: Table, partition: Partition): string {
  const columns = table.partitionKeys.map(
    (key, i) =>
      `<Column Name="${attribute(key.name)}" Value="${attribute(partition.values[i]!)}"/>`,
  );
  return [
    '<Partition>',
    ...columns,
    element('CreationTime', seconds(partition.createdMs)),
    element('LastDDLTime', seconds(partition.createdMs)),
    element('LastModifiedTime', seconds(partition.changedMs)),
    '</Partition>',
  ].join('');
}

async function describePartition(call: Call, table: Table): Promise<Answer> {
  const values = fullValues(table, parseSpec(call.query.get('partition') ?? ''));
  const name = partitionName(table, values);
  const partition = partitionsOf(call.world.catalog, table).get(name);
  if (partition === undefined) throw missing('Partition', name);
  const records = await countRows(call.world, table, values);
  const description = {
    createTime: seconds(partition.createdMs),
    lastDDLTime: seconds(partition.createdMs),
    lastModifiedTime: seconds(partition.changedMs),
    lastAccessTime: seconds(partition.changedMs),
    partitionSize: sizeOf(table, records),
    partitionRecordNum: records,
    ...(call.query.has('extended')
      ? {
          IsExstore: false,
          LifeCycle: -1,
          PhysicalSize: sizeOf(table, records),
          FileNum: Math.min(1, records),
          Reserved: '{}',
        }
      : {}),
  };
  return xml(`<Partition><Schema>${xmlData(JSON.stringify(description))}</Schema></Partition>`);
}

async function countRows(
  {store, catalog}: World,
  table: Table,
  values: string[] | null,
): Promise<number> {
  if (isFresh(catalog, table)) return 0;
  await ensureInDuck(store, catalog, table);
  const where = values === null ? '' : ` WHERE ${partitionCondition(table, values)}`;
  return store.read(async connection => {
    const [row] = await queryRows(
      connection,
      `SELECT count(*) AS n FROM ${duckName(table)}${where}`,
    );
    return Number(row!['n']);
  });
}

/** An estimate, for readers who ask whether there is anything: eight bytes a cell. */
function sizeOf(table: Table, records: number): number {
  return records * table.columns.length * 8;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
