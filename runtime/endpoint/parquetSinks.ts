// Sinks that put the cells of a record stream into Parquet leaves, by column type; flat columns are the fast path.
// The files are read by DuckDB only. A timestamp's part below one microsecond goes to a column of its own, null when zero.
import type {OdpsType} from '../codec/odpsType.ts';
import {OutOfType, type CellSink} from '../codec/recordCells.ts';
import type {RecordColumn} from '../codec/recordReader.ts';
import type {FlatColumn} from './fastRecords.ts';
import {
  checkJson,
  checkLength,
  decimalMethod,
  flatForm,
  putByte,
  putBytes,
  putFixed,
  putInt32,
  putInt64,
  putMicros,
  putText,
} from './parquetCells.ts';
import {converted, type SchemaNode} from './parquetFile.ts';
import {
  addAbsent,
  createLeaf,
  markLeaf,
  rollBack,
  type Leaf,
  type Physical,
} from './parquetLeaf.ts';

export interface ColumnSinks {
  sinks: CellSink[];
  leaves: Leaf[];
  schema: SchemaNode[];
  rootChildren: number;
  /** The leaves of each column; null where a column holds cells in cells. */
  flat: FlatColumn[] | null;
  /** Whether any timestamp had a part below one microsecond. */
  hasNanos(): boolean;
  /** Begins anew with `hasNanos`, for the next body. */
  forgetNanos(): void;
}

/** Name of the Parquet column that holds the nanoseconds below a microsecond of column `index`. */
export function nanosColumn(index: number): string {
  return `n${index}`;
}

/** Name of the Parquet column of data column `index`. */
export function valueColumn(index: number): string {
  return `c${index}`;
}

/** Sinks for `columns`, and the Parquet schema and leaves that they fill. */
export function createColumnSinks(columns: RecordColumn[]): ColumnSinks {
  const build: Build = {leaves: [], schema: [], nanos: []};
  const sinks = columns.map(({type}, index) => {
    const place = {path: [], def: 0, rep: 0, required: false, index};
    return topLevel(sinkFor(build, valueColumn(index), type, place));
  });
  return {
    sinks,
    leaves: build.leaves,
    schema: build.schema,
    rootChildren: columns.length + build.nanos.length,
    flat: flatColumns(build.leaves, columns),
    hasNanos: () => build.nanos.some(nanos => nanos.seen),
    forgetNanos: () => {
      for (const nanos of build.nanos) nanos.seen = false;
    },
  };
}

function flatColumns(leaves: Leaf[], columns: RecordColumn[]): FlatColumn[] | null {
  const byName = new Map(leaves.map(leaf => [leaf.path.join('.'), leaf]));
  const flat: FlatColumn[] = [];
  for (let i = 0; i < columns.length; i++) {
    const leaf = byName.get(valueColumn(i));
    if (leaf === undefined) return null;
    flat.push({leaf, below: byName.get(nanosColumn(i)) ?? null});
  }
  return flat;
}

interface Build {
  leaves: Leaf[];
  schema: SchemaNode[];
  nanos: {seen: boolean}[];
}

interface Place {
  path: string[];
  /** Definition and repetition level of the parent when it is there. */
  def: number;
  rep: number;
  required: boolean;
  /** Number of the column, at its top; null inside one. */
  index: number | null;
}

/** A sink that also stands inside lists and structs. */
interface NodeSink extends CellSink {
  children: NodeSink[];
  /** All leaves below. */
  leaves: Leaf[];
  /** The level of null here. */
  nullDef: number;
  setRep(rep: number): void;
}

function sinkFor(build: Build, name: string, type: OdpsType, place: Place): NodeSink {
  if (type.name === 'array' || type.name === 'map' || type.name === 'struct') {
    return groupSink(build, name, type, place);
  }
  return flatSink(build, name, type, place);
}

/** Marks the leaves at each cell, so that the last one can be taken back. */
function topLevel(sink: NodeSink): CellSink {
  if (sink.children.length === 0) return sink;
  const mark = () => sink.leaves.forEach(markLeaf);
  return {
    ...sink,
    null: () => {
      mark();
      sink.null();
    },
    open: count => {
      mark();
      sink.open(count);
    },
    undo: () => sink.leaves.forEach(rollBack),
  };
}

type Group = Extract<OdpsType, {name: 'array' | 'map' | 'struct'}>;

/** LIST and MAP take two levels (the group and its repeated part), a struct one. */
function groupSink(build: Build, name: string, type: Group, place: Place): NodeSink {
  const listed = type.name !== 'struct';
  const presentDef = place.def + (place.required ? 0 : 1);
  const path = [...place.path, name];
  const fields = groupFields(type);
  const mark = type.name === 'array' ? converted.list : converted.map;
  addGroup(build, name, place.required ? 0 : 1, listed ? 1 : fields.length, listed ? mark : null);
  if (listed) addGroup(build, 'list', 2, fields.length, null);
  const childPlace = {
    path: listed ? [...path, 'list'] : path,
    def: presentDef + (listed ? 1 : 0),
    rep: place.rep + (listed ? 1 : 0),
    index: null,
  };
  const children = fields.map(field =>
    sinkFor(build, field.name, field.type, {...childPlace, required: field.required}),
  );
  const leaves = children.flatMap(child => child.leaves);
  const absent = (def: number) => {
    for (const leaf of leaves) {
      leaf.nextRep = rep;
      addAbsent(leaf, def);
    }
    rep = place.rep;
  };
  let rep = 0;
  return {
    ...unused,
    children,
    leaves,
    nullDef: place.def,
    setRep: next => void (rep = next),
    null: () => absent(place.def),
    open: count => {
      if (listed && count === 0) return absent(presentDef);
      for (const child of children) child.setRep(rep);
      rep = place.rep;
    },
    close: () => undefined,
  };
}

