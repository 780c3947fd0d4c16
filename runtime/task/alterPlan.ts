// The plan of a table after an ALTER TABLE (rules C15, C16): target columns keep their places, dropped ones stay and are
// left NULL, new ones stand last. What the target cannot follow with its rows as they are is told as a reason to load anew.
import {alterColumns, type AlteredColumn, type ColumnChange} from '../codec/alterColumns.ts';
import {keepsValues} from '../codec/keepsValues.ts';
import {isLive, type ColumnPlan, type TablePlan} from '../codec/plan.ts';
import {checkNames, planTable, type PlanOptions} from '../codec/planTable.ts';
import type {SourceColumn, SourceTable} from '../codec/sourceTable.ts';
import {isWidening} from '../sink/alterTable.ts';
import type {DdlKind} from '../spec/objects.ts';
import {addedText} from './addedText.ts';

export interface AlterOptions {
  plan: PlanOptions;
  /** The statement ran in strict mode. */
  isStrict: boolean;
  /** The record id of the first row change after the statement. */
  nextRecordId: number;
  /** Filters or transforms name columns of the table. */
  isRuled: boolean;
  /** Kinds of change that leave the target's columns as they are. */
  ignored: ReadonlySet<DdlKind>;
}

/** The plan after `changes`, or why the table has to be loaded anew. Raises what planning a table may raise. */
export function alterPlan(
  before: TablePlan,
  changes: readonly ColumnChange[],
  options: AlterOptions,
): TablePlan | {reason: string} {
  if (options.isRuled && changes.some(({what}) => what !== 'add'))
    return {reason: 'filters or transforms may name the column'};
  const altered = alterColumns(before.source.columns, changes);
  if (altered === null) return {reason: 'the statement is about another version of the table'};
  const source = sourceAfter(before.source, altered);
  const isAnew = source === null ? 'the key is changed' : valuesChange(before, altered, options);
  if (source === null || isAnew !== null) return {reason: isAnew ?? ''};
  const wanted = planTable(source, withoutMissing(options.plan, source));
  const columns: ColumnPlan[] = [];
  for (const column of before.columns) {
    const next = nextColumn(before, column, altered, wanted, options);
    if ('reason' in next) return next;
    columns.push(next);
  }
  for (const [i, {targetName}] of columns.entries())
    if (targetName !== before.columns[i]!.targetName) makeRoom(columns, targetName);
  for (const {column, from} of altered) {
    if (from !== null || options.ignored.has('add-column')) continue;
    const fresh = wanted.columns.find(({source}) => source.name === column.name);
    if (fresh === undefined) continue;
    const text = addedText(fresh);
    if (text !== null && typeof text === 'object') return text;
    makeRoom(columns, fresh.targetName);
    columns.push(text === null ? fresh : {...fresh, added: {before: options.nextRecordId, text}});
  }
  const after = {...before, source, columns};
  checkNames(after, options.plan);
  return after;
}

/** The table after the statement; null where its key is another one. */
function sourceAfter(before: SourceTable, altered: readonly AlteredColumn[]): SourceTable | null {
  const columns = altered.map(({column}) => column);
  if (before.key === null) return {...before, columns};
  const names: string[] = [];
  for (const name of before.key.columns) {
    const found = altered.find(({from}) => from === name)?.column;
    const old = before.columns.find(column => column.name === name);
    if (found === undefined || old === undefined) return null;
    const isNullable = found.nullable && before.key.name !== 'PRIMARY';
    if (isNullable || found.collation !== old.collation) return null;
    names.push(found.name);
  }
  return {...before, columns, key: {...before.key, columns: names}};
}

/** Why the values of a column are others now, or where their text could be; null when none are. */
function valuesChange(
  {source}: TablePlan,
  altered: readonly AlteredColumn[],
  {isStrict}: AlterOptions,
): string | null {
  for (const {column, from} of altered) {
    const old = source.columns.find(({name}) => name === from);
    if (old === undefined || old === column || isSameButName(old, column)) continue;
    if (!keepsValues(old, column, isStrict))
      return `${old.name} may hold other values as ${column.columnType}`;
  }
  return null;
}

function isSameButName(old: SourceColumn, column: SourceColumn): boolean {
  return JSON.stringify({...old, name: ''}) === JSON.stringify({...column, name: ''});
}

/** Settings of columns that are gone ask for nothing any more. */
function withoutMissing(options: PlanOptions, {columns: present}: SourceTable): PlanOptions {
  const names = new Set(present.map(({name}) => name));
  const known = (list: readonly string[]) => list.filter(name => names.has(name));
  const of = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));
  const {include, exclude, rename, types, policies} = options.columns;
  return {
    ...options,
    columns: {
      include: include === null ? null : known(include),
      exclude: known(exclude),
      rename: of(rename),
      types: of(types),
      policies: of(policies),
    },
  };
}

/** What a column of the plan is afterwards. */
function nextColumn(
  before: TablePlan,
  column: ColumnPlan,
  altered: readonly AlteredColumn[],
  wanted: TablePlan,
  {ignored}: AlterOptions,
): ColumnPlan | {reason: string} {
  const {imageIndex} = column;
  if (!isLive(column)) return column;
  // New columns of transforms stand behind those of the table.
  const grown = altered.length - before.source.columns.length;
  if (imageIndex >= before.source.columns.length)
    return {...column, imageIndex: imageIndex + grown};
  const name = before.source.columns[imageIndex]!.name;
  const after = altered.findIndex(({from}) => from === name);
  if (after === -1) return {...column, imageIndex: -1};
  if (column.select !== undefined) return {...column, imageIndex: after};
  const planned = wanted.columns.find(({imageIndex}) => imageIndex === after);
  if (planned === undefined)
    return {reason: `the settings leave ${altered[after]!.column.name} out`};
  const targetType = typeOf(column.targetType, planned.targetType);
  if (targetType === null)
    return {reason: `${name} cannot become ${planned.targetType} in the target`};
  const keepsName = planned.source.name === name || ignored.has('rename-column');
  const targetName = keepsName ? column.targetName : planned.targetName;
  return {...column, source: planned.source, imageIndex: after, targetName, targetType};
}

/** The wider of two target types; null where one cannot hold the values of the other as they are. */
function typeOf(before: string, after: string): string | null {
  if (before === after) return before;
  // The text of a number is the server's affair.
  if (before === 'STRING' || after === 'STRING') return null;
  if (isWidening(before, after)) return after;
  return isWidening(after, before) ? before : null;
}

/** A dropped column gives its name to a new one, and keeps its values under another. */
function makeRoom(columns: ColumnPlan[], name: string): void {
  const taken = new Set(columns.map(({targetName}) => targetName.toLowerCase()));
  const at = columns.findIndex(
    column => !isLive(column) && column.targetName.toLowerCase() === name.toLowerCase(),
  );
  if (at === -1) return;
  let number = 1;
  while (taken.has(`${name.toLowerCase()}_dropped_${number}`)) number++;
  columns[at] = {...columns[at]!, targetName: `${name}_dropped_${number}`};
}
