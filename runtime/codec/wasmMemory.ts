// The memory that JavaScript and the WebAssembly interpreter (wasm/) share, and what the interpreter asks of JavaScript.
// A memory never grows, so that no view is ever detached: input that does not fit the usual one gets a larger one.
//
// Layout: tables, state, places (64 KiB; wasm/memory.ts) | programs | input | staged output | arena.
// Records are written straight into a record buffer that lies in the arena; for any other, they are staged and copied.
import {assert, must} from '../base/assert.ts';
import {KiB, MiB} from '../base/sizes.ts';
import {CellFault} from './cellFault.ts';
import {fieldBytesMax, outside, results, writeScratch, zeroDate} from './cellKit.ts';
import type {Counters} from './counters.ts';
import {makeCrcTables} from './crc32c.ts';
import {idTables} from './logHead.ts';
import {reserve, type RecordBuffer} from './recordBuffer.ts';
import {webAssembly} from './webAssembly.ts';
import {wasmBase64} from './wasmModule.ts';
import type {WasmProgram} from './wasmProgram.ts';

export interface WasmMemory {
  buffer: ArrayBuffer;
  bytes: Buffer;
  view: DataView;
  /** The state, as words; indexes are `word`. */
  words: Int32Array;
  inputAt: number;
  inputBytes: number;
  stageAt: number;
  stageEnd: number;
  arenaAt: number;
  /** Changes when all programs are dropped. */
  generation: number;
  programsEnd: number;
  /** The bytes of a caller's buffer that are at `inputAt`: window.input[from, to). Those before `next` may be stale. */
  window: {input: Buffer | null; from: number; to: number; next: number};
  exports: {
    logRows(
      program: number,
      p: number,
      end: number,
      o: number,
      kind: number,
      firstRecordId: number,
    ): number;
    snapshotRow(program: number, p: number, end: number, o: number): number;
    snapshotRows(program: number, p: number, end: number, o: number): number;
  };
  call: Call;
}

/** What the running call works on. */
interface Call {
  program: WasmProgram | null;
  out: RecordBuffer | null;
  counters: Counters | null;
  /** Whether records are staged; otherwise they are written where `out` is. */
  staged: boolean;
  /** Where `out` is in the memory, unless records are staged. */
  place: number;
}

/** Indexes into `words`. */
export const word = {
  crc: 0,
  records: 1,
  checksum: 2,
  limit: 3,
  changes: 4,
  taken: 5,
  before: 16,
  after: 24,
};

const idTablesAt = 16 * KiB;
const stateAt = 24 * KiB;
const programsAt = 64 * KiB;
const programsBytes = 1 * MiB;
/** Rows longer than this are rare enough for a memory of their own. */
const inputBytesUsual = 1 * MiB;
const inputBytesStep = 16 * MiB;
/** Room of records beyond a copy of their rows, and reads past the end of damaged rows. */
const slackBytes = 1 * MiB;

let compiled: object | null = null;
let usual: WasmMemory | null = null;
let large: WasmMemory | null = null;
let near: WasmMemory | null = null;
/** The buffer that was last looked up, and its place in `near`. */
let lookedAt: Buffer | null = null;
let lookedPlace = -1;

/** The memory for a call whose rows and records take `bytesNeeded`, and whose records go to `out`. */
export function memoryFor(out: RecordBuffer, bytesNeeded: number): WasmMemory {
  if (bytesNeeded <= inputBytesUsual) {
    if (nearPlace(out) >= 0) return near!;
    return (usual ??= createMemory(inputBytesUsual, 0));
  }
  if (large === null || large.inputBytes < bytesNeeded)
    large = createMemory(Math.ceil(bytesNeeded / inputBytesStep) * inputBytesStep, 0);
  return large;
}

/**
 * Buffers for record buffers of this thread, into which its transcoders write without a copy. Asked for once a thread;
 * afterwards, and without WebAssembly, they are ordinary ones. Memory is taken as it is used.
 */
export function nearBuffers(count: number, bytes: number): Buffer[] {
  if (near !== null || webAssembly === null)
    return Array.from({length: count}, () => Buffer.allocUnsafeSlow(bytes));
  const {buffer, arenaAt} = (near = createMemory(inputBytesUsual, count * bytes));
  return Array.from({length: count}, (_, i) => Buffer.from(buffer, arenaAt + i * bytes, bytes));
}

/** Where records of `out` are written in place in `near`; -1 when they are not. */
function nearPlace(out: RecordBuffer): number {
  if (out.bytes !== lookedAt) {
    lookedAt = out.bytes;
    lookedPlace = near !== null && lookedAt.buffer === near.buffer ? lookedAt.byteOffset : -1;
  }
  return lookedPlace;
}

/** The address of `program` in `memory`, copied there. */
export function placeProgram(memory: WasmMemory, {bytes}: WasmProgram): number {
  assert(bytes.length <= programsBytes, 'a program fits its region');
  if (memory.programsEnd + bytes.length > programsAt + programsBytes) {
    memory.programsEnd = programsAt;
    memory.generation++;
  }
  const at = memory.programsEnd;
  memory.bytes.set(bytes, at);
  memory.programsEnd = (at + bytes.length + 7) & ~7;
  return at;
}

