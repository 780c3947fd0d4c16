// Row events of the binlog to records of `_log`. Chooses everything once per table; per row only bytes move.
import {cellError, CellFault} from './cellFault.ts';
import {results} from './cellKit.ts';
import {imageSteps, strictNullBits} from './cellStep.ts';
import {compileCells, type CellCode} from './compileCells.ts';
import type {Counters} from './counters.ts';
import {engineFor, usualEngine, type Engine} from './engine.ts';
import {finishRecord} from './finishRecord.ts';
import {logCell, skipLogCell} from './logCell.ts';
import {createLogHead, logHeadCrc, setLogHead} from './logHead.ts';
import type {TablePlan} from './plan.ts';
import {reserve, type RecordBuffer} from './recordBuffer.ts';
import {checkTableMap} from './tableMapCheck.ts';
import type {TableMap} from './tableMap.ts';
import {wasmLogTranscoder} from './wasmTranscoder.ts';

export {createCounters, type Counters} from './counters.ts';
export {checkTableMap} from './tableMapCheck.ts';

/** What a rows event does. */
export type RowChange = 'insert' | 'update' | 'delete';

/**
 * Appends the records of all rows of one rows event: input[at, end) are its row images, each with all columns of the
 * table (the caller checks the event's column bitmaps). Returns the row changes, which is the record ids used; an
 * update makes two records with one id, before first. On an error nothing is appended.
 */
export type LogTranscoder = (
  input: Buffer,
  view: DataView,
  at: number,
  end: number,
  kind: RowChange,
  firstRecordId: number,
  utcSeconds: number,
  out: RecordBuffer,
  counters: Counters,
) => number;

/** The transcoder for rows that follow `map`; a map that does not fit the plan is refused. */
export function logTranscoder(
  plan: TablePlan,
  map: TableMap,
  engine: Engine = usualEngine,
): LogTranscoder {
  checkTableMap(plan, map);
  return engineFor(plan, engine) === 'wasm'
    ? wasmLogTranscoder(plan, map)
    : generatedTranscoder(plan, map);
}

function generatedTranscoder(plan: TablePlan, map: TableMap): LogTranscoder {
  const cells = imageCells(plan, map);
  const {parts, roomBytes} = compileCells(shapeKey(cells), cells);
  const nullBytes = (map.types.length + 7) >> 3;
  const strictNulls = strictNullBits(
    nullBytes,
    map.nullable.map((nullable, bit) => ({bit, nullable})),
  );
  const head = createLogHead();

  return (input, view, at, end, kind, firstRecordId, utcSeconds, out, counters) => {
    const start = {length: out.length, records: out.records, checksum: out.checksum};
    setLogHead(head, kind, utcSeconds);
    let id = firstRecordId;
    let before = kind !== 'insert';
    let p = at;
    try {
      while (p < end) {
        reserve(out, roomBytes + end - p);
        const nulls = p;
        for (let i = 0; i < nullBytes; i++)
          if ((input[nulls + i]! & strictNulls[i]!) !== 0)
            throw new CellFault('malformed', -1, 'NULL in a column that is NOT NULL');
        p += nullBytes;
        const image = before ? head.before : head.after;
        const lo = id | 0;
        const hi = Math.floor(id / 4294967296);
        let crc = logHeadCrc(image, lo, hi);
        let o = putHead(out, image.words, image.bytes, lo, hi);
        for (let i = 0; i < parts.length; i++) {
          o = parts[i]!(input, view, p, end, nulls, out, o, crc, counters);
          p = results[0]!;
          crc = results[1]!;
        }
        if (p > end) throw new CellFault('malformed', -1, `a row ends ${p - end} bytes too late`);
        finishRecord(out, o, ~crc);
        if (kind !== 'update') id++;
        else {
          before = !before;
          if (before) id++;
        }
      }
      if (kind === 'update' && !before)
        throw new CellFault('malformed', -1, 'an update without its after image');
      return id - firstRecordId;
    } catch (error) {
      Object.assign(out, start);
      throw cellError(plan, error);
    }
  };
}

/** The cells of an image, as code. */
function imageCells(plan: TablePlan, map: TableMap): CellCode[] {
  return imageSteps(plan, map).map(({what, slot, field, bit, shape}) => {
    if (what === 'write') return {code: logCell(shape, {slot, field}), bit, shape, slot};
    const code =
      what === 'skip' ? skipLogCell(shape) : what === 'mark' ? `P[${slot}]=p;` : `p=P[${slot}];`;
    return {code, bit, shape, slot: -1};
  });
}

function shapeKey(cells: readonly CellCode[]): string {
  return `log ${JSON.stringify(cells.map(({slot, bit, shape, code}) => [slot, bit, shape, slot < 0 ? code : '']))}`;
}

/** Column 1 is the record id, zig-zag; the others follow ready-made. Returns the place after them. */
function putHead(
  out: RecordBuffer,
  words: Int32Array,
  bytes: number,
  lo: number,
  hi: number,
): number {
  const {bytes: target, view} = out;
  let o = out.length;
  target[o++] = 1 * 8;
  let low = lo << 1;
  let high = (hi << 1) | (lo >>> 31);
  while (high !== 0) {
    target[o++] = (low & 127) | 128;
    low = (low >>> 7) | (high << 25);
    high >>>= 7;
  }
  while ((low & -128) !== 0) {
    target[o++] = (low & 127) | 128;
    low >>>= 7;
  }
  target[o++] = low;
  for (let i = 0; i < words.length; i++) view.setInt32(o + 4 * i, words[i]!, true);
  return o + bytes;
}
