// Row events through a table's rule to its transcoder (rule C18): both images are judged, and a row that moves out of
// the filter is written as a delete of what it was, one that moves in as an insert of what it is.
// Record ids count the changes before the filter (rule C11), so that gaps are normal.
import {CellFault, cellError} from '../codec/cellFault.ts';
import {logTranscoder, type LogTranscoder, type RowChange} from '../codec/logTranscoder.ts';
import type {TablePlan} from '../codec/plan.ts';
import type {TableMap} from '../codec/tableMap.ts';
import {checkTableMap, lengthBytesOf} from '../codec/tableMapCheck.ts';
import {compileFilter, isTrue, type Judge} from './compileFilter.ts';
import {imageWalk, type ImageRow} from './imageRow.ts';
import type {TableRule} from './tableRule.ts';
import {scopeOf} from './scope.ts';

/**
 * The transcoder of `plan` behind `rule`, for rows that follow `map`. It returns all row changes, as the plain one does;
 * those of the last call that wrote nothing are counted in `rule.last`.
 */
export function ruledTranscoder(plan: TablePlan, map: TableMap, rule: TableRule): LogTranscoder {
  checkTableMap(plan, map);
  const {source} = plan;
  const lengthBytes = Array.from(map.types, (type, i) => lengthBytesOf(type, map.metadata[i]!));
  const {judge, named} =
    rule.where === null
      ? {judge: always, named: new Set<number>()}
      : compileFilter(scopeOf(source).judgement(rule.where), source, lengthBytes);
  const walk = imageWalk(source, map, named);
  const write = logTranscoder(plan, map);
  const followed = new Set(rule.operations);
  const {last} = rule;
  const places = new Int32Array(source.columns.length);
  const row: ImageRow = {
    input: Buffer.alloc(0),
    view: new DataView(new ArrayBuffer(0)),
    places,
    kind: 'insert',
    utcSeconds: 0,
  };

  return (input, view, at, end, kind, firstRecordId, utcSeconds, out, counters) => {
    const start = {length: out.length, records: out.records, checksum: out.checksum};
    const isFollowed = followed.has(kind);
    row.input = input;
    row.view = view;
    last.filtered = 0;
    let id = firstRecordId;
    try {
      for (let p = at; p < end; id++) {
        const first = p;
        p = walk(input, view, p, end, places);
        const isIn = isFollowed && judge(row) === isTrue;
        if (kind !== 'update') {
          if (isIn) write(input, view, first, p, kind, id, utcSeconds, out, counters);
          else last.filtered++;
          continue;
        }
        const second = p;
        if (p === end) throw new CellFault('malformed', -1, 'an update without its after image');
        p = walk(input, view, p, end, places);
        const isInAfter = isFollowed && judge(row) === isTrue;
        const change = changes[(isIn ? 2 : 0) + (isInAfter ? 1 : 0)]!;
        if (change === null) last.filtered++;
        else {
          const from = isIn ? first : second;
          const to = isInAfter ? p : second;
          write(input, view, from, to, change, id, utcSeconds, out, counters);
        }
      }
      return id - firstRecordId;
    } catch (error) {
      Object.assign(out, start);
      throw cellError(plan, error);
    }
  };
}

const always: Judge = () => isTrue;

/** What an update becomes: by whether the row was in (2) and is in (1). */
const changes: readonly (RowChange | null)[] = [null, 'insert', 'delete', 'update'];
