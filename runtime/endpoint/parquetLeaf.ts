// One leaf column of a Parquet row group while it grows: its levels (which cells are null, where lists begin) and its values
// in PLAIN encoding. Format: Apache Parquet, "Nested Encoding" and "Plain"; level runs in the RLE / bit-packing hybrid.

/** Parquet physical types, by their number in the format. */
export const physicalTypes = {
  boolean: 0,
  int32: 1,
  int64: 2,
  float: 4,
  double: 5,
  bytes: 6,
  fixed16: 7,
} as const;
export type Physical = keyof typeof physicalTypes;

const valueBytes: Record<Physical, number> = {
  boolean: 1,
  int32: 4,
  int64: 8,
  float: 4,
  double: 8,
  bytes: 0,
  fixed16: 16,
};

export interface Leaf {
  path: string[];
  physical: Physical;
  /** Levels of a value that is there. */
  defMax: number;
  repMax: number;
  /** Repetition level of the next cell; a list's first element takes its list's. */
  nextRep: number;
  /** Of the cells that are there, and `defMax` beyond them in a leaf outside lists (fastRecords.ts counts on it). */
  defs: Uint8Array;
  reps: Uint8Array;
  /** Cells, nulls included. */
  levels: number;
  /** Cells below defMax: nulls, and empty lists. */
  absent: number;
  bytes: Uint8Array;
  /** The same memory as `bytes`. */
  words: Int32Array;
  view: DataView;
  length: number;
  mark: {levels: number; absent: number; length: number};
}

/** An empty leaf. */
export function createLeaf(
  path: string[],
  physical: Physical,
  defMax: number,
  repMax: number,
): Leaf {
  const bytes = new Uint8Array(8 * 1024);
  return {
    path,
    physical,
    defMax,
    repMax,
    nextRep: 0,
    defs: new Uint8Array(1024).fill(defMax),
    reps: repMax === 0 ? new Uint8Array(0) : new Uint8Array(1024),
    levels: 0,
    absent: 0,
    bytes,
    words: new Int32Array(bytes.buffer),
    view: new DataView(bytes.buffer),
    length: 0,
    mark: {levels: 0, absent: 0, length: 0},
  };
}

/** Notes where the leaf stands before a row, for `rollBack`. */
export function markLeaf(leaf: Leaf): void {
  const {mark} = leaf;
  mark.levels = leaf.levels;
  mark.absent = leaf.absent;
  mark.length = leaf.length;
}

/** Takes back everything since the mark. */
export function rollBack(leaf: Leaf): void {
  const {mark} = leaf;
  leaf.defs.fill(leaf.defMax, mark.levels, leaf.levels);
  leaf.levels = mark.levels;
  leaf.absent = mark.absent;
  leaf.length = mark.length;
  leaf.nextRep = 0;
}

/** Empties the leaf for the next row group. */
export function resetLeaf(leaf: Leaf): void {
  if (leaf.absent > 0) leaf.defs.fill(leaf.defMax, 0, leaf.levels);
  leaf.levels = 0;
  leaf.absent = 0;
  leaf.length = 0;
  leaf.nextRep = 0;
  markLeaf(leaf);
}

/** Adds a cell without a value: null at `def`. */
export function addAbsent(leaf: Leaf, def: number): void {
  addLevel(leaf, def);
  leaf.absent++;
}

/** Adds the level of a value; the value itself follows. */
export function addPresent(leaf: Leaf): void {
  addLevel(leaf, leaf.defMax);
}

function addLevel(leaf: Leaf, def: number): void {
  if (leaf.levels === leaf.defs.length) growDefs(leaf, leaf.levels * 2);
  leaf.defs[leaf.levels] = def;
  if (leaf.repMax > 0) {
    if (leaf.levels === leaf.reps.length) leaf.reps = grown(leaf.reps, leaf.levels * 2);
    leaf.reps[leaf.levels] = leaf.nextRep;
    leaf.nextRep = leaf.repMax;
  }
  leaf.levels++;
}

/**
 * Makes room in `leaves`, which hold `rows` cells each and stand outside lists, for more; how many they can hold then.
 * Values of a fixed length find room too, texts do not.
 */
export function growRows(leaves: readonly Leaf[], rows: number): number {
  const {length} = leaves[0]!.defs;
  const room = rows < length ? length : length * 2;
  for (const leaf of leaves) {
    if (leaf.defs.length < room) growDefs(leaf, room);
    reserveBytes(leaf, valueBytes[leaf.physical] * room);
  }
  return room;
}

function growDefs(leaf: Leaf, rows: number): void {
  const {length} = leaf.defs;
  leaf.defs = grown(leaf.defs, rows).fill(leaf.defMax, length);
}

/** Makes room for `more` bytes of values. */
export function reserveLeaf(leaf: Leaf, more: number): void {
  reserveBytes(leaf, leaf.length + more);
}

function reserveBytes(leaf: Leaf, needed: number): void {
  if (needed <= leaf.bytes.length) return;
  // A multiple of eight, so that the words view covers it whole.
  leaf.bytes = grown(leaf.bytes, Math.max((needed + 7) & ~7, leaf.bytes.length * 2));
  leaf.words = new Int32Array(leaf.bytes.buffer);
  leaf.view = new DataView(leaf.bytes.buffer);
}

/** The data page of the row group in parts: repetition levels, definition levels, values (the leaf's own bytes). */
export function pageOf(leaf: Leaf): Uint8Array[] {
  const parts: Uint8Array[] = [];
  if (leaf.repMax > 0) parts.push(...levelRun(leaf.reps, leaf.levels, leaf.repMax, false));
  if (leaf.defMax > 0) {
    const same = leaf.absent === 0 || (leaf.absent === leaf.levels && leaf.defMax === 1);
    parts.push(...levelRun(leaf.defs, leaf.levels, leaf.defMax, same));
  }
  parts.push(leaf.physical === 'boolean' ? packBits(leaf) : leaf.bytes.subarray(0, leaf.length));
  return parts;
}

/** Bytes that this leaf's page will roughly take. */
export function leafBytes(leaf: Leaf): number {
  return leaf.length + leaf.levels;
}

/** Number of values that are there. */
export function valueCount(leaf: Leaf): number {
  return valueBytes[leaf.physical] === 0
    ? leaf.levels - leaf.absent
    : leaf.length / valueBytes[leaf.physical];
}

/** Levels as one run: repeated when all are the same, else bit-packed. Four bytes of length first. */
function levelRun(levels: Uint8Array, count: number, max: number, same: boolean): Uint8Array[] {
  const width = 32 - Math.clz32(max);
  const run = same
    ? Uint8Array.of(...varint(count * 2), count === 0 ? 0 : levels[0]!)
    : packLevels(levels, count, width);
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32LE(run.length);
  return [length, run];
}

function packLevels(levels: Uint8Array, count: number, width: number): Uint8Array {
  const groups = (count + 7) >> 3;
  const header = varint(groups * 2 + 1);
  const packed = new Uint8Array(header.length + groups * width);
  packed.set(header);
  let bit = header.length * 8;
  for (let i = 0; i < count; i++) {
    const at = bit >> 3;
    const shifted = levels[i]! << (bit & 7);
    packed[at]! |= shifted;
    if (shifted > 255) packed[at + 1]! |= shifted >> 8;
    bit += width;
  }
  return packed;
}

function packBits(leaf: Leaf): Uint8Array {
  const packed = new Uint8Array((leaf.length + 7) >> 3);
  for (let i = 0; i < leaf.length; i++) packed[i >> 3]! |= leaf.bytes[i]! << (i & 7);
  return packed;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

function grown(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}
