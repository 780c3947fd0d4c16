// Generated pieces for dates: from year, month, day, seconds of the day and microseconds to the target's form.
// A zero, partial or impossible date (MySQL's ALLOW_INVALID_DATES) is met here and goes by the column's policy.
import type {CellShape} from './cellShape.ts';
import {putInteger, putTimestamp, shortText, split} from './fieldCode.ts';

/**
 * Writes the date in y, m, d (and, with a time, sec = seconds of the day and us) of column `slot` as field `field`.
 * Text has `fractionDigits` digits of a second; -1 means a date without time.
 */
export function putDate(
  shape: CellShape,
  slot: number,
  field: number,
  fractionDigits: number,
): string {
  const {target, policies} = shape;
  const count = `counters.zeroDates[${slot}]++;`;
  if (target === 'string') {
    const write = shortText(field, `o=K.dateText(bytes,o,y,m,d,sec,us,${fractionDigits});`);
    if (policies!.zeroDate === 'text') return `if(${noDate}){${count}}${write}`;
    return guard(shape, slot, fractionDigits, write);
  }
  return guard(shape, slot, fractionDigits, daysFromCivil + putDays(shape, field));
}

/** The target's form of an instant in sec (a double of Unix seconds) and us. */
export function putInstant(target: CellShape['target'], field: number): string {
  if (target === 'timestamp') return putTimestamp(field);
  return `sec=sec*1000+(us/1000|0);${split('sec')}${putInteger(field, false)}`;
}

const noDate = '(y===0||m===0||d===0||(d>28&&d>K.monthDays(y,m)))';

function guard(shape: CellShape, slot: number, fractionDigits: number, write: string): string {
  const bad =
    shape.policies!.zeroDate === 'stop'
      ? `K.zeroDate(${slot},y,m,d,sec,us,${fractionDigits});`
      : `counters.zeroDates[${slot}]++;`;
  return `if(${noDate}){${bad}}else{${write}}`;
}

function putDays({target, zone}: CellShape, field: number): string {
  if (target === 'date') return `lo=days;${putInteger(field, true)}`;
  const toInstant = zone === undefined ? '' : `sec=K.instantOf(${JSON.stringify(zone)},sec);`;
  return `sec+=days*86400;${toInstant}${putInstant(target, field)}`;
}

// Days since 1970-01-01: years begin in March, so that the leap day is a year's last (Howard Hinnant's algorithm).
const daysFromCivil =
  'y2=m<3?y-1:y;days=365*y2+(y2>>2)-(y2/100|0)+(y2/400|0)+((153*(m<3?m+9:m-3)+2)/5|0)+d-719469;';
