// Error codes of the codec room: 30xx mapping and plans, 31xx lossy mappings (warnings), 32xx row bytes.
import {entry} from './entry.ts';

export interface ColumnCell {
  table: string;
  column: string;
  value: string;
}

const planCodes = {
  SYNC3001: entry<{columnType: string}>({
    title: 'a column type is not understood',
    kind: 'mistake',
    cause: d => `MySQL's column type ${JSON.stringify(d.columnType)} has a form we do not know.`,
    fix: () => 'Exclude the column, or report the type so that it can be added.',
  }),
  SYNC3002: entry<{column: string; columnType: string}>({
    title: 'a MySQL type is not supported',
    kind: 'mistake',
    cause: d => `Column ${d.column} is ${d.columnType}, for which there is no mapping.`,
    fix: d => `Exclude column ${d.column}; docs/types.md lists the types that are mapped.`,
  }),
  SYNC3003: entry<{column: string; charset: string}>({
    title: 'a character set is not supported',
    kind: 'mistake',
    cause: d => `Column ${d.column} is stored in ${d.charset}, which cannot be turned into UTF-8.`,
    fix: d => `Exclude column ${d.column}, or convert it to utf8mb4 in MySQL.`,
  }),
  SYNC3004: entry<{column: string; columnType: string; targetType: string; allowed: string}>({
    title: 'a column cannot have the target type asked for',
    kind: 'mistake',
    cause: d => `Column ${d.column} is ${d.columnType} and cannot become ${d.targetType}.`,
    fix: d => `Choose one of ${d.allowed} for ${d.column}, or remove its entry from types.`,
  }),
  SYNC3005: entry<{table: string; name: string; columns: string}>({
    title: 'two columns meet in one target name',
    kind: 'mistake',
    cause: d => `Columns ${d.columns} of ${d.table} would all be named ${d.name} in the target.`,
    fix: () => 'Rename one of them under columns.rename.',
  }),
  SYNC3006: entry<{table: string; name: string; rule: string}>({
    title: 'a column has the name of an additional log column',
    kind: 'mistake',
    cause: d =>
      `Column ${d.name} of ${d.table} has the name that the rule ${d.rule} gives to a column of the log table.`,
    fix: d =>
      d.rule === 'previous'
        ? "Set naming.additionalColumns to 'new', or rename the column under columns.rename."
        : 'Rename the column under columns.rename.',
  }),
  SYNC3007: entry<{table: string; columns: number; columnsMax: number}>({
    title: 'a table has more columns than MaxCompute allows',
    kind: 'mistake',
    cause: d =>
      `The log table of ${d.table} would have ${d.columns} columns; the limit is ${d.columnsMax}.`,
    fix: () => 'Leave columns out with columns.exclude.',
  }),
  SYNC3008: entry<{table: string; name: string; bytes: number; bytesMax: number}>({
    title: 'a target name is too long',
    kind: 'mistake',
    cause: d =>
      `The name ${d.name} for ${d.table} has ${d.bytes} bytes; MaxCompute allows ${d.bytesMax}.`,
    fix: () => 'Give a shorter name with `as` or columns.rename.',
  }),
  SYNC3009: entry<{table: string; column: string; setting: string}>({
    title: 'a setting names a column that the table lacks',
    kind: 'mistake',
    cause: d => `columns.${d.setting} names ${d.column}, and ${d.table} has no such column.`,
    fix: d => `Remove ${d.column} from columns.${d.setting}, or correct its spelling.`,
  }),
  SYNC3010: entry<{table: string; column: string}>({
    title: 'a key column is left out',
    kind: 'mistake',
    cause: d =>
      `Column ${d.column} belongs to the key of ${d.table}; without it base and log cannot be merged.`,
    fix: d => `Include column ${d.column}.`,
  }),
  SYNC3011: entry<{table: string; column: string; setting: string; value: string}>({
    title: 'a key column has a lossy setting',
    kind: 'mistake',
    cause: d =>
      `columns.${d.setting} gives ${d.value} to ${d.column}, a key column of ${d.table}: two keys could become one.`,
    fix: d => `Remove ${d.column} from columns.${d.setting}.`,
  }),
  SYNC3012: entry<{table: string}>({
    title: 'a table has no column left to synchronize',
    kind: 'mistake',
    cause: d => `columns.include and columns.exclude leave nothing of ${d.table}.`,
    fix: () => 'Include at least one column, or remove the table from objects.',
  }),
  SYNC3013: entry<{table: string; column: string; targetType: string}>({
    title: 'zero dates as text need a STRING target',
    kind: 'mistake',
    cause: d =>
      `Column ${d.column} of ${d.table} keeps zero dates as text but becomes ${d.targetType}.`,
    fix: d => `Set columns.types.${d.column} to STRING, or choose another zeroDate policy.`,
  }),
  SYNC3015: entry<{table: string; column: string; targetType: string; zone: string}>({
    title: 'a key column would meet itself where clocks go back',
    kind: 'mistake',
    cause: d =>
      `Key column ${d.column} of ${d.table} becomes ${d.targetType} in ${d.zone}, where two wall clocks can be one instant.`,
    fix: d =>
      `Set columns.types.${d.column} to TIMESTAMP_NTZ or STRING, or source.timeZone to an offset such as +08:00.`,
  }),
};

