// Which changes of a column's type the service takes: those that every value survives (protocol section 17).
import type {OdpsType} from '../codec/odpsType.ts';

const whole = ['tinyint', 'smallint', 'int', 'bigint'];
/** Decimal digits that the longest value of a whole type has. */
const digits: Readonly<Record<string, number>> = {tinyint: 3, smallint: 5, int: 10, bigint: 19};
const printed = new Set([
  ...whole,
  'float',
  'double',
  'decimal',
  'char',
  'varchar',
  'date',
  'datetime',
  'timestamp',
  'timestamp_ntz',
]);

/** Whether a column of type `from` may become one of type `to`. */
export function widens(from: OdpsType, to: OdpsType): boolean {
  if (to.name === 'string') return printed.has(from.name);
  switch (from.name) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      if (to.name === 'decimal') return to.precision - to.scale >= digits[from.name]!;
      return to.name === 'double' || whole.indexOf(to.name) > whole.indexOf(from.name);
    case 'float':
      return to.name === 'double';
    case 'decimal':
      return (
        to.name === 'decimal' &&
        to.scale >= from.scale &&
        to.precision - to.scale >= from.precision - from.scale
      );
    case 'char':
    case 'varchar':
      return to.name === 'varchar' && to.length >= from.length;
    default:
      return false;
  }
}
