// The SQL that readers run: base ⊕ log as one SELECT of the table's columns (rules C3, C13, C17).
// With a key the newest image of each key wins; without one it is multiset arithmetic. Across generations nothing merges.
// Columns that the source dropped are left out; one that was added with a value has it in rows from before, too.
import {isLive, type ColumnPlan, type TablePlan} from '../codec/plan.ts';
import {quoteText} from '../sink/sqlText.ts';

export interface MergeOptions {
  /** Unix seconds; only changes strictly below it count. null: all changes. */
  asOf: number | null;
}

/** `SET` lines and one SELECT, without a final semicolon on the SELECT. Runs on MaxCompute and on the embedded endpoint. */
export function mergeSql(plan: TablePlan, options: MergeOptions): string {
  const select = plan.key === null ? multisetSelect(plan, options) : newestSelect(plan, options);
  return `SET odps.sql.allow.fullscan=true;\nSET odps.sql.type.system.odps2=true;\n${select}`;
}

/**
 * Base rows stand as change 0 with an after image. Of an update's two rows, which share their id, the after image
 * ranks first ('Y' > 'N'); where the newest image is a before image, the key was deleted or moved away.
 */
function newestSelect(plan: TablePlan, {asOf}: MergeOptions): string {
  const {recordId, afterFlag} = plan.logNames;
  const columns = columnList(liveColumns(plan));
  const id = quote(recordId);
  const after = quote(afterFlag);
  const rank = quote(freeName(plan, 'merge_rank'));
  const keyColumns = plan.key!.map(index => plan.columns[index]!);
  return `SELECT ${columns}
FROM (
  SELECT ${columns}, ${after},
    ROW_NUMBER() OVER (PARTITION BY ${columnList(keyColumns)} ORDER BY ${id} DESC, ${after} DESC) AS ${rank}
  FROM (
    SELECT ${id}, ${after}, ${filledColumns(plan, id)}
    FROM ${quote(plan.logTable)}${before(plan, asOf)}
    UNION ALL
    SELECT CAST(0 AS BIGINT) AS ${id}, 'Y' AS ${after}, ${filledColumns(plan, null)}
    FROM ${quote(plan.baseTable)}
  ) images
) ranked
WHERE ${rank} = 1 AND ${after} = 'Y'`;
}

/**
 * Of a log row that stream writes repeated, one counts: an image is known by its record id and after flag. Of equal rows, as many are left as came in (base rows and after images) less those that went (before images).
 * Window partitions hold NULLs together, so the counting is null-safe where a join would not be.
 */
function multisetSelect(plan: TablePlan, {asOf}: MergeOptions): string {
  const columns = columnList(liveColumns(plan));
  const sign = quote(freeName(plan, 'merge_sign'));
  const rank = quote(freeName(plan, 'merge_rank'));
  const gone = quote(freeName(plan, 'merge_gone'));
  const copy = quote(freeName(plan, 'merge_copy'));
  const id = quote(plan.logNames.recordId);
  const after = quote(plan.logNames.afterFlag);
  return `SELECT ${columns}
FROM (
  SELECT ${columns}, ${sign},
    ROW_NUMBER() OVER (PARTITION BY ${sign}, ${columns} ORDER BY ${sign}) AS ${rank},
    SUM(CASE WHEN ${sign} < 0 THEN 1 ELSE 0 END) OVER (PARTITION BY ${columns}) AS ${gone}
  FROM (
    SELECT CASE WHEN ${after} = 'Y' THEN 1 ELSE -1 END AS ${sign}, ${filledColumns(plan, id)}
    FROM (
      SELECT *, ROW_NUMBER() OVER (PARTITION BY ${id}, ${after} ORDER BY ${id}) AS ${copy}
      FROM ${quote(plan.logTable)}${before(plan, asOf)}
    ) written
    WHERE ${copy} = 1
    UNION ALL
    SELECT 1 AS ${sign}, ${filledColumns(plan, null)}
    FROM ${quote(plan.baseTable)}
  ) images
) counted
WHERE ${sign} > 0 AND ${rank} > ${gone}`;
}

function before(plan: TablePlan, asOf: number | null): string {
  return asOf === null ? '' : `\n    WHERE ${quote(plan.logNames.utcTimestamp)} < ${asOf}`;
}

function liveColumns(plan: TablePlan): ColumnPlan[] {
  return plan.columns.filter(isLive);
}

/** The columns with what an ADD COLUMN put into rows from before it: those of the base, and log rows below its record id. */
function filledColumns(plan: TablePlan, recordId: string | null): string {
  return liveColumns(plan)
    .map(({targetName, targetType, added}) => {
      const name = quote(targetName);
      if (added === undefined) return name;
      const text = quoteText(added.text);
      const value = targetType === 'STRING' ? text : `CAST(${text} AS ${targetType})`;
      if (recordId === null) return `${value} AS ${name}`;
      return `CASE WHEN ${recordId} < ${added.before} THEN ${value} ELSE ${name} END AS ${name}`;
    })
    .join(', ');
}

function columnList(columns: readonly ColumnPlan[]): string {
  return columns.map(column => quote(column.targetName)).join(', ');
}

/** `wanted`, or it with a number, so that no column of the table is hidden by a name of ours. */
function freeName(plan: TablePlan, wanted: string): string {
  const taken = new Set(plan.columns.map(column => column.targetName.toLowerCase()));
  for (const name of Object.values(plan.logNames).flat()) taken.add(name.toLowerCase());
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
  return name;
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
