// What the tunnel's sessions share: the resource of a table, JSON answers, and the columns that a session names.
import {fail, isSyncError} from '../base/errors.ts';
import {parseOdpsType} from '../codec/odpsType.ts';
import type {RecordColumn} from '../codec/recordReader.ts';
import type {TargetClient, TargetResponse} from './client.ts';

/** `/projects/<p>[/schemas/<s>]/tables/<t>`: tunnel calls name the schema in the path. */
export function tablePath(client: TargetClient, table: string): string[] {
  const schema = client.schema === null ? [] : ['schemas', client.schema];
  return ['projects', client.project, ...schema, 'tables', table];
}

/** A table or partition as operations and errors call it. */
export function shown(table: string, partition: string | null): string {
  return partition === null ? table : `${table} (${partition})`;
}

/** The object that an answer is, or an empty one. */
export function parseObject(text: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

/** A part of an answer as an object; an empty one for anything else. */
export function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** A part of an answer as a list; an empty one for anything else. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The address of a slot, which goes into a header; SYNC4012 for a text that cannot. */
export function slotAddress(value: unknown, operation: string): string {
  const address = String(value);
  if (!isAddress(address)) throw fail('SYNC4012', {operation, what: 'a slot has no address'});
  return address;
}

/** The object that an answer is; SYNC4012 without the texts named. */
export function answerObject(
  answer: TargetResponse,
  operation: string,
  texts: readonly string[],
): Record<string, unknown> {
  const json = parseObject(answer.body.toString());
  for (const key of texts)
    if (typeof json[key] !== 'string' || json[key] === '')
      throw fail('SYNC4012', {operation, what: `the answer holds no ${key}`});
  return json;
}

/** Whether a text can go into a header as the address of a slot. */
export function isAddress(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

export interface SessionColumn extends RecordColumn {
  /** What a partial update names the column by; null where the service says none. */
  id: number | null;
}

/** The data columns of a session's schema, in their order; SYNC4012 when it is none. */
export function sessionColumns(schema: unknown, operation: string): SessionColumn[] {
  const {columns} = objectOf(schema);
  if (!Array.isArray(columns))
    throw fail('SYNC4012', {operation, what: 'the answer holds no columns'});
  return columns.map(objectOf).map(column => {
    const id = Number(column['column_id'] ?? NaN);
    return {
      name: String(column['name']).toLowerCase(),
      type: typeOf(String(column['type']), operation),
      id: Number.isInteger(id) ? id : null,
    };
  });
}

/** A type this version does not know could not be read or written without harm. */
function typeOf(text: string, operation: string) {
  try {
    return parseOdpsType(text);
  } catch (error) {
    if (!isSyncError(error)) throw error;
    throw fail('SYNC4012', {operation, what: `the type ${text} is not known`}, error);
  }
}