const lossCodes = {
  SYNC3101: entry<{column: string; columnType: string}>({
    title: 'zero and partial dates become NULL',
    kind: 'mistake',
    cause: d =>
      `Column ${d.column} is ${d.columnType}; MySQL may hold dates such as 0000-00-00 there, the target cannot.`,
    fix: d => `Choose policies.${d.column}.zeroDate, or acknowledge: each one is counted.`,
  }),
  SYNC3102: entry<{column: string; columnType: string}>({
    title: 'values may exceed the 8 MiB limit of a cell',
    kind: 'mistake',
    cause: d => `Column ${d.column} is ${d.columnType}; MaxCompute holds at most 8 MiB in a cell.`,
    fix: d => `Choose policies.${d.column}.overLong; the task stops at such a value by default.`,
  }),
  SYNC3103: entry<{column: string; columnType: string}>({
    title: 'a wide decimal becomes text',
    kind: 'mistake',
    cause: d =>
      `Column ${d.column} is ${d.columnType}; MaxCompute's DECIMAL has 38 digits, 18 of them decimals.`,
    fix: d =>
      `Read ${d.column} as STRING, or give a type under columns.types that fits its values.`,
  }),
  SYNC3104: entry<{column: string; columnType: string; targetType: string}>({
    title: 'some values may not fit the target type',
    kind: 'mistake',
    cause: d =>
      `Column ${d.column} is ${d.columnType} and becomes ${d.targetType}; the task stops at a value outside it.`,
    fix: d => `Remove ${d.column} from columns.types if it may hold such values.`,
  }),
  SYNC3105: entry<{column: string; columnType: string; targetType: string}>({
    title: 'fractions of a second are cut to milliseconds',
    kind: 'mistake',
    cause: d => `Column ${d.column} is ${d.columnType}; ${d.targetType} holds milliseconds.`,
    fix: d => `Use types 'v2', or set columns.types.${d.column} to STRING.`,
  }),
};

const cellCodes = {
  SYNC3201: entry<{table: string; what: string}>({
    title: 'the binlog describes another table than the plan',
    kind: 'mistake',
    cause: d => `The table map of ${d.table} does not fit: ${d.what}.`,
    fix: () => 'Reload the table: it was altered in a way that the task did not follow.',
  }),
  SYNC3202: entry<{table: string; column: string; columnType: string}>({
    title: 'a column still has the format of MySQL 5.5',
    kind: 'mistake',
    cause: d =>
      `Column ${d.column} of ${d.table} (${d.columnType}) is stored in the temporal format before 5.6.4.`,
    fix: d => `Run ALTER TABLE ${d.table} FORCE on the source, then reload the table.`,
  }),
  SYNC3203: entry<{table: string; column: string; what: string}>({
    title: 'row bytes do not decode',
    kind: 'bug',
    cause: d => `A row of ${d.table} cannot be read at column ${d.column}: ${d.what}.`,
    fix: () => 'Report this with the type of the column; the position is kept.',
  }),
  SYNC3204: entry<ColumnCell>({
    title: 'a date the target cannot hold',
    kind: 'mistake',
    cause: d =>
      `Column ${d.column} of ${d.table} holds ${d.value}, and its zeroDate policy is stop.`,
    fix: d => `Set policies.${d.column}.zeroDate to 'null', or correct the row.`,
  }),
  SYNC3205: entry<ColumnCell>({
    title: 'a value is longer than a cell may be',
    kind: 'mistake',
    cause: d =>
      `Column ${d.column} of ${d.table} holds ${d.value}; MaxCompute allows 8388608 bytes.`,
    fix: d => `Set policies.${d.column}.overLong to 'truncate' or 'null', or exclude the column.`,
  }),
  SYNC3206: entry<ColumnCell>({
    title: 'text does not decode in its character set',
    kind: 'mistake',
    cause: d => `Column ${d.column} of ${d.table} holds the bytes ${d.value}.`,
    fix: d => `Set policies.${d.column}.invalidText to 'replace' or 'null', or correct the row.`,
  }),
  SYNC3207: entry<ColumnCell & {targetType: string}>({
    title: 'a number is outside the target type',
    kind: 'mistake',
    cause: d =>
      `Column ${d.column} of ${d.table} holds ${d.value}, which ${d.targetType} cannot hold.`,
    fix: d => `Remove ${d.column} from columns.types, then reload the table.`,
  }),
  SYNC3208: entry<{table: string; column: string; columnType: string}>({
    title: 'a compressed column is not followed',
    kind: 'mistake',
    cause: d =>
      `Column ${d.column} of ${d.table} (${d.columnType}) is COMPRESSED in MariaDB: its cells are packed in the binlog.`,
    fix: d =>
      `ALTER TABLE ${d.table} MODIFY ${d.column} without COMPRESSED, or exclude the column.`,
  }),
};

export const codecCodes = {...planCodes, ...lossCodes, ...cellCodes};
