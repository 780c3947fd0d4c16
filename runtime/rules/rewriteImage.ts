// One row image with the cells of transformed columns in it: what is not named is copied as it stands.
import {createHmac} from 'node:crypto';
import {must} from '../base/assert.ts';
import type {TablePlan} from '../codec/plan.ts';
import type {ImageRow} from './imageRow.ts';
import {take, type ImageOut, type SetCell} from './setCell.ts';
import type {PlannedSet} from './transformPlan.ts';
import {asText} from './unify.ts';
import type {Context, Read} from './value.ts';

/** Keys of hashes, by name; null where only the name is known, in a preview. */
export type HashKeys = ReadonlyMap<string, string | null>;

/** Appends the image input[at, end) of `row` to `out`; `marks` hold where each replaced cell begins and ends. */
export type RewriteImage = (
  row: ImageRow,
  marks: Int32Array,
  at: number,
  end: number,
  out: ImageOut,
) => void;

interface CellWriter {
  /** Writes the cell; false for NULL. */
  write: (row: ImageRow, out: ImageOut) => boolean;
  /** Its bit in the null bitmap. */
  byte: number;
  bit: number;
}

/** The rewriting of images of `plan`'s source with `sets`, those that replace a column first and in its order. */
export function rewriteImage(
  plan: TablePlan,
  sets: readonly PlannedSet[],
  context: Context,
  keys: HashKeys,
): RewriteImage {
  const columns = plan.source.columns.length;
  let added = 0;
  const writers = sets.map(({index, value, cell, set}): CellWriter => {
    const place = index === -1 ? columns + added++ : index;
    const {hash} = set;
    const read =
      hash === null
        ? value.compile(context)
        : hashed(asText(value).compile(context), keyOf(keys, hash));
    const direct = hash === null ? value.writeCell?.(context) : undefined;
    return {
      write: direct ?? written(read, cell),
      byte: place >> 3,
      bit: 1 << (place & 7),
    };
  });
  const nullBytes = (columns + 7) >> 3;
  const nullBytesAfter = (columns + added + 7) >> 3;
  const replaced = writers.length - added;
  return (row, marks, at, end, out) => {
    const {input} = row;
    const nulls = take(out, nullBytesAfter);
    out.bytes.fill(0, nulls + nullBytes, nulls + nullBytesAfter);
    copy(input, at, at + nullBytes, out.bytes, nulls);
    let from = at + nullBytes;
    for (let i = 0; i < writers.length; i++) {
      const {write, byte, bit} = writers[i]!;
      const to = i < replaced ? marks[2 * i]! : end;
      if (to > from) append(input, from, to, out);
      from = i < replaced ? marks[2 * i + 1]! : end;
      const isValue = write(row, out);
      if (isValue) out.bytes[nulls + byte]! &= ~bit;
      else out.bytes[nulls + byte]! |= bit;
    }
    if (end > from) append(input, from, end, out);
  };
}

function written(read: Read<bigint | string>, {write}: SetCell): CellWriter['write'] {
  return (row, out) => {
    const value = read(row);
    if (value === null) return false;
    write(value, out);
    return true;
  };
}

function append(input: Buffer, from: number, to: number, out: ImageOut): void {
  const at = take(out, to - from);
  // Only now: making room may have moved the bytes.
  copy(input, from, to, out.bytes, at);
}

/** A call costs more than a few bytes do. */
function copy(input: Buffer, from: number, to: number, target: Buffer, at: number): void {
  if (to - from > 48) input.copy(target, at, from, to);
  else while (from < to) target[at++] = input[from++]!;
}

/** The key of this name; a runtime has them all. */
export function keyOf(keys: HashKeys, name: string): string {
  return must(keys.get(name) ?? null, `the key ${name} is known where rows are`);
}

function hashed(read: Read<string>, key: string): Read<string> {
  return row => {
    const text = read(row);
    return text === null ? null : hashText(text, key);
  };
}

/** HMAC-SHA256 of a text, in lower-case hex. */
export function hashText(text: string | Buffer, key: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}
