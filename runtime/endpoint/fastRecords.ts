// Reads whole records of the usual form into Parquet leaves by a function that is generated once per table shape: columns
// in their order, each at most once, all checks passed. It stops before the first record that is otherwise or not all
// there; the record reader (codec/recordReader.ts) reads or refuses that one, so that only one place words refusals.
// The code comes from types alone (numbers and known words), so nothing that a client sends can become code.
import type {OdpsType} from '../codec/odpsType.ts';
import type {RecordBatch} from '../codec/recordReader.ts';
import {growRows, type Leaf} from './parquetLeaf.ts';
import {columnCode, recordEnd, reloadText, type ColumnCode} from './recordCode.ts';
import {recordKit} from './recordKit.ts';

/** The leaf of a flat column, and the one of its nanoseconds below a microsecond. */
export interface FlatColumn {
  leaf: Leaf;
  below: Leaf | null;
}

/** Tables with more columns are read cell by cell: V8 does not optimise functions above 60 KiB of bytecode. */
const columnsMax = 100;

type Generated = (
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  leaves: Leaf[],
  state: {records: number; checksum: number},
) => number;

/** A reader of records of `types` into `columns`; null where only the cell readers serve. */
export function fastRecords(types: OdpsType[], columns: FlatColumn[]): RecordBatch | null {
  const generated = generatedFor(types);
  if (generated === null) return null;
  const leaves = columns.map(column => column.leaf);
  const below = columns.flatMap(column => column.below ?? []);
  return (bytes, view, at, end, state) => {
    const stop = generated(bytes, view, at, end, leaves, state);
    const rows = leaves[0]!.levels;
    for (const leaf of below) fillAbsent(leaf, rows);
    return stop;
  };
}

/** No value below a microsecond in the rows up to `rows`. */
function fillAbsent(leaf: Leaf, rows: number): void {
  while (leaf.defs.length < rows) growRows([leaf], leaf.defs.length);
  leaf.defs.fill(0, leaf.levels, rows);
  leaf.absent += rows - leaf.levels;
  leaf.levels = rows;
}

/** Compiled shapes; a fresh function starts cold in V8, so they are kept over bodies and sessions. */
const cache = new Map<string, Generated | null>();
/** Bounds memory where tables are altered for ever: the oldest shape goes first. */
const cacheEntriesMax = 2000;

function generatedFor(types: OdpsType[]): Generated | null {
  const shape = JSON.stringify(types);
  const found = cache.get(shape);
  if (found !== undefined) return found;
  const made = compile(types);
  if (cache.size >= cacheEntriesMax) cache.delete(cache.keys().next().value!);
  cache.set(shape, made);
  return made;
}

function compile(types: OdpsType[]): Generated | null {
  if (types.length === 0 || types.length > columnsMax) return null;
  const columns: ColumnCode[] = [];
  for (const [i, type] of types.entries()) {
    const column = columnCode(i, type);
    if (column === null) return null;
    columns.push(column);
  }
  return new Function('K', programText(columns))(recordKit) as Generated;
}

function programText(columns: ColumnCode[]): string {
  const tables = recordKit.crcTables.map((_, k) => `T${k}=K.crcTables[${k}]`);
  const texts = columns.flatMap((column, i) => (column.lie === 'text' ? [i] : []));
  const keep = texts.map(i => `o${i}=p${i};`).join('');
  return [
    '"use strict";',
    `const ${tables.join(',')},D=new Int32Array(4);`,
    'const ONES=T3[255]^T2[255]^T1[255]^T0[255];',
    'return function records(bytes,view,at,end,L,state){',
    'let l=null,n=L[0].levels,room=0,start=at,first=n,crc=0,sum=state.checksum,lo=0,hi=0,q=0,s=0,x=0,z=0,k=0,len=0,from=0,to=0,o=0,sec=0,top=0;',
    columns.map(({lie}, i) => localsOf(i, lie)).join(''),
    'while(at<end){row:{',
    `if(n>=room){room=K.growRows(L,n);${columns.map(({lie}, i) => reload(i, lie)).join('')}}`,
    `start=at;${keep}crc=-1;`,
    ...columns.map(column => column.code),
    `${recordEnd()}n++;continue;}`,
    // The record is taken back: levels are all there again, texts end where they did.
    ...columns.map((_, i) => `if(d${i}[n]===0){d${i}[n]=1;a${i}--;}`),
    texts.map(i => `p${i}=o${i};`).join(''),
    'at=start;break;}',
    ...columns.map(
      ({lie}, i) => `l=L[${i}];l.levels=n;l.absent=a${i};l.length=${lengthOf(i, lie)};`,
    ),
    'state.records+=n-first;state.checksum=sum;return at;}',
  ].join('\n');
}

function localsOf(i: number, lie: ColumnCode['lie']): string {
  const common = `let a${i}=L[${i}].absent,d${i}=null,`;
  if (lie === 'text') return `${common}p${i}=L[${i}].length,o${i}=0,b${i}=null,v${i}=null,c${i}=0;`;
  return `${common}${lie === 'four' || lie === 'eight' ? 'w' : 'b'}${i}=null;`;
}

function reload(i: number, lie: ColumnCode['lie']): string {
  const levels = `d${i}=L[${i}].defs;`;
  if (lie === 'text') return levels + reloadText(i);
  return (
    levels + (lie === 'four' || lie === 'eight' ? `w${i}=L[${i}].words;` : `b${i}=L[${i}].bytes;`)
  );
}

/** Bytes of the values in the leaf. */
function lengthOf(i: number, lie: ColumnCode['lie']): string {
  if (lie === 'text') return `p${i}`;
  const shift = {bits: 0, four: 2, eight: 3, sixteen: 4}[lie];
  return `(n-a${i})<<${shift}`;
}
