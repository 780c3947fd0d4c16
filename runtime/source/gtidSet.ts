// Sets of global transaction identifiers, tags included, and their algebra. Text form: `uuid:1-5:7,uuid:tag:1-3`.
// Format: MySQL manual "GTID Format and Storage"; wire form: sql/rpl_gtid_set.cc (encode).
// MariaDB's are there too, as `domain-server-number`: numbers of one domain and server only rise in its binlog, so the last one
// stands for all before it. Format: MariaDB manual "Global Transaction ID", gtid_binlog_state.
import {assert} from '../base/assert.ts';

/**
 * Intervals by source: `uuid` or `uuid:tag`, lower case, or MariaDB's `domain-server`, to a flat ascending list start, end, start, end … with
 * both ends inside and a gap of at least one between intervals. Changed only by `addGtid`, by its one owner.
 */
export type GtidSet = Map<string, number[]>;

const uuidLength = 36;

/** A set from its text; white space and empty parts are allowed, as MySQL allows them. */
export function parseGtidSet(text: string): GtidSet {
  const set: GtidSet = new Map();
  for (const part of text.split(',')) {
    const [uuid = '', ...items] = part.trim().toLowerCase().split(':');
    if (uuid === '' && items.length === 0) continue;
    const counted = /^(\d+-\d+)-(\d+)$/.exec(uuid);
    if (counted !== null) {
      addText(set, counted[1]!, `1-${counted[2]}`);
      continue;
    }
    assert(
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid),
      `a GTID's uuid, not "${uuid}"`,
    );
    let source = uuid;
    for (const item of items) {
      if (/^\s*[a-z_]\w*\s*$/.test(item)) source = `${uuid}:${item.trim()}`;
      else addText(set, source, item);
    }
  }
  return set;
}

function addText(set: GtidSet, source: string, text: string): void {
  const match = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(text);
  assert(match !== null, `a GTID interval, not "${text}"`);
  const start = Number(match[1]);
  const end = match[2] === undefined ? start : Number(match[2]);
  assert(Number.isSafeInteger(end), 'a transaction number below 2^53');
  if (end >= start) addInterval(set, source, start, end);
}

/** The canonical text: sources ascending, tags after their untagged uuid, as MySQL prints it without line breaks. */
export function formatGtidSet(set: GtidSet): string {
  const parts: string[] = [];
  let lastUuid = '';
  for (const source of [...set.keys()].sort()) {
    const last = set.get(source)!.at(-1);
    if (isCounted(source)) {
      if (last !== undefined) parts.push(`${source}-${last}`);
      continue;
    }
    const uuid = source.slice(0, uuidLength);
    const ranges: string[] = [];
    eachInterval(set.get(source)!, (start, end) =>
      ranges.push(start === end ? `${start}` : `${start}-${end}`),
    );
    if (ranges.length === 0) continue;
    const text = `${source.slice(36)}:${ranges.join(':')}`;
    if (uuid === lastUuid) parts[parts.length - 1] += text;
    else parts.push(uuid + text);
    lastUuid = uuid;
  }
  return parts.join(',');
}

/** Adds one transaction. Constant time for the next number of a source, which is what a stream brings. */
export function addGtid(set: GtidSet, source: string, number: number): void {
  const intervals = set.get(source);
  if (intervals !== undefined && intervals[intervals.length - 1] === number - 1) {
    intervals[intervals.length - 1] = number;
    return;
  }
  addInterval(set, source, isCounted(source) ? 1 : number, number);
}

/** MariaDB's: shorter than any uuid. */
function isCounted(source: string): boolean {
  return source.length < uuidLength;
}

/** Whether the transaction is in the set. */
export function containsGtid(set: GtidSet, source: string, number: number): boolean {
  const intervals = set.get(source);
  if (intervals === undefined) return false;
  const at = firstEndingAt(intervals, number);
  return at < intervals.length && intervals[at]! <= number;
}

/** Whether every transaction of `part` is in `whole`. */
export function containsGtidSet(whole: GtidSet, part: GtidSet): boolean {
  for (const [source, intervals] of part) {
    const outer = whole.get(source) ?? [];
    for (let i = 0; i < intervals.length; i += 2) {
      const at = firstEndingAt(outer, intervals[i]!);
      if (at >= outer.length || outer[at]! > intervals[i]! || outer[at + 1]! < intervals[i + 1]!)
        return false;
    }
  }
  return true;
}

