// P25: a sample of each table for values that the target cannot hold: zero and partial dates, over-long values, text that
// is not valid in its character set. Bounded in rows, bytes, time and tables; a sample that takes too long says nothing.
import {finding, isSyncError, type Finding} from '../base/errors.ts';
import {MiB, secondMs} from '../base/sizes.ts';
import type {ColumnPlan, TablePlan} from '../codec/plan.ts';
import type {SourceConnection} from './connection.ts';
import type {Dialect} from './dialect.ts';
import {quoteName, quoteTable} from './literal.ts';

const sampleRowsMax = 1000;
const sampleRowsMin = 10;
/** What one sample may read from the disks of the source. */
const sampleBytesMax = 16 * MiB;
/** The server ends a sample that takes longer. */
const sampleMsMax = 2000;
/** Largest tables first: more samples would take longer than somebody at a keyboard waits. */
const tablesMax = 200;
/** All samples together; what they did not reach is not sampled. */
const samplesMsMax = 20_000;
/** MaxCompute's limit of a cell. */
const cellBytesMax = 8 * MiB;
/** Character sets whose texts can be malformed and that convert from bytes under their own name. */
const checkedCharsets = new Set(['utf8mb4', 'utf8mb3', 'utf8']);

/** The time was up, no right to read, the table is gone. */
const unsampled: ReadonlySet<string> = new Set(['SYNC2005', 'SYNC2011', 'SYNC2010']);

/** One question about the values of one column. */
interface Question {
  column: ColumnPlan;
  what: string;
  policy: string;
  /** 1 for a value that the target cannot hold. */
  sql: string;
}

/** A finding for each column whose sample has such values: an error where the policy is to stop, else a warning. */
export async function precheckValues(
  connection: SourceConnection,
  plans: readonly TablePlan[],
): Promise<Finding[]> {
  const asked = plans
    .map(plan => ({plan, questions: plan.columns.flatMap(questionsOf)}))
    .filter(({questions}) => questions.length > 0)
    .toSorted((a, b) => b.plan.source.bytesEstimated - a.plan.source.bytesEstimated)
    .slice(0, tablesMax);
  const found: Finding[] = [];
  const startedMs = performance.now();
  for (const {plan, questions} of asked)
    if (performance.now() - startedMs < samplesMsMax)
      found.push(...(await sample(connection, plan, questions)));
  return found;
}

function questionsOf(column: ColumnPlan): Question[] {
  const {name, dataType, charset, lengthMax} = column.source;
  const quoted = quoteName(name);
  const {zeroDate, overLong, invalidText} = column.policies;
  const questions: Question[] = [];
  const ask = (what: string, policy: string, sql: string) =>
    questions.push({column, what, policy, sql});
  if (['date', 'datetime', 'timestamp'].includes(dataType))
    ask('a zero or partial date', zeroDate, `MONTH(${quoted}) = 0 OR DAYOFMONTH(${quoted}) = 0`);
  if (lengthMax !== null && lengthMax > cellBytesMax)
    ask('more than 8 MiB', overLong, `OCTET_LENGTH(${quoted}) > ${cellBytesMax}`);
  if (charset !== null && checkedCharsets.has(charset) && !['enum', 'set'].includes(dataType))
    ask(
      'invalid text',
      invalidText,
      // A conversion gives NULL or what stands before the first malformed byte, by version.
      `NOT (CAST(CONVERT(CAST(${quoted} AS BINARY) USING ${charset}) AS BINARY) <=> CAST(${quoted} AS BINARY))`,
    );
  return questions;
}

/** MySQL before 5.7.8 has no such bound: there the number of rows is all that limits a sample. */
function boundedSelect({isMariadb}: Pick<Dialect, 'isMariadb'>): string {
  return isMariadb
    ? `SET STATEMENT max_statement_time = ${sampleMsMax / secondMs} FOR SELECT`
    : `SELECT /*+ MAX_EXECUTION_TIME(${sampleMsMax}) */`;
}

async function sample(
  connection: SourceConnection,
  plan: TablePlan,
  questions: readonly Question[],
): Promise<Finding[]> {
  const {source} = plan;
  const rowBytes = source.rowsEstimated > 0 ? source.bytesEstimated / source.rowsEstimated : 0;
  const fitting = rowBytes > 0 ? Math.floor(sampleBytesMax / rowBytes) : sampleRowsMax;
  const limit = Math.min(sampleRowsMax, Math.max(sampleRowsMin, fitting));
  // The inner select gives numbers only: a derived table of the values would be as large as they are.
  const inner = questions.map(({sql}, i) => `(${sql}) AS q${i}`).join(', ');
  const sums = questions.map((_, i) => `SUM(q${i}) AS q${i}`).join(', ');
  let row: Record<string, string | number | null>;
  try {
    row = await connection.queryOne(
      `${boundedSelect(connection.dialect)} COUNT(*) AS sampled, ${sums} ` +
        `FROM (SELECT ${inner} FROM ${quoteTable(source)} LIMIT ${limit}) AS sampled_rows`,
    );
  } catch (error) {
    // No right to read has a finding of its own; a busy table is not worth waiting for.
    if (isSyncError(error) && unsampled.has(error.code)) return [];
    throw error;
  }
  return questions.flatMap(({column, what, policy}, i) => {
    const count = Number(row[`q${i}`] ?? 0);
    if (count === 0) return [];
    const object = `${source.database}.${source.name}.${column.source.name}`;
    const details = {column: object, count, rows: Number(row['sampled']), what, policy};
    const severity = policy === 'stop' ? 'error' : 'warning';
    return [
      finding('SYNC2328', details, {id: 'P25', severity, object, observed: `${count} values`}),
    ];
  });
}
