// Rows of the full load with keyed hashes in them: the server gives the texts, since the key must not reach it, and they
// are hashed here before the row is transcoded.
// Format: MySQL source, page_protocol_binary_resultset.html.
import type {ColumnPlan, TablePlan} from '../codec/plan.ts';
import type {SnapshotTranscoder} from '../codec/snapshotTranscoder.ts';
import {hashText, keyOf, type HashKeys} from './rewriteImage.ts';
import {take, type ImageOut} from './setCell.ts';

/** `transcode` for rows whose texts are hashed before; itself where the plan hashes nothing. */
export function hashSnapshot(
  plan: TablePlan,
  keys: HashKeys,
  transcode: SnapshotTranscoder,
): SnapshotTranscoder {
  const cells = plan.columns.map(column => ({
    bytes: fixedBytes(column),
    key: column.hash === undefined ? null : keyOf(keys, column.hash),
  }));
  if (cells.every(({key}) => key === null)) return transcode;
  const out: ImageOut = {bytes: Buffer.alloc(0), view: new DataView(new ArrayBuffer(0)), length: 0};
  const nullBytes = (cells.length + 9) >> 3;
  return (input, _, at, end, records, counters) => {
    out.length = 0;
    const nulls = at + 1;
    let copied = at;
    let p = nulls + nullBytes;
    for (let i = 0; i < cells.length; i++) {
      const bit = i + 2;
      if ((input[nulls + (bit >> 3)]! & (1 << (bit & 7))) !== 0) continue;
      const {bytes, key} = cells[i]!;
      if (bytes > 0) {
        p += bytes;
        continue;
      }
      const length = lengthAt(input, p);
      const start = p + prefixBytes(input[p]!);
      if (key !== null) {
        append(out, input, copied, p);
        const hex = hashText(input.subarray(start, start + length), key);
        const to = take(out, 1 + hex.length);
        out.bytes[to] = hex.length;
        out.bytes.write(hex, to + 1, 'latin1');
        copied = start + length;
      }
      p = start + length;
    }
    append(out, input, copied, end);
    transcode(out.bytes, out.view, 0, out.length, records, counters);
  };
}

function append(out: ImageOut, input: Buffer, from: number, to: number): void {
  const at = take(out, to - from);
  input.copy(out.bytes, at, from, to);
}

/** Bytes of cells that have one length; 0 for those that begin with it. */
function fixedBytes({source}: ColumnPlan): number {
  switch (source.dataType) {
    case 'tinyint':
      return 1;
    case 'smallint':
    case 'year':
      return 2;
    case 'mediumint':
    case 'int':
    case 'float':
      return 4;
    case 'bigint':
    case 'double':
      return 8;
    default:
      return 0;
  }
}

/** Dates and times begin with one byte, texts with one, three, four or nine. */
function prefixBytes(first: number): number {
  return first < 251 ? 1 : first === 252 ? 3 : first === 253 ? 4 : 9;
}

function lengthAt(input: Buffer, p: number): number {
  const first = input[p]!;
  if (first < 251) return first;
  if (first === 252) return input.readUInt16LE(p + 1);
  return first === 253 ? input.readUIntLE(p + 1, 3) : input.readUIntLE(p + 1, 6);
}
