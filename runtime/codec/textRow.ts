// Rows of the text result protocol to records of `_base`: for servers and proxies that prepare no statements. Each row is
// rewritten as a packet of the binary protocol, then transcoded as one, so that both give the same bytes. Costs the
// server more, and us; nothing else is different. Format: MySQL source, page_protocol_com_query_response_text_resultset.
import {cellError, CellFault} from './cellFault.ts';
import {cellShape, type CellSource} from './cellShape.ts';
import {packetNullBitsOffset} from './cellStep.ts';
import type {Engine} from './engine.ts';
import type {TablePlan} from './plan.ts';
import {
  selectExpressions,
  snapshotTranscoder,
  type SnapshotTranscoder,
} from './snapshotTranscoder.ts';

/** The transcoder for text rows whose columns are those of `textSelectList`; `transcode` takes the packets they become. */
export function textTranscoder(
  plan: TablePlan,
  engine?: Engine,
  transcode: SnapshotTranscoder = snapshotTranscoder(plan, engine),
): SnapshotTranscoder {
  const sources = plan.columns.map(column => cellShape(column, 0, true).source);
  const headBytes = 1 + ((sources.length + packetNullBitsOffset + 7) >> 3);
  let packet = Buffer.allocUnsafeSlow(4096);
  let view = viewOf(packet);

  return (input, _view, at, end, out, counters) => {
    const needed = headBytes + end - at + sources.length * fixedBytesMax;
    if (needed > packet.length) {
      packet = Buffer.allocUnsafeSlow(2 * needed);
      view = viewOf(packet);
    }
    let slot = 0;
    let o = headBytes;
    try {
      packet.fill(0, 0, headBytes);
      for (; slot < sources.length; slot++) {
        if (at >= end) throw new CellFault('malformed', slot, 'it ends before its last cell');
        if (input[at] === nullByte) {
          const bit = slot + packetNullBitsOffset;
          packet[1 + (bit >> 3)]! |= 1 << (bit & 7);
          at++;
          continue;
        }
        const start = at + lengthBytes(input[at]!);
        const stop = start + lengthAt(input, at, end);
        if (stop > end)
          throw new CellFault(
            'malformed',
            slot,
            `${stop - start} bytes where ${end - start} are left`,
          );
        o = writeCell(sources[slot]!, slot, input, at, start, stop, packet, o);
        at = stop;
      }
      if (at !== end) throw new CellFault('malformed', -1, `${end - at} bytes after its last cell`);
    } catch (error) {
      throw cellError(plan, error);
    }
    transcode(packet, view, 0, o, out, counters);
  };
}

/**
 * The SELECT expressions for the text protocol, in the order of the plan. FLOAT is printed with six digits, and
 * FLOAT(m,d) with d decimals; as the product of a double they are printed so that they read back the same.
 */
export function textSelectList(plan: TablePlan): string {
  return selectExpressions(plan)
    .map((expression, slot) => {
      const {dataType} = plan.columns[slot]!.source;
      return dataType === 'float' || dataType === 'double' ? `(${expression})*1e0` : expression;
    })
    .join(', ');
}

const nullByte = 251;

/** The longest cell that is not copied: a time or date with its length. */
const fixedBytesMax = 13;

/** Writes the text input[start, stop), whose length prefix is at `at`, as a cell of the binary protocol. */
function writeCell(
  source: CellSource,
  slot: number,
  input: Buffer,
  at: number,
  start: number,
  stop: number,
  packet: Buffer,
  o: number,
): number {
  switch (source.kind) {
    case 'integer':
      return writeWhole(input, slot, start, stop, packet, o, source.bytes === 3 ? 4 : source.bytes);
    case 'year':
      return writeWhole(input, slot, start, stop, packet, o, 2);
    case 'float':
      return packet.writeFloatLE(numberOf(input, slot, start, stop), o);
    case 'double':
      return packet.writeDoubleLE(numberOf(input, slot, start, stop), o);
    case 'date':
    case 'datetime':
    case 'timestamp':
      return writeDate(input, slot, start, stop, packet, o);
    case 'time':
      return writeTime(input, slot, start, stop, packet, o);
    default:
      // Both protocols have the same bytes with the same length before them.
      input.copy(packet, o, at, stop);
      return o + stop - at;
  }
}

