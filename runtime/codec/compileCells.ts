// One table shape to the functions that transcode the cells of its rows: generated JavaScript, compiled once, cached.
// The code comes from shapes alone (numbers and known words, never a name or a value of the source), so nothing that
// a database holds can become code. WebAssembly stands behind the same transcoders (wasmTranscoder.ts).
import {cellKit} from './cellKit.ts';
import {contextOf, roomBytesOf} from './cellContext.ts';
import type {CellContext} from './textCell.ts';
import type {CellShape} from './cellShape.ts';
import type {Counters} from './counters.ts';
import type {RecordBuffer} from './recordBuffer.ts';

/**
 * Transcodes some of the cells of one row. Takes and returns the place in the record buffer; the place in the input
 * and the checksum register come back in cellKit.results.
 */
export type Cells = (
  input: Buffer,
  view: DataView,
  p: number,
  end: number,
  nulls: number,
  out: RecordBuffer,
  o: number,
  crc: number,
  counters: Counters,
) => number;

/** One cell: its code, its bit in the null bitmap, and the plan column it belongs to. */
export interface CellCode {
  code: string;
  bit: number;
  shape: CellShape;
  slot: number;
}

export interface CompiledCells {
  /** Called in order, each from where the one before ended. */
  parts: Cells[];
  /** Bytes that a record can take beyond a copy of its row. */
  roomBytes: number;
}

/**
 * Compiles `cells`. Wide tables are cut into parts: V8 does not optimise functions above 60 KiB of bytecode.
 * `shapeKey` must differ whenever the code or its contexts would.
 */
export function compileCells(shapeKey: string, cells: readonly CellCode[]): CompiledCells {
  const found = cache.get(shapeKey);
  if (found !== undefined) return found;
  const roomBytes = roomBytesOf(cells.map(cell => cell.shape));
  const parts: Cells[] = [];
  let part: CellCode[] = [];
  let characters = 0;
  for (const cell of cells) {
    if (part.length > 0 && characters + cell.code.length > partCharactersMax) {
      parts.push(compilePart(part, roomBytes));
      part = [];
      characters = 0;
    }
    part.push(cell);
    characters += cell.code.length;
  }
  parts.push(compilePart(part, roomBytes));
  const compiled = {parts, roomBytes};
  if (cache.size >= cacheEntriesMax) cache.delete(cache.keys().next().value!);
  cache.set(shapeKey, compiled);
  return compiled;
}

/** Compiled shapes by key; a fresh function starts cold in V8, so they are kept over connections and tables. */
const cache = new Map<string, CompiledCells>();

/** Bounds memory where tables are altered for ever: the oldest shape goes first. */
const cacheEntriesMax = 10_000;

/** About 20 KiB of bytecode: well inside what is optimised, and quickly. */
const partCharactersMax = 16_000;

function compilePart(cells: readonly CellCode[], roomBytes: number): Cells {
  const contexts: CellContext[] = [];
  for (const {slot, shape} of cells) if (slot >= 0) contexts[slot] = contextOf(slot, shape);
  const make = new Function('K', 'C', partText(cells, roomBytes)) as (
    kit: typeof cellKit,
    contexts: CellContext[],
  ) => Cells;
  return make(cellKit, contexts);
}

const locals =
  'let bytes=out.bytes,words=out.view,label=null,n=0,e=0,a=0,b=0,x=0,z=0,lo=0,hi=0,zl=0,zh=0,s=0,' +
  'y=0,m=0,d=0,y2=0,days=0,sec=0,us=0,v=0,q=0,neg=0,lead=0,o0=0,p0=0,crc0=0;';

function partText(cells: readonly CellCode[], roomBytes: number): string {
  const tables = cellKit.crcTables.map((_, k) => `T${k}=K.crcTables[${k}]`);
  return [
    '"use strict";',
    `const ${tables.join(',')},S=K.results,P=K.places,ROOM=${roomBytes};`,
    'const ONES=T3[255]^T2[255]^T1[255]^T0[255];',
    'return function cells(input,view,p,end,nulls,out,o,crc,counters){',
    locals,
    ...cells.map(cell => (cell.shape.nullable ? unlessNull(cell) : cell.code)),
    'S[0]=p;S[1]=crc;return o;}',
  ].join('\n');
}

function unlessNull({bit, code}: CellCode): string {
  return `if((input[nulls+${bit >> 3}]&${1 << (bit & 7)})===0){${code}}`;
}
