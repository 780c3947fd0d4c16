// AssemblyScript. What JavaScript does for this module (wasmMemory.ts): rare cells, faults, policies, room.

/** Writes the n bytes at p as the field of column `slot`, converted by it; `rest` bytes of the row come after. Returns the new o; the register is in the state. */
@external("env", "convert")
export declare function convert(
  slot: i32,
  p: usize,
  n: u32,
  o: usize,
  crc: u32,
  rest: i32,
): usize;

/** Throws the fault number `kind` of wasmMemory.ts. */
@external("env", "fault")
export declare function fault(kind: i32, slot: i32, a: i32, b: i32): void;

/** Throws: the number lo, hi does not fit the target. */
@external("env", "outside")
export declare function outside(slot: i32, lo: i32, hi: i32): void;

/** Counts a zero, partial or impossible date, or throws, by the column's policy. */
@external("env", "zeroDate")
export declare function zeroDate(
  slot: i32,
  year: i32,
  month: i32,
  day: i32,
  sec: u32,
  us: u32,
): void;

/** Makes room for `bytes` more bytes; returns where to write on. The limit in the state moves too. */
@external("env", "makeRoom")
export declare function makeRoom(o: usize, bytes: u32): usize;
