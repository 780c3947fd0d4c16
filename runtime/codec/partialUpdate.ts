// PARTIAL_UPDATE_ROWS events as ordinary updates: the JSON differences of each after image are applied to its before
// image, so that whatever reads update images reads these. Rare and not fast: one copy of each image.
// Format: MySQL source, sql/log_event.cc (unpack_row): options and a bit for each JSON column stand before the after image.
import {CellFault, cellError} from './cellFault.ts';
import {imageColumns, walkImage, type ImageColumn} from './imageCells.ts';
import {applyJsonDiffs} from './jsonDiff.ts';
import {JsonFault} from './jsonTree.ts';
import type {TablePlan} from './plan.ts';
import type {TableMap} from './tableMap.ts';

/** Gives the row images of a whole update for those of a partial one, input[at, end). */
export type WholeImages = (input: Buffer, at: number, end: number) => Buffer;

/** Value options: JSON columns may hold differences. */
const partialJson = 1;

interface Column extends ImageColumn {
  isJson: boolean;
}

/** For events of the plan's table that follow `map`. */
export function wholeImages(plan: TablePlan, map: TableMap): WholeImages {
  const {columns: source} = plan.source;
  const columns = imageColumns(source, map).map((column, i): Column => ({
    ...column,
    isJson: source[i]!.dataType === 'json',
  }));
  const jsonBytes = (columns.filter(column => column.isJson).length + 7) >> 3;
  const slotOf = (i: number) => plan.columns.findIndex(column => column.imageIndex === i);
  const documents: Buffer[] = [];

  return (input, at, end) => {
    const parts: Buffer[] = [];
    try {
      while (at < end) {
        const before = at;
        // Documents of another row, or of an event that was refused, are none of this one's.
        documents.length = 0;
        at = walkImage(columns, input, at, end, (i, start, stop) => {
          if (columns[i]!.isJson) documents[i] = input.subarray(start, stop);
        });
        parts.push(input.subarray(before, at));
        const options = input[at++];
        if (options !== 0 && options !== partialJson)
          throw new CellFault('malformed', -1, `value options ${options}`);
        const bitsAt = options === partialJson ? at : -1;
        if (bitsAt >= 0) at += jsonBytes;
        const isPartial = partialColumns(columns, input, bitsAt);
        let copied = at;
        at = walkImage(columns, input, at, end, (i, start, stop) => {
          if (!isPartial[i]) return;
          parts.push(input.subarray(copied, start - columns[i]!.lengthBytes));
          parts.push(...cellOf(documentAfter(documents[i], input, start, stop, slotOf(i))));
          copied = stop;
        });
        parts.push(input.subarray(copied, at));
      }
      return Buffer.concat(parts);
    } catch (error) {
      throw cellError(plan, error);
    }
  };
}

/** Which columns hold differences, by the bits at `bitsAt`: one for each JSON column, NULL or not. */
function partialColumns(columns: readonly Column[], input: Buffer, bitsAt: number): boolean[] {
  let bit = 0;
  return columns.map(({isJson}) => {
    if (bitsAt < 0 || !isJson) return false;
    const isSet = (input[bitsAt + (bit >> 3)]! & (1 << (bit & 7))) !== 0;
    bit++;
    return isSet;
  });
}

function documentAfter(
  before: Buffer | undefined,
  input: Buffer,
  at: number,
  end: number,
  slot: number,
): Buffer {
  try {
    if (before === undefined) throw new JsonFault('differences to NULL');
    return applyJsonDiffs(before, input, at, end);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new CellFault('malformed', slot, `a partial JSON update with ${error.message}`);
  }
}

/** A JSON cell: four length bytes, then the document. */
function cellOf(document: Buffer): Buffer[] {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(document.length);
  return [length, document];
}
