// From the task's objects and the source's catalog to the plan of each table.
import {codes} from '../base/codes.ts';
import {isSyncError, SyncError, type Finding} from '../base/errors.ts';
import type {MappingWarning} from '../codec/mapping.ts';
import type {TablePlan} from '../codec/plan.ts';
import type {SourceTable} from '../codec/sourceTable.ts';
import {planTable, planWarnings, type PlanOptions} from '../codec/planTable.ts';
import {hashText, type HashKeys} from '../rules/rewriteImage.ts';
import {operationsFinding, tableRule, type TableRule} from '../rules/tableRule.ts';
import {transformPlan} from '../rules/transformPlan.ts';
import {readCatalog, selectTable} from '../source/catalog.ts';
import type {SourceConnection} from '../source/connection.ts';
import {fillPlaces} from '../spec/pattern.ts';
import type {Task} from '../spec/task.ts';

/** One table that the task selects. */
export interface PlannedTable {
  plan: TablePlan;
  options: PlanOptions;
  /** Which rows and operations are written; null: all. */
  rule: TableRule | null;
  /** What decides the plan besides the source, as text: a change needs a reload. */
  settings: string;
  /** Input path of the entry that selects it, `objects[0].tables[1]`. */
  where: string;
}

export interface Planned {
  tables: PlannedTable[];
  /** Tables that cannot be planned, and what the mapping of others may lose. */
  findings: Finding[];
}

/** Plans every selected table; what cannot be planned is a finding. */
export async function planTables(task: Task, connection: SourceConnection): Promise<Planned> {
  const tables: PlannedTable[] = [];
  const findings: Finding[] = [];
  const keys = hashKeysOf(task);
  for (const source of await readCatalog(connection, task.objects)) {
    const {objectIndex, tableIndex} = selectTable(task.objects, source.database, source.name)!;
    const where = `objects[${objectIndex}].tables[${tableIndex}]`;
    const options = planOptionsOf(task, objectIndex, tableIndex, source);
    const object = `${source.database}.${source.name}`;
    try {
      const plain = planTable(source, options);
      const entry = task.objects[objectIndex]!.tables[tableIndex]!;
      const {plan, rule} = ruled(plain, options, entry, keys, where);
      tables.push({plan, options, rule, settings: settingsOf(plan, options, entry, rule), where});
      findings.push(...operationsFinding(source, rule).map(found => ({...found, where})));
      for (const warning of planWarnings(untouched(plan), task.types))
        findings.push({
          ...warningFinding(warning),
          where,
          object: `${object}.${warning.column}`,
        });
    } catch (error) {
      if (!isSyncError(error)) throw error;
      findings.push({
        ...error.finding,
        id: error.finding.id ?? 'P24',
        where: error.finding.where ?? where,
        object: error.finding.object ?? object,
      });
    }
  }
  return {tables, findings};
}

/** The rule of a table and its plan with it; what is wrong is told with its path. */
function ruled(
  plain: TablePlan,
  options: PlanOptions,
  entry: Task['objects'][number]['tables'][number],
  keys: HashKeys,
  where: string,
): {plan: TablePlan; rule: TableRule | null} {
  try {
    const rule = tableRule(plain.source, entry, keys);
    const sets = rule?.sets ?? [];
    return {plan: sets.length === 0 ? plain : transformPlan(plain, sets, options), rule};
  } catch (error) {
    if (!isSyncError(error) || error.finding.where === null) throw error;
    const path = `${where}.${error.finding.where}`;
    throw new SyncError({...error.finding, where: path}, error.kind, error.cause);
  }
}

/** The plan without the columns of transforms, whose types are those of their expressions. */
function untouched(plan: TablePlan): TablePlan {
  return {...plan, columns: plan.columns.filter(({select}) => select === undefined)};
}

/** Keys of hashes; null for one whose variable is not set here, as in a preview. */
function hashKeysOf({hashKeys}: Task): HashKeys {
  return new Map(
    Object.entries(hashKeys).map(([name, key]) => [
      name,
      typeof key === 'string' ? key : (process.env[key.env] ?? null),
    ]),
  );
}

/** Tables without a rule keep the text that ledgers have from before there were rules. */
function settingsOf(
  plan: TablePlan,
  {sourceTimeZone, ...others}: PlanOptions,
  {where, operations, transforms}: Task['objects'][number]['tables'][number],
  rule: TableRule | null,
): string {
  const isZoned = plan.columns.some(({zone}) => zone !== undefined);
  const options = isZoned ? {...others, sourceTimeZone} : others;
  if (rule === null) return JSON.stringify(options);
  if (transforms.length === 0) return JSON.stringify({...options, where, operations});
  // Sixteen bits tell a changed key and tell nobody the key.
  const keys = rule.sets.flatMap(({hash}) =>
    hash === null ? [] : [[hash, hashText('', rule.keys.get(hash) ?? '').slice(0, 4)]],
  );
  return JSON.stringify({...options, where, operations, transforms, keys});
}

/** A lossy mapping as a warning of check P24. */
function warningFinding({code, text, fix}: MappingWarning): Finding {
  const {title} = codes[code];
  const more = `docs/errors.md#${code.toLowerCase()}`;
  return {
    id: 'P24',
    code,
    severity: 'warning',
    title,
    where: null,
    object: null,
    observed: null,
    cause: text,
    fix,
    more,
  };
}

/** The plans alone; raises the first finding that stops one. */
export async function planTask(task: Task, connection: SourceConnection): Promise<TablePlan[]> {
  const sources = await readCatalog(connection, task.objects);
  return sources.map(source => {
    const {objectIndex, tableIndex} = selectTable(task.objects, source.database, source.name)!;
    const options = planOptionsOf(task, objectIndex, tableIndex, source);
    const entry = task.objects[objectIndex]!.tables[tableIndex]!;
    const where = `objects[${objectIndex}].tables[${tableIndex}]`;
    return ruled(planTable(source, options), options, entry, hashKeysOf(task), where).plan;
  });
}

function planOptionsOf(
  task: Task,
  objectIndex: number,
  tableIndex: number,
  source: SourceTable,
): PlanOptions {
  const object = task.objects[objectIndex]!;
  const table = object.tables[tableIndex]!;
  const as = table.as === null ? null : fillPlaces(table.as, table.name, source.name);
  const prefix =
    object.as === null ? null : fillPlaces(object.as, object.database, source.database);
  return {
    types: task.types,
    targetName: prefix === null ? as : `${prefix}_${as ?? source.name}`,
    columns: table.columns,
    naming: task.naming,
    log: {
      partitionBy: task.log.partitionBy,
      timeZone: task.log.timeZone,
      lifecycleDays: task.log.lifecycleDays,
    },
    ...(task.source.timeZone !== 'UTC' && {sourceTimeZone: task.source.timeZone}),
  };
}
