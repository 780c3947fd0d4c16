// The steps of a table as instructions for the WebAssembly interpreter (wasm/rows.ts), and what JavaScript does for it:
// rare cells are converted by the same functions that generated code calls. Made once per table version.
// An instruction is 48 bytes: op, field, slot, target, four numbers, null byte, null mask (words), key (2 bytes), its length.
import {digitGroups} from './decimalCode.ts';
import {CellFault} from './cellFault.ts';
import {contextOf, roomBytesOf} from './cellContext.ts';
import type {CellShape} from './cellShape.ts';
import type {CellStep} from './cellStep.ts';
import {charsetOf} from './charset.ts';
import type {Counters} from './counters.ts';
import {geoJson} from './geoJson.ts';
import {jsonText} from './jsonText.ts';
import {fixedBytes} from './logCell.ts';
import {
  bounded,
  copyText,
  hexText,
  padded,
  scratchHex,
  setText,
  slowText,
  type CellContext,
} from './textCell.ts';

/** Puts the value of input[from, to) into the scratch buffer; returns its bytes, or -1 for NULL. */
export type Convert = (input: Buffer, from: number, to: number, counters: Counters) => number;

export interface WasmProgram {
  bytes: Uint8Array;
  /** Bytes that a record can take beyond a copy of its row. */
  roomBytes: number;
  /** By slot. */
  columns: (WasmColumn | undefined)[];
}

export interface WasmColumn {
  field: number;
  context: CellContext;
  convert: Convert | null;
  fractionDigits: number;
}

/** The program for `steps`; `strictNulls` has the null bits that no row may set. */
export function wasmProgram(
  steps: readonly CellStep[],
  strictNulls: Uint8Array,
  isImage: boolean,
): WasmProgram {
  const columns: (WasmColumn | undefined)[] = [];
  const labels: Labels = {tables: [], bytes: 0};
  const instructionsAt = (headBytes + strictNulls.length + 7) & ~7;
  const labelsAt = instructionsAt + (steps.length + 1) * instructionBytes;
  const head = Buffer.alloc(labelsAt);
  const roomBytes = roomBytesOf(steps.map(step => step.shape)) + beyondBytes;
  head.writeUInt32LE(strictNulls.length, 0);
  head.writeUInt32LE(roomBytes, 4);
  head.writeUInt32LE(instructionsAt, 8);
  head.set(strictNulls, headBytes);
  steps.forEach((step, i) => {
    const at = instructionsAt + i * instructionBytes;
    const context = step.what === 'write' ? contextOf(step.slot, step.shape) : null;
    const made = instruction(step, isImage, context, labels, labelsAt - at);
    if (context !== null) {
      const {source} = step.shape;
      const fractionDigits = 'fractionDigits' in source ? source.fractionDigits : -1;
      const {field} = step;
      columns[step.slot] = {field, context, convert: made.convert ?? null, fractionDigits};
    }
    writeInstruction(head, at, step, made);
  });
  return {bytes: Buffer.concat([head, ...labels.tables]), roomBytes, columns};
}

const headBytes = 16;
/** Cells are written up to this much beyond their end: whole vectors (wasm/fields.ts). */
const beyondBytes = 16;
const instructionBytes = 48;

interface Instruction {
  op: number;
  target?: number;
  numbers?: number[];
  wire?: number;
  convert?: Convert;
}

/** ENUM labels behind the instructions: a table of distances and lengths each, then the bytes. */
interface Labels {
  tables: Uint8Array[];
  bytes: number;
}

/** Beyond this in one table, labels are looked up by JavaScript: programs share one mebibyte. */
const labelBytesMax = 64 * 1024;

const wire = {varint: 0, eight: 1, bytes: 2, four: 5} as const;

/** Operations of wasm/rows.ts. */
const op = {
  year: 10,
  eight: 11,
  four: 12,
  widened: 13,
  packetDate: 14,
  packetTime: 15,
  imageDate: 16,
  imageDatetime: 17,
  imageTimestamp: 18,
  imageTime: 19,
  decimal: 20,
  text: 21,
  plain: 22,
  converted: 23,
  bits: 24,
  padded: 25,
  floats: 26,
  label: 27,
  mark: 28,
  jump: 29,
  skip: 30,
} as const;