/** Begins a call; returns where records are written. */
export function beginCall(
  memory: WasmMemory,
  program: WasmProgram,
  out: RecordBuffer,
  counters: Counters,
): number {
  const {call, words} = memory;
  call.program = program;
  call.out = out;
  call.counters = counters;
  words[word.records] = out.records;
  words[word.checksum] = out.checksum;
  const place = memory === near ? nearPlace(out) : -1;
  call.staged = place < 0;
  call.place = place;
  if (call.staged) {
    words[word.limit] = memory.stageEnd;
    return memory.stageAt;
  }
  words[word.limit] = place + out.bytes.length;
  return place + out.length;
}

/** Ends a call whose records end at `o`. */
export function endCall(memory: WasmMemory, out: RecordBuffer, o: number): void {
  takeRecords(memory, out, o);
  out.records = memory.words[word.records]!;
  out.checksum = memory.words[word.checksum]!;
}

function takeRecords(memory: WasmMemory, out: RecordBuffer, o: number): void {
  if (!memory.call.staged) {
    out.length = o - memory.call.place;
    return;
  }
  const bytes = o - memory.stageAt;
  reserve(out, bytes);
  memory.bytes.copy(out.bytes, out.length, memory.stageAt, o);
  out.length += bytes;
}

function createMemory(inputBytes: number, arenaBytes: number): WasmMemory {
  const {Module, Instance, Memory} = must(webAssembly, 'this engine is used where it can run');
  compiled ??= new Module(Buffer.from(wasmBase64, 'base64'));
  const inputAt = programsAt + programsBytes;
  const stageAt = inputAt + inputBytes + slackBytes;
  const stageEnd = stageAt + inputBytes + slackBytes;
  const arenaAt = stageEnd + slackBytes;
  const pages = Math.ceil((arenaAt + arenaBytes) / (64 * KiB));
  const shared = new Memory({initial: pages, maximum: pages});
  const {buffer} = shared;
  const bytes = Buffer.from(buffer);
  const call: Call = {program: null, out: null, counters: null, staged: true, place: -1};
  const memory: WasmMemory = {
    buffer,
    bytes,
    view: new DataView(buffer),
    words: new Int32Array(buffer, stateAt, 64),
    inputAt,
    inputBytes,
    stageAt,
    stageEnd,
    arenaAt,
    generation: 0,
    programsEnd: programsAt,
    window: {input: null, from: 0, to: 0, next: 0},
    exports: null as never,
    call,
  };
  const env = {memory: shared, ...callsOf(memory)};
  const instance = new Instance(compiled, {env});
  memory.exports = instance.exports as unknown as WasmMemory['exports'];
  makeCrcTables(16).forEach((table, k) => new Int32Array(buffer, k * 1024, 256).set(table));
  idTables.forEach((table, k) => new Int32Array(buffer, idTablesAt + k * 1024, 256).set(table));
  return memory;
}

/** What the interpreter calls (wasm/outside.ts). */
function callsOf(memory: WasmMemory) {
  const {call, words} = memory;
  /** Hands what was written to `out`; from here on records are staged. The stage holds any row with its slack. */
  const spill = (o: number, out: RecordBuffer, bytes: number): number => {
    takeRecords(memory, out, o);
    reserve(out, bytes);
    call.staged = true;
    words[word.limit] = memory.stageEnd;
    return memory.stageAt;
  };
  return {
    makeRoom: (o: number, bytes: number): number => spill(o >>> 0, call.out!, bytes),
    convert: (slot: number, p: number, n: number, o: number, crc: number, rest: number): number => {
      const {field, convert} = call.program!.columns[slot]!;
      // Addresses come signed.
      const from = p >>> 0;
      o >>>= 0;
      const length = convert!(memory.bytes, from, from + (n >>> 0), call.counters!);
      words[word.crc] = crc;
      if (length < 0) return o;
      const bytes = length + fieldBytesMax;
      if (o + bytes + call.program!.roomBytes + rest <= words[word.limit]! >>> 0) {
        o = writeScratch(memory.bytes, o, crc, field, length);
      } else {
        const out = call.out!;
        o = spill(o, out, bytes);
        out.length = writeScratch(out.bytes, out.length, crc, field, length);
      }
      words[word.crc] = results[1]!;
      return o;
    },
    zeroDate: (
      slot: number,
      year: number,
      month: number,
      day: number,
      sec: number,
      us: number,
    ): void => {
      const {context, fractionDigits} = call.program!.columns[slot]!;
      if (context.policies.zeroDate === 'stop')
        zeroDate(slot, year, month, day, sec >>> 0, us >>> 0, fractionDigits);
      call.counters!.zeroDates[slot]!++;
    },
    outside,
    fault: (kind: number, slot: number, a: number, b: number): never => {
      throw new CellFault('malformed', slot, faults[kind]!(a >>> 0, b));
    },
  };
}

/** What the interpreter refuses, by number. */
const faults: readonly ((a: number, b: number) => string)[] = [
  (a, b) => `${a} bytes where ${b} are left`,
  a => `length byte ${a}`,
  a => `a date of ${a} bytes`,
  a => `a time of ${a} bytes`,
  a => `label number ${a}`,
  (a, b) => `${a} bytes of BINARY(${b})`,
  a => `a vector of ${a} bytes`,
  () => 'NULL in a column that is NOT NULL',
  a => `a row ends ${a} bytes too late`,
  (a, b) => `the row has ${a} bytes, not ${b}`,
  () => 'an update without its after image',
];
