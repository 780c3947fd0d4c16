// One row image of the binlog for a filter: where the named columns begin, found by one walk that decodes nothing.
// The walk is generated once per table version from the codec's own pieces, so both agree on every length.
import {cellKit} from '../codec/cellKit.ts';
import {skippedShape} from '../codec/cellShape.ts';
import {skipLogCell} from '../codec/logCell.ts';
import type {RowChange} from '../codec/logTranscoder.ts';
import type {SourceTable} from '../codec/sourceTable.ts';
import type {TableMap} from '../codec/tableMap.ts';
import {lengthBytesOf} from '../codec/tableMapCheck.ts';

/** The image at hand; one object serves all rows. */
export interface ImageRow {
  input: Buffer;
  view: DataView;
  /** By column index: where its cell begins in `input`; -1 for NULL. Only named columns are set. */
  places: Int32Array;
  /** The operation at the source. */
  kind: RowChange;
  /** The event's time, Unix seconds. */
  utcSeconds: number;
}

/** Walks over the image at `p`, notes the named columns in `places` and the bounds of replaced ones in `marks`, and returns where it ends. */
export type Walk = (
  input: Buffer,
  view: DataView,
  p: number,
  end: number,
  places: Int32Array,
  marks: Int32Array,
) => number;

/** The walk over images that follow `map`; `named` and `replaced` are indexes of columns. */
export function imageWalk(
  table: SourceTable,
  map: TableMap,
  named: ReadonlySet<number>,
  replaced: readonly number[] = [],
): Walk {
  const cells = table.columns.map((column, i) => {
    const lengthBytes = lengthBytesOf(map.types[i]!, map.metadata[i]!);
    const nullable = map.nullable[i]!;
    const skip = skipLogCell(skippedShape(column, lengthBytes, nullable));
    const take = named.has(i) ? `places[${i}]=p;${skip}` : skip;
    const isNull = `(input[nulls+${i >> 3}]&${1 << (i & 7)})!==0`;
    const passed = !nullable
      ? take
      : named.has(i)
        ? `if(${isNull})places[${i}]=-1;else{${take}}`
        : `if(!(${isNull})){${take}}`;
    const mark = replaced.indexOf(i);
    return mark === -1 ? passed : `marks[${2 * mark}]=p;${passed}marks[${2 * mark + 1}]=p;`;
  });
  const nullBytes = (map.types.length + 7) >> 3;
  // Numbers alone go into the text: nothing that a database holds can become code.
  const make = new Function(
    'K',
    `"use strict";return function walk(input,view,p,end,places,marks){let n=0;const nulls=p;p+=${nullBytes};` +
      `${cells.join('\n')}\nif(p>end)K.malformed(-1,'a row ends '+(p-end)+' bytes too late');return p;}`,
  ) as (kit: typeof cellKit) => Walk;
  return make(cellKit);
}