function writeWhole(
  input: Buffer,
  slot: number,
  start: number,
  stop: number,
  packet: Buffer,
  o: number,
  bytes: number,
): number {
  if (stop - start > digitsExact) {
    const value = BigInt.asUintN(64, BigInt(input.toString('latin1', start, stop)));
    packet.writeBigUInt64LE(value, o);
    return o + bytes;
  }
  const negative = input[start] === minus;
  const size = digits(input, slot, negative ? start + 1 : start, stop);
  const value = negative ? -size : size;
  packet.writeInt32LE(value | 0, o);
  packet.writeInt32LE(Math.floor(value / 2 ** 32) | 0, o + 4);
  return o + bytes;
}

/** A sign and 15 digits are exact in a double. */
const digitsExact = 15;
const minus = 45;

function digits(input: Buffer, slot: number, start: number, stop: number): number {
  let value = 0;
  for (let at = start; at < stop; at++) {
    const digit = input[at]! - 48;
    if (digit < 0 || digit > 9) throw notRead(input, slot, start, stop);
    value = value * 10 + digit;
  }
  if (start >= stop) throw notRead(input, slot, start, stop);
  return value;
}

function numberOf(input: Buffer, slot: number, start: number, stop: number): number {
  const value = Number(input.toString('latin1', start, stop));
  if (Number.isNaN(value) || start === stop) throw notRead(input, slot, start, stop);
  return value;
}

/** `2026-11-22`, or with ` 18:04:05` and a fraction. */
function writeDate(
  input: Buffer,
  slot: number,
  start: number,
  stop: number,
  packet: Buffer,
  o: number,
): number {
  if (stop - start < 10) throw notRead(input, slot, start, stop);
  packet[o] = 11;
  packet.writeUInt16LE(digits(input, slot, start, start + 4), o + 1);
  packet[o + 3] = digits(input, slot, start + 5, start + 7);
  packet[o + 4] = digits(input, slot, start + 8, start + 10);
  packet.fill(0, o + 5, o + 12);
  if (stop - start > 10) writeClock(input, slot, start + 11, stop, packet, o + 5);
  return o + 12;
}

/** `-838:59:59.000000`. */
function writeTime(
  input: Buffer,
  slot: number,
  start: number,
  stop: number,
  packet: Buffer,
  o: number,
): number {
  packet[o] = 12;
  packet[o + 1] = input[start] === minus ? 1 : 0;
  if (input[start] === minus) start++;
  const colon = input.indexOf(colonByte, start);
  if (colon < 0 || colon >= stop) throw notRead(input, slot, start, stop);
  const hours = digits(input, slot, start, colon);
  packet.writeUInt32LE(Math.floor(hours / 24), o + 2);
  // The hours of the clock are read again as two digits below a day.
  writeClock(input, slot, colon - 2, stop, packet, o + 6);
  packet[o + 6] = hours % 24;
  return o + 13;
}

const colonByte = 58;

/** `18:04:05.12` as hours, minutes, seconds and microseconds: seven bytes. */
function writeClock(
  input: Buffer,
  slot: number,
  start: number,
  stop: number,
  packet: Buffer,
  o: number,
): void {
  if (stop - start < 8) throw notRead(input, slot, start, stop);
  packet[o] = digits(input, slot, start, start + 2);
  packet[o + 1] = digits(input, slot, start + 3, start + 5);
  packet[o + 2] = digits(input, slot, start + 6, start + 8);
  const places = stop - start - 9;
  const fraction = places > 0 ? digits(input, slot, start + 9, stop) * 10 ** (6 - places) : 0;
  packet.writeUInt32LE(fraction, o + 3);
}

function notRead(input: Buffer, slot: number, start: number, stop: number): CellFault {
  const text = input.toString('latin1', start, Math.min(stop, start + 40));
  return new CellFault('malformed', slot, `the text ${JSON.stringify(text)}`);
}

function lengthBytes(first: number): number {
  return first < 251 ? 1 : first === 252 ? 3 : first === 253 ? 4 : 9;
}

function lengthAt(input: Buffer, at: number, end: number): number {
  const first = input[at]!;
  if (first < 251) return first;
  if (first === 255 || at + lengthBytes(first) > end)
    throw new CellFault('malformed', -1, `length byte ${first}`);
  if (first === 252) return input.readUInt16LE(at + 1);
  return first === 253 ? input.readUIntLE(at + 1, 3) : Number(input.readBigUInt64LE(at + 1));
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