/** A new set with the transactions of both. */
export function uniteGtidSets(left: GtidSet, right: GtidSet): GtidSet {
  const set = copyGtidSet(left);
  for (const [source, intervals] of right)
    eachInterval(intervals, (start, end) => addInterval(set, source, start, end));
  return set;
}

/** A new set with the transactions of `left` that are not in `right`. */
export function subtractGtidSets(left: GtidSet, right: GtidSet): GtidSet {
  const set: GtidSet = new Map();
  for (const [source, intervals] of left) {
    const removed = right.get(source) ?? [];
    const rest: number[] = [];
    eachInterval(intervals, (start, end) => {
      let from = start;
      eachInterval(removed, (removedStart, removedEnd) => {
        if (removedEnd < from || removedStart > end) return;
        if (removedStart > from) rest.push(from, removedStart - 1);
        from = removedEnd + 1;
      });
      if (from <= end) rest.push(from, end);
    });
    if (rest.length > 0) set.set(source, rest);
  }
  return set;
}

/** A new set with the transactions that both have. */
export function intersectGtidSets(left: GtidSet, right: GtidSet): GtidSet {
  return subtractGtidSets(left, subtractGtidSets(left, right));
}

export function copyGtidSet(set: GtidSet): GtidSet {
  return new Map([...set].map(([source, intervals]) => [source, intervals.slice()]));
}

export function isEmptyGtidSet(set: GtidSet): boolean {
  for (const intervals of set.values()) if (intervals.length > 0) return false;
  return true;
}

/** MariaDB's set as @slave_connect_state wants it: of each domain the last transaction, whose numbers go over its servers. */
export function connectState(set: GtidSet): string {
  const lasts = new Map<string, {source: string; number: number}>();
  for (const [source, intervals] of set) {
    const number = intervals.at(-1) ?? 0;
    const domain = source.slice(0, source.indexOf('-'));
    if (number > (lasts.get(domain)?.number ?? 0)) lasts.set(domain, {source, number});
  }
  return [...lasts.values()].map(({source, number}) => `${source}-${number}`).join(',');
}

/** The set as COM_BINLOG_DUMP_GTID wants it. Tagged sets need MySQL 8.3, which alone makes them. */
export function encodeGtidSet(set: GtidSet): Buffer {
  const entries = [...set].filter(([, intervals]) => intervals.length > 0);
  entries.sort(([left], [right]) => (left < right ? -1 : 1));
  const tagged = entries.some(([source]) => source.length > 36);
  const head = Buffer.alloc(8);
  head.writeUIntLE(entries.length, tagged ? 1 : 0, 6);
  if (tagged) head[0] = head[7] = 1;
  const parts = [head];
  for (const [source, intervals] of entries) {
    parts.push(Buffer.from(source.slice(0, 36).replaceAll('-', ''), 'hex'));
    const tag = Buffer.from(source.slice(37));
    // A tag is at most 32 bytes, so its length fits the one-byte form of the server's varint (value << 1).
    if (tagged) parts.push(Buffer.from([tag.length << 1]), tag);
    const numbers = Buffer.alloc(8 + intervals.length * 8);
    numbers.writeBigUInt64LE(BigInt(intervals.length / 2), 0);
    intervals.forEach((value, i) =>
      // Starts are inside, ends outside on the wire.
      numbers.writeBigUInt64LE(BigInt(i % 2 === 0 ? value : value + 1), 8 + i * 8),
    );
    parts.push(numbers);
  }
  return Buffer.concat(parts);
}

/** Index of the first interval whose end is not below `number`; the list's length when there is none. */
function firstEndingAt(intervals: number[], number: number): number {
  let low = 0;
  let high = intervals.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (intervals[middle * 2 + 1]! < number) low = middle + 1;
    else high = middle;
  }
  return low * 2;
}

function addInterval(set: GtidSet, source: string, start: number, end: number): void {
  const intervals = set.get(source);
  if (intervals === undefined) {
    set.set(source, [start, end]);
    return;
  }
  // Every interval that overlaps or touches [start, end] becomes part of it.
  const first = firstEndingAt(intervals, start - 1);
  let last = first;
  while (last < intervals.length && intervals[last]! <= end + 1) last += 2;
  if (last > first) {
    start = Math.min(start, intervals[first]!);
    end = Math.max(end, intervals[last - 1]!);
  }
  intervals.splice(first, last - first, start, end);
}

function eachInterval(intervals: number[], visit: (start: number, end: number) => void): void {
  for (let i = 0; i < intervals.length; i += 2) visit(intervals[i]!, intervals[i + 1]!);
}
