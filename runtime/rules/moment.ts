// Dates and times in filters as whole numbers in the order of time: the packed forms of row images.
// Format: MySQL source, mysys/my_time.cc. Constants are full dates only, and only dates that exist.
import type {SourceColumn} from '../codec/sourceTable.ts';
import {notSure} from '../spec/expressionTokens.ts';

const form = /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/;

/** The number of a constant that is compared with `column`; what MySQL would round, guess or refuse is refused. */
export function momentValue(column: SourceColumn, text: string, at: number): bigint {
  const {name, dataType, fractionDigits} = column;
  const refuse = (reason: string, instead: string) =>
    notSure(`'${text.slice(0, 40)}' beside ${name} (${column.columnType})`, at, reason, instead);
  const parts = form.exec(text);
  const instead =
    dataType === 'date' ? "Write it as '2024-05-31'." : "Write it as '2024-05-31 23:59:59'.";
  if (parts === null) throw refuse('it is not a full date', instead);
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(p => Number(p ?? '0')) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const fraction = parts[7] ?? '';
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(ms);
  const exists =
    year >= 1000 &&
    back.getUTCMonth() === month - 1 &&
    back.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  if (!exists) throw refuse('there is no such moment', instead);
  if (dataType === 'date' && parts[4] !== undefined)
    throw refuse('a DATE has no time of day', instead);
  if (fraction.length > fractionDigits)
    throw refuse(
      `the column has ${fractionDigits} digits of a second`,
      'Give no more digits than the column has.',
    );
  if (dataType === 'date') return BigInt((year << 9) | (month << 5) | day);
  const us = BigInt(fraction.padEnd(6, '0'));
  if (dataType === 'timestamp') {
    const seconds = ms / 1000;
    if (seconds < 1 || seconds >= 2 ** 31)
      throw refuse('a TIMESTAMP holds 1970 to 2038', 'Choose a moment inside its range.');
    return withFraction(BigInt(seconds), us, fractionDigits);
  }
  const days = BigInt(year * 13 + month) * 32n + BigInt(day);
  const packed = ((days * 32n + BigInt(hour)) * 64n + BigInt(minute)) * 64n + BigInt(second);
  return withFraction(packed, us, fractionDigits);
}

function withFraction(seconds: bigint, us: bigint, fractionDigits: number): bigint {
  return fractionDigits === 0 ? seconds : seconds * 1_000_000n + us;
}
