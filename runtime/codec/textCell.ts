// Text and bytes that need more than a copy: conversion to UTF-8, the policies for text that does not decode and for
// values above the cell limit. Results go to the scratch buffer; -1 stands for NULL.
import {isUtf8 as isUtf8Native} from 'node:buffer';
import {CellFault} from './cellFault.ts';
import {charsetOf, type Charset} from './charset.ts';
import type {Counters} from './counters.ts';
import {cellBytesMax} from './fieldCode.ts';
import {multiByteDecoder, type MultiByteDecoder} from './multiByte.ts';
import type {ColumnPolicies} from './plan.ts';
import {appendBytes, appendText, scratch, scratchRoom} from './scratch.ts';

/** What the functions of this room need to know of a column. */
export interface CellContext {
  slot: number;
  policies: ColumnPolicies;
  /** Character set of the bytes; null on the snapshot path, where the server sends UTF-8, and for other types. */
  charset: Charset | null;
  /** Decoder of a multi-byte `charset`; null for the others. */
  multiByte: MultiByteDecoder | null;
  /** UTF-8 bytes of ENUM labels by number (0 is the empty label) and of SET labels by bit. */
  labels: Uint8Array[];
  /** Bytes that a SET takes. */
  setBytes: number;
}

/** Is input[from, to) UTF-8? Short text is checked here: a call into native code costs about 100 ns. */
export function isUtf8(input: Uint8Array, from: number, to: number): boolean {
  if (to - from > 256) return isUtf8Native(input.subarray(from, to));
  while (from < to) {
    const first = input[from++]!;
    if (first < 128) continue;
    if (first < 0xc2 || first > 0xf4) return false;
    const second = input[from++]!;
    // The second byte also rules out long forms, surrogates and what lies above U+10FFFF.
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (from > to || second < low || second > high) return false;
    for (let more = first < 0xe0 ? 0 : first < 0xf0 ? 1 : 2; more > 0; more--)
      if (from >= to || (input[from++]! & 0xc0) !== 0x80) return false;
  }
  return true;
}

/** Text to the scratch buffer, by the column's policies. Returns its bytes, or -1 for NULL. */
export function slowText(
  cell: CellContext,
  input: Buffer,
  from: number,
  to: number,
  counters: Counters,
): number {
  scratch.length = 0;
  if (!decode(cell, input, from, to)) {
    const {invalidText} = cell.policies;
    if (invalidText === 'stop')
      throw new CellFault('invalidText', cell.slot, hexOf(input, from, to));
    counters.invalidText[cell.slot]!++;
    if (invalidText === 'null') return -1;
  }
  return bounded(cell, scratch.length, false, counters);
}

/** Applies the overLong policy to the first `length` bytes of the scratch buffer. */
export function bounded(
  cell: CellContext,
  length: number,
  binary: boolean,
  counters: Counters,
): number {
  if (length <= cellBytesMax) return length;
  const {overLong} = cell.policies;
  if (overLong === 'stop') throw new CellFault('overLong', cell.slot, `${length} bytes`);
  counters.overLong[cell.slot]!++;
  if (overLong === 'null') return -1;
  return binary ? cellBytesMax : characterStart(scratch.bytes, cellBytesMax);
}

/** Bytes as they are to the scratch buffer. Returns their number. */
export function copyText(input: Uint8Array, from: number, to: number): number {
  scratch.length = 0;
  appendBytes(input, from, to);
  return scratch.length;
}

/** Bytes as upper-case hexadecimal digits, MySQL's HEX(). */
export function hexText(_cell: CellContext, input: Uint8Array, from: number, to: number): number {
  return scratchHex(copyText(input, from, to));
}

/** Bytes with zeros up to `length`, in the scratch buffer. */
export function padded(input: Uint8Array, from: number, to: number, length: number): number {
  const bytes = copyText(input, from, to);
  if (bytes >= length) return bytes;
  scratchRoom(length - bytes);
  scratch.bytes.fill(0, bytes, length);
  return length;
}