function writeInstruction(into: Buffer, at: number, step: CellStep, made: Instruction): void {
  const {op: code, target = 0, numbers = [], wire: wireType = 0} = made;
  [code, step.field, step.slot, target, ...numbers].forEach((word, i) =>
    into.writeInt32LE(word, at + 4 * i),
  );
  into.writeInt32LE(step.bit >> 3, at + 32);
  into.writeInt32LE(step.shape.nullable ? 1 << (step.bit & 7) : 0, at + 36);
  const key = step.field * 8 + wireType;
  const isShort = key < 128;
  into.writeUInt16LE(isShort ? key : (key & 127) | 128 | ((key >> 7) << 8), at + 40);
  into[at + 42] = isShort ? 1 : 2;
}

function instruction(
  step: CellStep,
  isImage: boolean,
  context: CellContext | null,
  labels: Labels,
  toLabels: number,
): Instruction {
  const {shape} = step;
  if (step.what === 'mark') return {op: op.mark};
  if (step.what === 'jump') return {op: op.jump};
  if (step.what === 'skip') return {op: op.skip, numbers: [lengthForm(shape, true)]};
  const {source, target} = shape;
  const form = lengthForm(shape, isImage);
  switch (source.kind) {
    case 'integer':
      return whole(shape, integerOp(source.bytes, source.unsigned, isImage), source);
    case 'year':
      return target === 'string'
        ? {op: isImage ? op.year : 4, target: wholeTargets.year, wire: wire.bytes}
        : whole(shape, isImage ? op.year : 4, null);
    case 'float':
      return target === 'float'
        ? {op: op.four, wire: wire.four}
        : {op: op.widened, wire: wire.eight};
    case 'double':
      return {op: op.eight, wire: wire.eight};
    case 'date':
      return date(shape, isImage ? op.imageDate : op.packetDate, -1);
    case 'datetime':
      return date(shape, isImage ? op.imageDatetime : op.packetDate, source.fractionDigits);
    case 'timestamp':
      return date(shape, isImage ? op.imageTimestamp : op.packetDate, source.fractionDigits);
    case 'time':
      return {
        op: isImage ? op.imageTime : op.packetTime,
        numbers: [0, source.fractionDigits],
        wire: wire.bytes,
      };
    case 'bit':
      return target === 'binary'
        ? plain(form, false)
        : {...whole(shape, op.bits, {bytes: 8, unsigned: true}), numbers: [form]};
    case 'enum':
      return isImage ? label(source.bytes, context!, labels, toLabels) : plain(form, false);
    default:
      return bytesOf(shape, isImage, form, context!);
  }
}

/** Cells of n bytes that are no numbers. */
function bytesOf(
  {source, target}: CellShape,
  isImage: boolean,
  form: number,
  context: CellContext,
): Instruction {
  const hexOf = (input: Buffer, from: number, to: number) => hexText(context, input, from, to);
  switch (source.kind) {
    case 'decimal':
      return isImage
        ? decimal(source.precision, source.scale)
        : plain(form, false, source.zerofill);
    case 'text': {
      const {form: charsetForm, asciiSafe} = charsetOf(isImage ? source.charset : 'utf8mb4')!;
      const convert: Convert = (input, from, to, counters) =>
        slowText(context, input, from, to, counters);
      if (!asciiSafe) return {op: op.converted, numbers: [form], wire: wire.bytes, convert};
      const numbers = [form, Number(source.long), Number(charsetForm === 'utf8')];
      return {op: op.text, numbers, wire: wire.bytes, convert};
    }
    case 'set':
      if (!isImage) return plain(form, false);
      return converted(form, (input, from) => setText(context, input, from));
    case 'json':
      if (!isImage) return long(form, context, false);
      return converted(
        form,
        boundedBy(context, (...cell) => jsonText(context, ...cell)),
      );
    case 'geometry':
      if (target === 'binary') return long(form, context, true);
      return converted(
        form,
        boundedBy(context, (...cell) => geoJson(context, ...cell)),
      );
    case 'fixedBinary':
      if (!isImage && target !== 'string') return plain(form, false);
      if (!isImage) return converted(form, boundedBy(context, hexOf));
      if (target !== 'string')
        return {op: op.padded, numbers: [form, 0, source.length], wire: wire.bytes};
      return converted(form, (input, from, to) =>
        scratchHex(padded(input, from, to, source.length)),
      );
    case 'vector':
      if (target === 'floats') return {op: op.floats, numbers: [form], wire: wire.bytes};
      return target === 'string' ? converted(form, boundedBy(context, hexOf)) : plain(form, false);
    case 'binary':
      if (target === 'string') return converted(form, boundedBy(context, hexOf));
      return source.long ? long(form, context, true) : plain(form, false);
    default:
      throw new RangeError(`a ${source.kind} has no length prefix`);
  }
}

