// Partition specs as clients write them: `dt=1,hh=2`, `dt='1'/hh='2'`, quoted or not (protocol trap 11).
import type {Table} from './catalog.ts';
import {duckType} from './duckTypes.ts';
import {badRequest} from './odpsError.ts';
import {quoteName, textLiteral} from './store.ts';

/** Pairs of a spec in the order written; names lower case. */
export function parseSpec(spec: string): [string, string][] {
  const pairs: [string, string][] = [];
  const part = /\s*([^=,/\s]+)\s*=\s*(?:'([^']*)'|"([^"]*)"|([^,/]*))\s*([,/]|$)/gy;
  while (part.lastIndex < spec.length) {
    const found = part.exec(spec);
    if (found === null) throw badRequest('InvalidPartitionSpec', `Not a partition spec: ${spec}`);
    const value = found[2] ?? found[3] ?? found[4]!.trim();
    pairs.push([found[1]!.toLowerCase().replaceAll('`', ''), value]);
  }
  return pairs;
}

/** The values of a full spec in the order of the table's partition columns. */
export function fullValues(table: Table, pairs: [string, string][]): string[] {
  const given = new Map(pairs);
  const values = table.partitionKeys.map(key => given.get(key.name));
  if (given.size !== pairs.length || values.includes(undefined) || given.size !== values.length) {
    const due = table.partitionKeys.map(key => key.name).join(', ');
    const text = pairs.map(([k, v]) => `${k}=${v}`).join(',');
    throw badRequest('InvalidPartitionSpec', `"${text}" must name each of ${due} once`);
  }
  if (values.includes('')) throw badRequest('InvalidPartitionSpec', 'A partition value is empty');
  return values as string[];
}

/** The partition a tunnel request works on: null for a table without partitions. */
export function tunnelPartition(table: Table, spec: string | undefined): string[] | null {
  if (table.partitionKeys.length === 0) {
    if (spec === undefined || spec === '') return null;
    throw badRequest('InvalidPartitionSpec', `Table ${table.name} has no partitions`);
  }
  if (spec === undefined || spec === '') {
    throw badRequest(
      'MissingPartitionSpec',
      `Table ${table.name} is partitioned: name a partition`,
    );
  }
  return fullValues(table, parseSpec(spec));
}

/** A condition for the rows of one partition. */
export function partitionCondition(table: Table, values: string[]): string {
  const parts = table.partitionKeys.map(
    (key, i) => `${quoteName(key.name)} = ${partitionLiteral(table, i, values[i]!)}`,
  );
  return parts.join(' AND ');
}

/** A value of partition column `i` in SQL, in the type of that column. */
export function partitionLiteral(table: Table, i: number, value: string): string {
  return `CAST(${textLiteral(value)} AS ${duckType(table.partitionKeys[i]!.type)})`;
}
