// Which events of a binlog are known, and what they are to a transaction.
import {eventType} from '../codec/binlogEvent.ts';
import {mariadbEventType} from '../codec/mariadbEvent.ts';

/** Every type that we deliver or pass over knowingly; any other may carry rows. */
const known = new Set<number>([
  ...Object.values(eventType),
  mariadbEventType.annotateRows,
  mariadbEventType.binlogCheckpoint,
  mariadbEventType.gtid,
  mariadbEventType.gtidList,
  // What is encrypted is the file; the dump comes in clear.
  mariadbEventType.startEncryption,
]);
for (const type of [eventType.beginLoadQuery, eventType.executeLoadQuery]) known.delete(type);

const starts: ReadonlySet<number> = new Set([
  eventType.gtid,
  eventType.anonymousGtid,
  eventType.gtidTagged,
  mariadbEventType.gtid,
]);

/** Events between transactions: a fingerprint taken after them is still that of the last transaction. */
const outside: ReadonlySet<number> = new Set([
  eventType.heartbeat,
  eventType.heartbeatV2,
  eventType.stop,
  eventType.previousGtids,
  mariadbEventType.binlogCheckpoint,
  mariadbEventType.gtidList,
  mariadbEventType.startEncryption,
]);

/** Whether an event of this type can be delivered or passed over. */
export function isKnownEvent(type: number): boolean {
  return known.has(type);
}

/** Whether an event of this type is the GTID that a transaction begins with. */
export function startsTransaction(type: number): boolean {
  return starts.has(type);
}

/** Whether an event of this type belongs to no transaction. */
export function isOutsideTransactions(type: number): boolean {
  return outside.has(type);
}
