// Record streams of the simulated logs as rows: the five additional columns, then `id` and `v`.
import {createRecordReader} from '../../../runtime/codec/recordReader.ts';
import type {CellSink} from '../../../runtime/codec/recordCells.ts';
import {parseOdpsType} from '../../../runtime/codec/odpsType.ts';

export interface LogRow {
  recordId: number;
  operation: string;
  before: string;
  after: string;
  id: number;
  value: number;
}

const names = ['recordId', 'operation', 'seconds', 'before', 'after', 'id', 'value'] as const;
const types = ['BIGINT', 'STRING', 'BIGINT', 'STRING', 'STRING', 'INT', 'INT'];

/** The rows of one block. */
export function readRecords(stream: Buffer): LogRow[] {
  const columns: (number | string | null)[][] = names.map(() => []);
  const reader = createRecordReader(
    names.map((name, i) => ({name, type: parseOdpsType(types[i]!)})),
    columns.map(sinkOf),
  );
  reader.feed(stream);
  const count = reader.end();
  return Array.from({length: count}, (_, row) =>
    Object.fromEntries(names.map((name, i) => [name, columns[i]![row]])),
  ) as unknown as LogRow[];
}

function sinkOf(values: (number | string | null)[]): CellSink {
  const none = () => undefined;
  return {
    null: () => void values.push(null),
    undo: () => void values.pop(),
    int64: (lo, hi) => void values.push(hi * 2 ** 32 + (lo >>> 0)),
    float: none,
    bytes: (bytes, at, end) => void values.push(Buffer.from(bytes.subarray(at, end)).toString()),
    moment: none,
    open: none,
    close: none,
    children: [],
  };
}
