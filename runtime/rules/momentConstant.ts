// A constant date or time as a value. Full dates only, and only dates that exist.
import type {SourceColumn} from '../codec/sourceTable.ts';
import {momentValue} from './moment.ts';
import {momentOf, type MomentType} from './value.ts';

/** The microseconds of `text`, which stands for a moment of `type`. Raises SYNC1103. */
export function momentConstant(type: MomentType, text: string, at: number): bigint {
  const {dataType, fractionDigits} = type;
  const like = {name: 'the value', columnType: dataType, dataType, fractionDigits};
  momentValue(like as SourceColumn, text, at);
  const [year, month, day, hour, minute, second] = text.split(/[^\d]/).map(Number);
  const micro = Number((text.split('.')[1] ?? '').padEnd(6, '0'));
  return momentOf({
    year: year!,
    month: month!,
    day: day!,
    hour: hour ?? 0,
    minute: minute ?? 0,
    second: second ?? 0,
    micro,
  })!;
}
