// Partitions that come and go: by ALTER TABLE, and with the rows that are written to them.
import type {DuckDBConnection} from '@duckdb/node-api';
import {
  duckName,
  forgetPartition,
  partitionName,
  partitionsOf,
  savePartition,
  type Catalog,
  type Partition,
  type Table,
} from './catalog.ts';
import type {Ddl} from './ddl.ts';
import {makeInDuck} from './freshTables.ts';
import type {Job} from './job.ts';
import {OdpsError} from './odpsError.ts';
import {fullValues, partitionCondition, partitionLiteral} from './partitionSpec.ts';
import {quoteName} from './store.ts';
import {takeIn} from './waitingRows.ts';

/** Notes that rows of partitions were written, within the caller's transaction; makes those that are new. */
export async function touchPartitions(
  connection: DuckDBConnection,
  catalog: Catalog,
  table: Table,
  partitions: string[][],
  nowMs: number,
): Promise<Partition[]> {
  const known = partitionsOf(catalog, table);
  const {partitionsMax} = catalog.limits;
  const fresh = new Set(partitions.map(values => partitionName(table, values)));
  if (known.size + fresh.difference(known).size > partitionsMax) {
    const what = `ODPS-0130071: Semantic analysis exception - ${table.name} would have more than ${partitionsMax} partitions`;
    throw new OdpsError('InvalidArgument', 400, what);
  }
  if (partitions.length > 0) await makeInDuck(connection, catalog, table);
  const touched: Partition[] = [];
  for (const values of partitions) {
    const createdMs = known.get(partitionName(table, values))?.createdMs ?? nowMs;
    const partition = {values, createdMs, changedMs: nowMs};
    await savePartition(connection, table, partition);
    touched.push(partition);
  }
  return touched;
}

/** Puts touched partitions into the catalog, after the transaction. */
export function enterPartitions(catalog: Catalog, table: Table, touched: Partition[]): void {
  const known = partitionsOf(catalog, table);
  for (const partition of touched) known.set(partitionName(table, partition.values), partition);
}

/** ADD PARTITION and DROP PARTITION. */
export async function changePartitions(
  job: Job,
  table: Table,
  ddl: Extract<Ddl, {kind: 'addPartitions' | 'dropPartitions'}>,
): Promise<void> {
  const known = partitionsOf(job.catalog, table);
  const all = ddl.partitions.map(pairs => fullValues(table, pairs));
  const adds = ddl.kind === 'addPartitions';
  const kindly = ddl.kind === 'addPartitions' ? ddl.ifNotExists : ddl.ifExists;
  const changed = all.filter(values => known.has(partitionName(table, values)) !== adds);
  if (!kindly && changed.length < all.length) {
    const text = adds ? 'Partition already exists' : 'Partition not found';
    throw new OdpsError('ODPS-0110061', 400, `ODPS-0110061: Failed to run ddltask - ${text}`);
  }
  await job.store.write(
    async connection => {
      if (adds) return touchPartitions(connection, job.catalog, table, changed, job.nowMs());
      await takeIn(connection, job.store, job.catalog, table);
      for (const values of changed) {
        const where = partitionCondition(table, values);
        await connection.run(`DELETE FROM ${duckName(table)} WHERE ${where}`);
        await forgetPartition(connection, table, values);
      }
      return [];
    },
    touched => {
      enterPartitions(job.catalog, table, touched);
      if (!adds) for (const values of changed) known.delete(partitionName(table, values));
    },
  );
}

/** ALTER TABLE … PARTITION (…) RENAME TO PARTITION (…): the rows go along. */
export async function renamePartition(
  job: Job,
  table: Table,
  from: string[],
  to: string[],
): Promise<void> {
  const {store, catalog} = job;
  const known = partitionsOf(catalog, table);
  const partition = known.get(partitionName(table, from));
  const refuse = (what: string) =>
    new OdpsError('ODPS-0110061', 400, `ODPS-0110061: Failed to run ddltask - ${what}`);
  if (partition === undefined) throw refuse('Partition not found');
  if (known.has(partitionName(table, to))) throw refuse('Partition already exists');
  const renamed = {...partition, values: to};
  await store.write(
    async connection => {
      await takeIn(connection, store, catalog, table);
      const set = table.partitionKeys.map(
        (key, i) => `${quoteName(key.name)} = ${partitionLiteral(table, i, to[i]!)}`,
      );
      const where = partitionCondition(table, from);
      await connection.run(`UPDATE ${duckName(table)} SET ${set.join(', ')} WHERE ${where}`);
      await forgetPartition(connection, table, from);
      await savePartition(connection, table, renamed);
    },
    () => {
      known.delete(partitionName(table, from));
      known.set(partitionName(table, to), renamed);
    },
  );
}