function groupFields(type: Group): {name: string; type: OdpsType; required: boolean}[] {
  if (type.name === 'array') return [{name: 'element', type: type.element, required: false}];
  if (type.name === 'struct') return type.fields.map(field => ({...field, required: false}));
  return [
    {name: 'key', type: type.key, required: true},
    {name: 'value', type: type.value, required: false},
  ];
}

function addGroup(
  build: Build,
  name: string,
  repetition: 0 | 1 | 2,
  children: number,
  mark: number | null,
): void {
  const none = {physical: null, precision: null, scale: null};
  build.schema.push({name, repetition, children, converted: mark, ...none});
}

function flatSink(build: Build, name: string, type: OdpsType, place: Place): NodeSink {
  const {physical, mark, precision = null, scale = null} = flatForm(type);
  const repetition = place.required ? 0 : 1;
  const leaf = addLeaf(build, name, place, physical);
  build.schema.push({
    name,
    repetition,
    children: null,
    physical,
    converted: mark,
    precision,
    scale,
  });
  const sink: NodeSink = {
    ...unused,
    children: [],
    leaves: [leaf],
    nullDef: place.def,
    setRep: rep => void (leaf.nextRep = rep),
    null: () => {
      // Inside lists the column's own sink marks, once a row.
      if (leaf.repMax === 0) markLeaf(leaf);
      addAbsent(leaf, place.def);
    },
    undo: () => rollBack(leaf),
  };
  return Object.assign(sink, flatMethods(build, leaf, type, place));
}

function addLeaf(build: Build, name: string, place: Place, physical: Physical): Leaf {
  const defMax = place.def + (place.required ? 0 : 1);
  const leaf = createLeaf([...place.path, name], physical, defMax, place.rep);
  build.leaves.push(leaf);
  return leaf;
}

function flatMethods(build: Build, leaf: Leaf, type: OdpsType, place: Place): Partial<CellSink> {
  switch (type.name) {
    case 'bigint':
    case 'datetime':
      return {int64: (lo, hi) => putInt64(leaf, lo, hi)};
    case 'boolean':
      return {int64: lo => putByte(leaf, lo)};
    case 'float':
      return {float: (bytes, at) => putFixed(leaf, bytes, at, 4)};
    case 'double':
      return {float: (bytes, at) => putFixed(leaf, bytes, at, 8)};
    case 'timestamp':
    case 'timestamp_ntz':
      return momentMethods(build, leaf, place);
    case 'decimal':
      return {bytes: decimalMethod(leaf, type.precision, type.scale)};
    case 'binary':
      return {bytes: (bytes, at, end) => putBytes(leaf, bytes, at, end)};
    case 'string':
      return {bytes: (bytes, at, end) => putText(leaf, bytes, at, end)};
    case 'char':
    case 'varchar':
      return {
        bytes: (bytes, at, end) => {
          if (end - at > type.length) checkLength(bytes, at, end, type.length);
          putText(leaf, bytes, at, end);
        },
      };
    case 'json':
      return {
        bytes: (bytes, at, end) => {
          checkJson(bytes, at, end);
          putText(leaf, bytes, at, end);
        },
      };
    default:
      return {int64: lo => putInt32(leaf, lo)};
  }
}

/** Methods that the reader never calls on a sink of another type. */
const unused = {
  null: () => undefined,
  undo: () => undefined,
  int64: () => undefined,
  float: () => undefined,
  bytes: () => undefined,
  moment: () => undefined,
  open: () => undefined,
  close: () => undefined,
};

function momentMethods(build: Build, leaf: Leaf, place: Place): Partial<CellSink> {
  if (place.index === null) {
    return {
      moment: (lo, hi, nanos) => {
        if (nanos % 1000 !== 0) throw new OutOfType('nanoseconds inside a nested value');
        putMicros(leaf, hi * 4_294_967_296 + (lo >>> 0), nanos / 1000);
      },
    };
  }
  const name = nanosColumn(place.index);
  const below = addLeaf(build, name, {...place, path: []}, 'int32');
  const leafNode = {name, repetition: 1 as const, children: null, physical: 'int32' as const};
  build.schema.push({...leafNode, converted: null, precision: null, scale: null});
  const seen = {seen: false};
  build.nanos.push(seen);
  return {
    null: () => {
      markLeaf(leaf);
      markLeaf(below);
      addAbsent(leaf, 0);
      addAbsent(below, 0);
    },
    undo: () => {
      rollBack(leaf);
      rollBack(below);
    },
    moment: (lo, hi, nanos) => {
      const rest = nanos % 1000;
      putMicros(leaf, hi * 4_294_967_296 + (lo >>> 0), (nanos - rest) / 1000);
      if (rest !== 0) {
        seen.seen = true;
        putInt32(below, rest);
      } else {
        markLeaf(below);
        addAbsent(below, 0);
      }
    },
  };
}
