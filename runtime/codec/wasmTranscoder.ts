// Both transcoders over the WebAssembly interpreter: bytes into its memory, one call, records out. See wasmMemory.ts.
import {cellError} from './cellFault.ts';
import {imageSteps, packetNullBitsOffset, packetSteps, strictNullBits} from './cellStep.ts';
import {createLogHead, setLogHead, type LogHead} from './logHead.ts';
import type {LogTranscoder} from './logTranscoder.ts';
import type {TablePlan} from './plan.ts';
import type {RecordBuffer} from './recordBuffer.ts';
import type {PacketsTranscoder, SnapshotTranscoder} from './snapshotTranscoder.ts';
import type {TableMap} from './tableMap.ts';
import {beginCall, endCall, memoryFor, placeProgram, word, type WasmMemory} from './wasmMemory.ts';
import {wasmProgram, type WasmProgram} from './wasmProgram.ts';

/** The transcoder of a snapshot's rows. */
export function wasmSnapshotTranscoder(plan: TablePlan): SnapshotTranscoder {
  const program = snapshotProgram(plan);
  const placed = placer(program);
  return (input, view, at, end, out, counters) => {
    const {length, records, checksum} = out;
    try {
      const memory = memoryFor(out, end - at + program.roomBytes);
      const address = placed(memory);
      const p = inputPlace(memory, input, at, end);
      const o = beginCall(memory, program, out, counters);
      endCall(memory, out, memory.exports.snapshotRow(address, p, p + end - at, o) >>> 0);
    } catch (error) {
      restore(out, length, records, checksum);
      throw cellError(plan, error);
    }
  };
}

/** The transcoder of a snapshot's packets, which finds the rows by itself. */
export function wasmPacketsTranscoder(plan: TablePlan): PacketsTranscoder {
  const program = snapshotProgram(plan);
  const placed = placer(program);
  return (input, at, end, out, counters) => {
    const {length, records, checksum} = out;
    try {
      const memory = memoryFor(out, windowBytes + program.roomBytes);
      const address = placed(memory);
      const {inputAt, words, window} = memory;
      window.input = null;
      for (;;) {
        const bytes = Math.min(end - at, windowBytes);
        input.copy(memory.bytes, inputAt, at, at + bytes);
        const o = beginCall(memory, program, out, counters);
        const after = memory.exports.snapshotRows(address, inputAt, inputAt + bytes, o);
        endCall(memory, out, after >>> 0);
        const taken = (words[word.taken]! >>> 0) - inputAt;
        at += taken;
        if (taken === 0 || bytes < windowBytes) return at;
      }
    } catch (error) {
      restore(out, length, records, checksum);
      throw cellError(plan, error);
    }
  };
}

function snapshotProgram(plan: TablePlan): WasmProgram {
  const steps = packetSteps(plan);
  const nullBytes = (plan.columns.length + packetNullBitsOffset + 7) >> 3;
  const strict = strictNullBits(
    nullBytes,
    steps.map(({bit, shape}) => ({bit, nullable: shape.nullable})),
  );
  return wasmProgram(steps, strict, false);
}

/** Takes out of `out` what a call that failed has appended. */
function restore(out: RecordBuffer, length: number, records: number, checksum: number): void {
  out.length = length;
  out.records = records;
  out.checksum = checksum;
}

/** The transcoder of row images that follow `map`, which fits the plan. */
export function wasmLogTranscoder(plan: TablePlan, map: TableMap): LogTranscoder {
  const nullBytes = (map.types.length + 7) >> 3;
  const strict = strictNullBits(
    nullBytes,
    map.nullable.map((nullable, bit) => ({bit, nullable})),
  );
  const program = wasmProgram(imageSteps(plan, map), strict, true);
  const placed = placer(program);
  return (input, view, at, end, kind, firstRecordId, utcSeconds, out, counters) => {
    const {length, records, checksum} = out;
    try {
      const memory = memoryFor(out, end - at + program.roomBytes);
      const address = placed(memory);
      placeHead(memory, kind, utcSeconds);
      const {inputAt, words, window} = memory;
      window.input = null;
      input.copy(memory.bytes, inputAt, at, end);
      const o = beginCall(memory, program, out, counters);
      const after = memory.exports.logRows(
        address,
        inputAt,
        inputAt + end - at,
        o,
        kinds[kind],
        firstRecordId,
      );
      endCall(memory, out, after >>> 0);
      return words[word.changes]!;
    } catch (error) {
      restore(out, length, records, checksum);
      throw cellError(plan, error);
    }
  };
}

const kinds = {insert: 0, update: 1, delete: 2} as const;

/** Gives the program's address in a memory; most calls find it where the last one did. */
function placer(program: WasmProgram): (memory: WasmMemory) => number {
  let last: WasmMemory | null = null;
  let generation = 0;
  let address = 0;
  return memory => {
    if (memory === last && memory.generation === generation) return address;
    address = placeProgram(memory, program);
    last = memory;
    ({generation} = memory);
    return address;
  };
}

/** Rows of a snapshot come one by one out of the same chunk of a socket: it is copied once, up to this size. */
const windowBytes = 64 * 1024;

/** Where input[at, end) is in the memory. A caller may write into `input` again once it has given a row before `at`. */
function inputPlace(memory: WasmMemory, input: Buffer, at: number, end: number): number {
  const {window, inputAt} = memory;
  if (input !== window.input || at < window.next || at < window.from || end > window.to) {
    // A packet at the very beginning stands alone: what comes in one chunk has a header before it.
    const to = at === 0 ? end : Math.max(end, Math.min(input.length, at + windowBytes));
    input.copy(memory.bytes, inputAt, at, to);
    window.input = input;
    window.from = at;
    window.to = to;
  }
  window.next = end;
  return inputAt + at - window.from;
}

/** One head serves all tables: it depends on the event alone. */
const heads = new WeakMap<WasmMemory, LogHead>();
let headMemory: WasmMemory | null = null;
let head: LogHead = createLogHead();

function placeHead(memory: WasmMemory, kind: LogHead['kind'], utcSeconds: number): void {
  if (memory !== headMemory) {
    head = heads.get(memory) ?? createLogHead();
    heads.set(memory, head);
    headMemory = memory;
  }
  if (head.kind === kind && head.utcSeconds === utcSeconds) return;
  setLogHead(head, kind, utcSeconds);
  const {words} = memory;
  for (const [at, image] of [
    [word.before, head.before],
    [word.after, head.after],
  ] as const) {
    words.set(image.words, at);
    words[at + 5] = image.bytes;
    words[at + 6] = image.crc;
  }
}
