// From a wall clock without a zone to an instant, in the zone that the task names for its source: DATETIME and DATE columns
// that are mapped to TIMESTAMP or DATETIME. A time that a zone has twice (clocks go back) is the earlier one; one that it
// skips (clocks go forward) is read with the offset before, as Temporal's 'compatible' does. Offsets are the machine's (ICU).

const daySeconds = 86_400;
/** Rules of zones are looked up in steps of this; no zone changes twice within it and back unseen in practice. */
const stepSeconds = 14 * daySeconds;
/** Offsets change between these; beyond, each value is looked up. */
const firstSeconds = Date.UTC(1840, 0, 1) / 1000;
const lastSeconds = Date.UTC(2120, 0, 1) / 1000;

/** Wall seconds from `from` on, up to the next entry, are `offset` seconds ahead of UTC. */
interface Offsets {
  from: Float64Array;
  offset: Float64Array;
  format: Intl.DateTimeFormat;
}

const known = new Map<string, Offsets>();

/** Seconds since 1970 UTC of the wall-clock seconds `wall` in `zone`, an IANA name or ±hh:mm. */
export function instantOf(zone: string, wall: number): number {
  const offsets = offsetsOf(zone);
  const {from, offset} = offsets;
  if (wall >= lastSeconds) return wall - lateOffset(offsets, wall);
  let low = 0;
  let high = from.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (from[middle]! <= wall) low = middle;
    else high = middle - 1;
  }
  return wall - offset[low]!;
}

/** Whether the zone has one offset for ever, so that different wall clocks are different instants. */
export function isFixedZone(zone: string): boolean {
  const {offset} = offsetsOf(zone);
  return offset.length === 1;
}

function offsetsOf(zone: string): Offsets {
  let offsets = known.get(zone);
  if (offsets === undefined) known.set(zone, (offsets = readOffsets(zone)));
  return offsets;
}

function readOffsets(zone: string): Offsets {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const from = [-Infinity];
  const offset = [offsetAt(format, firstSeconds)];
  for (let at = firstSeconds; at < lastSeconds; at += stepSeconds) {
    const before = offset.at(-1)!;
    const after = offsetAt(format, at + stepSeconds);
    if (after === before) continue;
    let low = at;
    let high = at + stepSeconds;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(format, middle) === before) low = middle;
      else high = middle;
    }
    from.push(high + Math.max(before, after));
    offset.push(after);
  }
  return {from: Float64Array.from(from), offset: Float64Array.from(offset), format};
}

/** Where no table reaches: the offset a day before, unless the clock has changed since. */
function lateOffset({format}: Offsets, wall: number): number {
  const before = offsetAt(format, wall - daySeconds);
  const after = offsetAt(format, wall + daySeconds);
  if (before === after) return before;
  return offsetAt(format, wall - Math.max(before, after)) === after ? after : before;
}

/** Seconds that the zone is ahead of UTC at an instant. */
function offsetAt(format: Intl.DateTimeFormat, utcSeconds: number): number {
  const parts = new Map(
    format.formatToParts(utcSeconds * 1000).map(({type, value}) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  const year = parts.get('era') === 'BC' ? 1 - part('year') : part('year');
  const wall = new Date(0);
  wall.setUTCFullYear(year, part('month') - 1, part('day'));
  wall.setUTCHours(part('hour'), part('minute'), part('second'));
  return wall.getTime() / 1000 - utcSeconds;
}