/** Turns the first `length` bytes of the scratch buffer into hexadecimal digits. */
export function scratchHex(length: number): number {
  const digits = scratch.bytes.toString('hex', 0, length).toUpperCase();
  scratch.length = 0;
  scratchRoom(digits.length);
  scratch.length = scratch.bytes.write(digits, 0, 'latin1');
  return scratch.length;
}

/** The labels of a SET whose bits stand at input[at], joined by commas, in the scratch buffer. */
export function setText(cell: CellContext, input: Uint8Array, at: number): number {
  scratch.length = 0;
  for (let bit = 0; bit < cell.setBytes * 8; bit++) {
    if ((input[at + (bit >> 3)]! & (1 << (bit & 7))) === 0) continue;
    const label = cell.labels[bit];
    if (label === undefined) throw new CellFault('malformed', cell.slot, `bit ${bit} of a SET`);
    if (scratch.length > 0) appendBytes(comma, 0, 1);
    appendBytes(label, 0, label.length);
  }
  return scratch.length;
}

const comma = Buffer.from(',');

/** Appends input[from, to) as UTF-8; false when some of it did not decode and U+FFFD stands there instead. */
function decode(cell: CellContext, input: Buffer, from: number, to: number): boolean {
  const {charset, multiByte} = cell;
  switch (charset?.form) {
    case 'multiByte': {
      const {text, valid} = multiByte!(input, from, to);
      appendText(text);
      return valid;
    }
    case 'table':
      for (; from < to; from += tableStep) appendText(tableText(charset, input, from, to));
      return true;
    case 'ucs2':
    case 'utf16':
      return appendUtf16(input.subarray(from, to), true);
    case 'utf16le':
      return appendUtf16(input.subarray(from, to), false);
    case 'utf32':
      return appendUtf32(input, from, to);
    default: {
      const valid = isUtf8(input, from, to);
      if (valid) appendBytes(input, from, to);
      else appendText(input.toString('utf8', from, to));
      return valid;
    }
  }
}

/** Characters turned at a time: bounds the strings made on the way. */
const tableStep = 8192;

function tableText(charset: Charset, input: Buffer, from: number, to: number): string {
  let text = '';
  const end = Math.min(to, from + tableStep);
  for (let at = from; at < end; at++) text += charset.characters[input[at]!];
  return text;
}

function appendUtf16(bytes: Buffer, bigEndian: boolean): boolean {
  const even = bytes.length - (bytes.length % 2);
  const units = bigEndian ? Buffer.from(bytes.subarray(0, even)).swap16() : bytes;
  const text = units.toString('utf16le', 0, even);
  appendText(text.toWellFormed());
  return even === bytes.length && text.isWellFormed();
}

function appendUtf32(input: Buffer, from: number, to: number): boolean {
  let valid = (to - from) % 4 === 0;
  for (let at = from; at + 4 <= to; at += 4) {
    const code = input.readUInt32BE(at);
    const scalar = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    valid &&= scalar;
    appendText(scalar ? String.fromCodePoint(code) : '\ufffd');
  }
  return valid;
}

/** The last place at or before `at` where a UTF-8 character starts. */
function characterStart(bytes: Uint8Array, at: number): number {
  while (at > 0 && (bytes[at]! & 0xc0) === 0x80) at--;
  return at;
}

/** The first bytes of a cell, for a message. */
function hexOf(input: Buffer, from: number, to: number): string {
  const shown = 32;
  const digits = input.toString('hex', from, Math.min(to, from + shown));
  return to - from > shown ? `${digits}…` : digits;
}

/** The context of a column without a character set of its own. */
export function cellContext(
  slot: number,
  policies: ColumnPolicies,
  charset: string | null,
  labels: string[],
  setBytes: number,
): CellContext {
  const known = charset === null ? null : charsetOf(charset);
  return {
    slot,
    policies,
    charset: known,
    multiByte: known?.form === 'multiByte' ? multiByteDecoder(known.name) : null,
    labels: labels.map(label => new Uint8Array(Buffer.from(label))),
    setBytes,
  };
}