/** 0 length-encoded, 1 to 4 bytes of a prefix, 8 + n for n bytes without one. */
function lengthForm({source}: CellShape, isImage: boolean): number {
  if (!isImage) return 0;
  const fixed = fixedBytes(source);
  if (fixed !== null) return 8 + fixed;
  return 'lengthBytes' in source ? source.lengthBytes : 4;
}

const wholeTargets = {
  integer: 0,
  unsignedInteger: 1,
  boolean: 2,
  text: 3,
  unsignedText: 4,
  year: 5,
} as const;

function whole(
  {target}: CellShape,
  code: number,
  source: {bytes: number; unsigned: boolean} | null,
): Instruction {
  const wide = source !== null && source.bytes === 8 && source.unsigned;
  const {integer, unsignedInteger, boolean, text, unsignedText} = wholeTargets;
  switch (target) {
    case 'integer':
      return {op: code, target: wide ? unsignedInteger : integer, wire: wire.varint};
    case 'boolean':
      return {op: code, target: boolean, wire: wire.varint};
    default:
      return {op: code, target: wide ? unsignedText : text, wire: wire.bytes};
  }
}

/** Operations 1 to 9: 1, 2, 3, 4 bytes signed and unsigned, then 8. MEDIUMINT travels in four bytes in the protocol. */
function integerOp(bytes: number, unsigned: boolean, isImage: boolean): number {
  if (bytes === 8) return 9;
  return 2 * (bytes === 3 && !isImage ? 4 : bytes) - 1 + Number(unsigned);
}

function date({target, policies}: CellShape, code: number, fractionDigits: number): Instruction {
  const numbers = [0, fractionDigits];
  const isText = target === 'string';
  const kinds = {date: 0, datetime: 1, timestamp: 2} as const;
  const kind = isText
    ? policies!.zeroDate === 'text'
      ? 4
      : 3
    : kinds[target as keyof typeof kinds];
  return {op: code, target: kind, numbers, wire: kind < 2 ? wire.varint : wire.bytes};
}

function decimal(precision: number, scale: number): Instruction {
  const groups = digitGroups(precision, scale);
  const count = (whole: boolean) =>
    groups.filter(group => group.whole === whole && group.digits === 9).length;
  const short = (whole: boolean) =>
    groups.find(group => group.whole === whole && group.digits < 9)?.digits ?? 0;
  const numbers = [short(true), count(true), count(false), short(false)];
  return {op: op.decimal, numbers, wire: wire.bytes};
}

function plain(form: number, isLong: boolean, zerofill = false): Instruction {
  return {op: op.plain, numbers: [form, Number(isLong), Number(zerofill)], wire: wire.bytes};
}

/** Bytes that may pass the cell limit. */
function long(form: number, context: CellContext, binary: boolean): Instruction {
  const convert: Convert = (input, from, to, counters) =>
    bounded(context, copyText(input, from, to), binary, counters);
  return {...plain(form, true), convert};
}

function converted(form: number, convert: Convert): Instruction {
  return {op: op.converted, numbers: [form], wire: wire.bytes, convert};
}

function boundedBy(
  context: CellContext,
  make: (input: Buffer, from: number, to: number) => number,
): Convert {
  return (input, from, to, counters) => bounded(context, make(input, from, to), false, counters);
}

function label(bytes: number, context: CellContext, labels: Labels, toLabels: number): Instruction {
  const texts = context.labels;
  const total = texts.reduce((sum, text) => sum + text.length, texts.length * 8);
  if (labels.bytes + total > labelBytesMax)
    return converted(8 + bytes, (input, from) => labelAt(context, input.readUIntLE(from, bytes)));
  const at = toLabels + labels.bytes;
  const table = Buffer.alloc(total);
  let end = texts.length * 8;
  texts.forEach((text, i) => {
    table.writeUInt32LE(at + end, 8 * i);
    table.writeUInt32LE(text.length, 8 * i + 4);
    table.set(text, end);
    end += text.length;
  });
  labels.tables.push(table);
  labels.bytes += total;
  return {op: op.label, numbers: [bytes, texts.length, at], wire: wire.bytes};
}

function labelAt({labels, slot}: CellContext, number: number): number {
  const text = labels[number];
  if (text === undefined) throw new CellFault('malformed', slot, `label number ${number}`);
  return copyText(text, 0, text.length);
}
