// Names and limits of MaxCompute tables, checked before anything is sent. The limits are the service's documented ones.
import {finding, SyncError, type Finding} from '../base/errors.ts';
import type {TableDefinition} from './targetTable.ts';

const nameBytesMax = 128;
/** Additional and partition columns count too. */
const columnsMax = 1200;
const partitionLevelsMax = 6;
const lifecycleDaysMax = 37231;
const commentBytesMax = 1024;

/** What is wrong with a table's names and sizes; empty when it can be created. */
export function checkDefinition(table: TableDefinition): Finding[] {
  const findings: Finding[] = [];
  const problem = tableNameProblem(table.name);
  if (problem !== null) findings.push(finding('SYNC4024', {name: table.name, problem}));
  const columns = [...table.columns, ...table.partitionColumns];
  for (const {name} of columns) {
    const columnProblem = columnNameProblem(name);
    if (columnProblem !== null)
      findings.push(finding('SYNC4024', {name: `${table.name}.${name}`, problem: columnProblem}));
  }
  findings.push(
    ...sameColumns(
      table.name,
      columns.map(c => c.name),
    ),
  );
  for (const limit of limitProblems(table, columns.length))
    findings.push(finding('SYNC4025', {table: table.name, problem: limit}));
  return findings;
}

/** Raises the first finding of checkDefinition. */
export function assertDefinition(table: TableDefinition): void {
  const [first] = checkDefinition(table);
  if (first !== undefined) throw new SyncError(first, 'mistake');
}

/** Why `name` cannot name a table; null when it can. */
export function tableNameProblem(name: string): string | null {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name))
    return 'must begin with a letter and hold letters, digits and _ only';
  return Buffer.byteLength(name) > nameBytesMax ? `is longer than ${nameBytesMax} bytes` : null;
}

/** Why `name` cannot name a column; null when it can. Newer projects take Chinese characters too. */
export function columnNameProblem(name: string): string | null {
  if (!/^[A-Za-z_\p{Script=Han}][A-Za-z0-9_\p{Script=Han}]*$/u.test(name))
    return 'must hold letters, digits and _ only, no digit first';
  return Buffer.byteLength(name) > nameBytesMax ? `is longer than ${nameBytesMax} bytes` : null;
}

/** Longest prefix of a comment that the service takes, cut at a character. */
export function fittingComment(comment: string): string {
  if (Buffer.byteLength(comment) <= commentBytesMax) return comment;
  let text = '';
  let bytes = 0;
  for (const character of comment) {
    bytes += Buffer.byteLength(character);
    if (bytes > commentBytesMax) break;
    text += character;
  }
  return text;
}

/** The target compares names without case, so `Id` and `id` are one column. */
function sameColumns(table: string, names: string[]): Finding[] {
  const groups = Map.groupBy(names, name => name.toLowerCase());
  return [...groups]
    .filter(([, group]) => group.length > 1)
    .map(([column, columns]) => finding('SYNC4027', {table, column, columns}));
}

function limitProblems(table: TableDefinition, columnCount: number): string[] {
  const problems: string[] = [];
  if (columnCount > columnsMax)
    problems.push(`${columnCount} columns are needed and ${columnsMax} allowed`);
  if (table.columns.length === 0) problems.push('no column is left');
  if (table.partitionColumns.length > partitionLevelsMax)
    problems.push(
      `${table.partitionColumns.length} partition levels, ${partitionLevelsMax} allowed`,
    );
  const days = table.lifecycleDays;
  if (days !== null && (days < 1 || days > lifecycleDaysMax))
    problems.push(`a lifecycle of ${days} days; 1 to ${lifecycleDaysMax} are allowed`);
  return problems;
}
