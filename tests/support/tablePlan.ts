// Plans of small tables for tests that need one and have no source.
import type {ColumnPlan, LogNames, TablePlan} from '../../runtime/codec/plan.ts';

const prefix = 'new_dts_sync_';

/** Names of the additional columns under the two rules. */
export function logNames(rule: 'new' | 'previous', partitions = ['modifytime_day']): LogNames {
  const name = (text: string) => (rule === 'new' ? prefix + text : text);
  return {
    recordId: name('record_id'),
    operationFlag: name('operation_flag'),
    utcTimestamp: name('utc_timestamp'),
    beforeFlag: name('before_flag'),
    afterFlag: name('after_flag'),
    partitions: partitions.map(name),
  };
}

/** A plan of `name` whose columns are given as `[name, MaxCompute type]`; `key` names its key columns. */
export function tablePlan(
  name: string,
  columns: readonly (readonly [name: string, type: string])[],
  key: readonly string[] | null,
  changes: Partial<TablePlan> = {},
): TablePlan {
  const plans = columns.map(([column, type], index) => columnPlan(column, type, index));
  return {
    source: {
      database: 'shop',
      name,
      engine: 'InnoDB',
      comment: '',
      columns: plans.map(plan => plan.source),
      key: key === null ? null : {name: 'PRIMARY', columns: [...key]},
      rowsEstimated: 0,
      bytesEstimated: 0,
    },
    columns: plans,
    key: key === null ? null : key.map(k => columns.findIndex(([column]) => column === k)),
    baseTable: `${name}_base`,
    logTable: `${name}_log`,
    logNames: logNames('new'),
    partitionBy: ['day'],
    partitionTimeZone: 'UTC',
    lifecycleDays: null,
    ...changes,
  };
}

function columnPlan(name: string, targetType: string, imageIndex: number): ColumnPlan {
  return {
    source: {
      name,
      dataType: 'varchar',
      columnType: 'varchar(20)',
      unsigned: false,
      nullable: true,
      charset: 'utf8mb4',
      collation: 'utf8mb4_0900_ai_ci',
      precision: null,
      scale: null,
      fractionDigits: 0,
      lengthMax: 20,
      labels: [],
      generated: 'none',
      invisible: false,
      autoIncrement: false,
      defaultText: null,
      defaultExpression: null,
      comment: `about ${name}`,
      srid: null,
    },
    imageIndex,
    targetName: name,
    targetType,
    policies: {zeroDate: 'null', overLong: 'stop', invalidText: 'stop'},
  };
}
