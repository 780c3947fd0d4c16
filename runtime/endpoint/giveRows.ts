// Rows of a download's snapshot as a record stream, made by a thread a few pieces ahead of the client.
import {formatOdpsType} from '../codec/odpsType.ts';
import type {RecordColumn} from '../codec/recordReader.ts';
import type {EncodeAnswer} from './encodeJob.ts';
import {valueColumn} from './parquetSinks.ts';
import type {RowRange} from './recordAnswer.ts';
import type {Threads} from './threads.ts';

/** Gives the stream's bytes; throws `unsuited` before the first of them when the rows must be read through DuckDB. */
export async function* giveRows(
  threads: Threads,
  file: string,
  columns: RecordColumn[],
  indexes: number[],
  range: RowRange,
): AsyncGenerator<Uint8Array> {
  const answers: EncodeAnswer[] = [];
  let failure: Error | null = null;
  let wake = (): void => undefined;
  const line = threads.open({
    answer: answer => {
      answers.push(answer as EncodeAnswer);
      wake();
    },
    failed: error => {
      failure = error;
      wake();
    },
  });
  const named = indexes.map(i => ({name: valueColumn(i), type: formatOdpsType(columns[i]!.type)}));
  line.post({kind: 'encode', order: {file, columns: named, ...range}});
  try {
    for (;;) {
      const answer = answers.shift();
      if (answer?.kind === 'end') return;
      if (answer?.kind === 'unsuited') throw unsuited;
      if (answer?.kind === 'rows') {
        yield answer.bytes;
        line.post({kind: 'more'});
      } else if (failure !== null) throw failure;
      else await new Promise<void>(resolve => (wake = resolve));
    }
  } finally {
    line.post({kind: 'abort'});
    line.close();
  }
}

/** Thrown (by identity) when a snapshot's columns are not all of the kinds that are written directly. */
export const unsuited = Symbol('the rows must be read through DuckDB');
