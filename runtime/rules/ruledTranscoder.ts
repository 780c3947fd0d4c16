// Row events through a table's rule to its transcoder (rule C18): both images are judged, and a row that moves out of
// the filter is written as a delete of what it was, one that moves in as an insert of what it is. Both images are
// transformed alike. Record ids count the changes before the filter (rule C11), so that gaps are normal.
import {CellFault, cellError} from '../codec/cellFault.ts';
import type {Counters} from '../codec/counters.ts';
import {logTranscoder, type LogTranscoder, type RowChange} from '../codec/logTranscoder.ts';
import type {TablePlan} from '../codec/plan.ts';
import type {RecordBuffer} from '../codec/recordBuffer.ts';
import type {TableMap} from '../codec/tableMap.ts';
import {checkTableMap, lengthBytesOf} from '../codec/tableMapCheck.ts';
import {MiB} from '../base/sizes.ts';
import {compile, isTrue, type Judge} from './compileFilter.ts';
import {imageWalk, type ImageRow, type Walk} from './imageRow.ts';
import {rewriteImage, type RewriteImage} from './rewriteImage.ts';
import {scopeOf} from './scope.ts';
import type {ImageOut} from './setCell.ts';
import type {TableRule} from './tableRule.ts';
import {plannedSets, rewrittenShape} from './transformPlan.ts';
import type {Context} from './value.ts';

/** Rewritten images are written out above this. */
const imageBytesMax = 4 * MiB;

/**
 * The transcoder of `plan` behind `rule`, for rows that follow `map`. It returns all row changes, as the plain one does;
 * those of the last call that wrote nothing are counted in `rule.last`.
 */
export function ruledTranscoder(plan: TablePlan, map: TableMap, rule: TableRule): LogTranscoder {
  const {judge, walk, rewrite, write, row, marks, image} = rows(plan, map, rule);
  const followed = new Set(rule.operations);
  const {last} = rule;
  const {places} = row;
  const run = createRun(write, rewrite === null ? null : image);

  return (input, view, at, end, kind, firstRecordId, utcSeconds, out, counters) => {
    const start = {length: out.length, records: out.records, checksum: out.checksum};
    const isFollowed = followed.has(kind);
    Object.assign(row, {input, view, kind, utcSeconds});
    begin(run, input, view, utcSeconds, out, counters);
    last.filtered = 0;
    let id = firstRecordId;
    try {
      for (let p = at; p < end; id++) {
        if (image.length > imageBytesMax) flush(run);
        const first = p;
        let from = rewrite === null ? first : image.length;
        p = walk(input, view, p, end, places, marks);
        const isIn = isFollowed && judge(row) === isTrue;
        if (isIn && rewrite !== null) rewrite(row, marks, first, p, image);
        if (kind !== 'update') {
          if (isIn) add(run, kind, id, from, rewrite === null ? p : image.length);
          else last.filtered++;
          continue;
        }
        const second = p;
        if (p === end) throw new CellFault('malformed', -1, 'an update without its after image');
        p = walk(input, view, p, end, places, marks);
        const isInAfter = isFollowed && judge(row) === isTrue;
        if (isInAfter && rewrite !== null) rewrite(row, marks, second, p, image);
        const change = changes[(isIn ? 2 : 0) + (isInAfter ? 1 : 0)]!;
        if (change === null) {
          last.filtered++;
          continue;
        }
        if (rewrite === null && !isIn) from = second;
        add(run, change, id, from, rewrite !== null ? image.length : isInAfter ? p : second);
      }
      flush(run);
      return id - firstRecordId;
    } catch (error) {
      Object.assign(out, start);
      throw cellError(plan, error);
    }
  };
}

/** What an update becomes: by whether the row was in (2) and is in (1). */
const changes: readonly (RowChange | null)[] = [null, 'insert', 'delete', 'update'];

const always: Judge = () => isTrue;

interface Rows {
  judge: Judge;
  walk: Walk;
  /** Null: images are written as they stand. */
  rewrite: RewriteImage | null;
  write: LogTranscoder;
  row: ImageRow;
  marks: Int32Array;
  image: ImageOut;
}

function rows(plan: TablePlan, map: TableMap, rule: TableRule): Rows {
  checkTableMap(plan, map);
  const {source} = plan;
  const context: Context = {
    columns: source.columns,
    lengthBytes: Array.from(map.types, (type, i) => lengthBytesOf(type, map.metadata[i]!)),
    named: new Set(),
  };
  const judge =
    rule.where === null ? always : compile(scopeOf(source).judgement(rule.where), context);
  const sets = plannedSets(source, rule.sets);
  const rewrite = sets.length === 0 ? null : rewriteImage(plan, sets, context, rule.keys);
  const replaced = sets.filter(({index}) => index >= 0).map(({index}) => index);
  const shape = rewrite === null ? {plan, map} : rewrittenShape(plan, map, sets);
  return {
    judge,
    walk: imageWalk(source, map, context.named, replaced),
    rewrite,
    write: logTranscoder(shape.plan, shape.map),
    row: {
      input: Buffer.alloc(0),
      view: new DataView(new ArrayBuffer(0)),
      places: new Int32Array(source.columns.length),
      kind: 'insert',
      utcSeconds: 0,
    },
    marks: new Int32Array(2 * replaced.length),
    image: {bytes: Buffer.alloc(0), view: new DataView(new ArrayBuffer(0)), length: 0},
  };
}

/** Images that lie side by side and become the same change: the transcoder takes them in one call. */
interface Run {
  write: LogTranscoder;
  /** Where images lie; null: in the input. */
  image: ImageOut | null;
  input: Buffer;
  view: DataView;
  utcSeconds: number;
  out: RecordBuffer | null;
  counters: Counters | null;
  /** Null: none is waiting. */
  change: RowChange | null;
  from: number;
  to: number;
  firstId: number;
  count: number;
}

function createRun(write: LogTranscoder, image: ImageOut | null): Run {
  const view = new DataView(new ArrayBuffer(0));
  const nothing = {out: null, counters: null, change: null, from: 0, to: 0, firstId: 0, count: 0};
  return {write, image, input: Buffer.alloc(0), view, utcSeconds: 0, ...nothing};
}

function begin(
  run: Run,
  input: Buffer,
  view: DataView,
  utcSeconds: number,
  out: RecordBuffer,
  counters: Counters,
): void {
  run.input = input;
  run.view = view;
  run.utcSeconds = utcSeconds;
  run.out = out;
  run.counters = counters;
  run.change = null;
  if (run.image !== null) run.image.length = 0;
}

function add(run: Run, change: RowChange, id: number, from: number, to: number): void {
  if (run.change === change && from === run.to && id === run.firstId + run.count) {
    run.to = to;
    run.count++;
    return;
  }
  send(run);
  run.change = change;
  run.from = from;
  run.to = to;
  run.firstId = id;
  run.count = 1;
}

/** Writes what waits; rewritten images are not needed any more. */
function flush(run: Run): void {
  send(run);
  run.change = null;
  if (run.image !== null) run.image.length = 0;
}

function send(run: Run): void {
  const {image, input, view, write, from, to, change, firstId, utcSeconds, out, counters} = run;
  if (change === null) return;
  if (image === null) write(input, view, from, to, change, firstId, utcSeconds, out!, counters!);
  else write(image.bytes, image.view, from, to, change, firstId, utcSeconds, out!, counters!);
}
