// One share of a task's tables: which table belongs to which share, and the task that runs one of them. Every share is a task
// of its own, with its own ledger, position, server id and owner marks, so that nothing is agreed upon at run time: the share
// of a table is a function of its name and of the number of shares alone.
import {createHash} from 'node:crypto';
import type {Task} from './task.ts';

/** Share `index` of `count`, counted from 0. */
export interface Shard {
  index: number;
  count: number;
}

/** More readers of one binlog than this are more than a server should have. */
export const shardsMax = 32;

const serverIdMax = 0xffff_ffff;

/** The share of `database`.`table`. Names that differ only in case share one: some servers do not tell them apart. */
export function shardOf(database: string, table: string, count: number): number {
  const name = `${database}\0${table}`.toLowerCase();
  return createHash('sha256').update(name).digest().readUInt32BE(0) % count;
}

/** `2/4` as the third of four shares; null for any other text. */
export function parseShard(text: string): Shard | null {
  const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = {index: Number(index), count: Number(count)};
  return shard.count >= 1 && shard.count <= shardsMax && shard.index < shard.count ? shard : null;
}

/**
 * The task that is `shard` of `task`. Its name is one that no task file may have, so that it is nobody else's replica, and its
 * server id, where one is given, is the given one and its index.
 */
export function shareOfTask(task: Task, shard: Shard): Task {
  const {serverId} = task.source;
  const own = serverId === null ? null : ((serverId - 1 + shard.index) % serverIdMax) + 1;
  return {
    ...task,
    name: `${task.name}/${shard.index}`,
    source: {...task.source, serverId: own},
    objects: task.objects.map(object => ({...object, shard})),
  };
}
