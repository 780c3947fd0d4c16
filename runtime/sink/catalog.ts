// What the target holds: projects, tables and partitions, read over REST.
import {fail, isSyncError} from '../base/errors.ts';
import type {TargetClient, TargetResponse} from './client.ts';
import {listOf, objectOf, parseObject} from './tunnelAnswer.ts';
import {normalType, type TargetColumn, type TargetTable} from './targetTable.ts';
import {elementsAt, parseXml, textAt} from './xml.ts';

export interface TargetPartition {
  /** `year=2026,month=11`, as tunnel calls want it. */
  spec: string;
  values: string[];
}

/** The table, or null when there is none of that name. */
export async function getTable(
  client: TargetClient,
  name: string,
  signal: AbortSignal,
): Promise<TargetTable | null> {
  const answer = await read(client, name, {}, signal);
  if (answer === null) return null;
  const json = schemaJson(answer, name);
  let properties = textRecord(jsonIn(json['tableProperties']));
  let primaryKey: string[] = [];
  // The key of a Delta table stands in the extended description only.
  if (properties === null || properties['transactional'] === 'true') {
    const extended = await read(client, name, {extended: ''}, signal);
    const reserved = extended === null ? {} : reservedOf(schemaJson(extended, name));
    properties ??= propertiesOf(reserved);
    primaryKey = textList(reserved['PrimaryKey']);
  }
  const lifecycle = Number(json['lifecycle'] ?? -1);
  const recordNum = json['recordNum'];
  return {
    name: textAt(parseXml(answer.body.toString()), 'Table', 'Name') ?? name,
    columns: columnsOf(json['columns']),
    partitionColumns: columnsOf(json['partitionKeys']),
    comment: String(json['comment'] ?? ''),
    lifecycleDays: lifecycle > 0 ? lifecycle : null,
    properties,
    primaryKey,
    recordNum:
      recordNum === undefined || recordNum === null || Number(recordNum) < 0
        ? null
        : Number(recordNum),
    isView: json['isVirtualView'] === true || json['isMaterializedView'] === true,
  };
}

/** Raises SYNC4007 when the project does not exist, SYNC4004 … for what else stands in the way. */
export async function getProject(client: TargetClient, signal: AbortSignal): Promise<void> {
  const operation = `look up project ${client.project}`;
  const path = ['projects', client.project];
  try {
    const answer = await client.request({
      operation,
      side: 'rest',
      method: 'GET',
      path,
      repeatable: true,
      signal,
    });
    if (textAt(parseXml(answer.body.toString()), 'Project', 'Name') === null)
      throw fail('SYNC4012', {operation, what: 'the answer describes no project'});
  } catch (error) {
    // The service says NoSuchObject for a project as for a table.
    if (!isSyncError(error) || error.code !== 'SYNC4008') throw error;
    const {project} = client;
    const details = {operation, code: 'NoSuchProject', requestId: null, message: project};
    throw fail('SYNC4007', details, error);
  }
}

/**
 * Raises SYNC4007 when the client's schema does not exist. A service that has no such call (MethodNotAllowed,
 * InvalidParameter) says nothing: there the first statement tells.
 */
export async function getSchema(client: TargetClient, signal: AbortSignal): Promise<void> {
  const {project, schema} = client;
  if (schema === null) return;
  const operation = `look up schema ${schema}`;
  const path = ['projects', project, 'schemas', schema];
  try {
    await client.request({operation, side: 'rest', method: 'GET', path, repeatable: true, signal});
  } catch (error) {
    if (!isSyncError(error)) throw error;
    if (error.code === 'SYNC4011') return;
    if (error.code !== 'SYNC4008') throw error;
    const details = {operation, code: 'NoSuchSchema', requestId: null, message: schema};
    throw fail('SYNC4007', details, error);
  }
}

/** Every partition of a table, page by page. */
export async function listPartitions(
  client: TargetClient,
  table: string,
  signal: AbortSignal,
): Promise<TargetPartition[]> {
  const partitions: TargetPartition[] = [];
  let marker = '';
  do {
    const query: Record<string, string> = {partitions: '', expectmarker: 'true'};
    if (marker !== '') query['marker'] = marker;
    const answer = await client.request(tableRequest(client, table, query, signal));
    const xml = parseXml(answer.body.toString());
    for (const partition of elementsAt(xml, 'Partitions', 'Partition')) {
      const columns = elementsAt(partition, 'Column');
      const values = columns.map(column => textAt(column, '@Value') ?? '');
      const names = columns.map(column => textAt(column, '@Name') ?? '');
      partitions.push({spec: names.map((name, i) => `${name}=${values[i]}`).join(','), values});
    }
    marker = textAt(xml, 'Partitions', 'Marker') ?? '';
  } while (marker !== '');
  return partitions;
}

function tableRequest(
  client: TargetClient,
  table: string,
  query: Record<string, string>,
  signal: AbortSignal,
) {
  return {
    operation: `look up table ${table}`,
    side: 'rest' as const,
    method: 'GET' as const,
    path: ['projects', client.project, 'tables', table],
    query,
    repeatable: true,
    signal,
  };
}

async function read(
  client: TargetClient,
  table: string,
  query: Record<string, string>,
  signal: AbortSignal,
): Promise<TargetResponse | null> {
  try {
    return await client.request(tableRequest(client, table, query, signal));
  } catch (error) {
    if (isSyncError(error) && error.code === 'SYNC4008') return null;
    throw error;
  }
}

/** A table description is JSON text inside XML. */
function schemaJson(answer: TargetResponse, table: string): Record<string, unknown> {
  const text = textAt(parseXml(answer.body.toString()), 'Table', 'Schema');
  const json = parseObject(text ?? '');
  if (!Array.isArray(json['columns']) && json['Reserved'] === undefined) {
    const operation = `look up table ${table}`;
    throw fail('SYNC4012', {operation, what: 'the answer describes no table'});
  }
  return json;
}

/** `Reserved` is JSON text inside the JSON of an extended answer. */
function reservedOf(json: Record<string, unknown>): Record<string, unknown> {
  return objectOf(jsonIn(json['Reserved']));
}

/** Table properties among what is reserved; the service writes the one of transactions in its own way. */
function propertiesOf(reserved: Record<string, unknown>): Record<string, string> {
  const {Transactional: transactional, PrimaryKey: _key, ...others} = reserved;
  const properties = textRecord(others) ?? {};
  if (String(transactional).toLowerCase() === 'true') properties['transactional'] ??= 'true';
  return properties;
}

/** A value, or the one that a JSON text holds; null for a text that is none. */
function jsonIn(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}

function textList(value: unknown): string[] {
  return listOf(value).map(String);
}

function textRecord(value: unknown): Record<string, string> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}

function columnsOf(value: unknown): TargetColumn[] {
  return listOf(value)
    .map(objectOf)
    .map(column => ({
      name: String(column['name']),
      type: normalType(String(column['type'])),
      comment: String(column['comment'] ?? ''),
      nullable: column['isNullable'] !== false,
    }));
}
