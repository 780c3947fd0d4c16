// Functions of exact numbers.
import {notSure} from '../spec/expressionTokens.ts';
import {checkedRange} from './amount.ts';
import {dividedRound} from './compileAmount.ts';
import type {Call, FunctionRule} from './functions.ts';
import {applied} from './textFunctions.ts';
import {isNumber, type NumberType, type NumberValue, type Value} from './value.ts';

/** The functions by name. */
export const numberFunctions: Readonly<Record<string, FunctionRule>> = {
  ABS: ([value], call) => {
    const x = number(value!, call, 0);
    const {low, high} = x.type;
    const most = -low > high ? -low : high;
    const type = checkedRange({...x.type, low: 0n, high: most}, call.at);
    return applied(type, `ABS(${x.sql})`, [x], (n: bigint) => (n < 0n ? -n : n));
  },
  SIGN: ([value], call) => {
    const x = number(value!, call, 0);
    const type: NumberType = {kind: 'number', scale: 0, low: -1n, high: 1n, unsigned: false};
    return applied(type, `SIGN(${x.sql})`, [x], (n: bigint) => (n < 0n ? -1n : n > 0n ? 1n : 0n));
  },
  ROUND: (parts, call) => cut('ROUND', parts, call, dividedRound),
  TRUNCATE: (parts, call) => cut('TRUNCATE', parts, call, (n, by) => n / by),
  FLOOR: ([value], call) =>
    cut('FLOOR', [value!], call, (n, by) => n / by - (n < 0n && n % by !== 0n ? 1n : 0n)),
  CEILING: ([value], call) =>
    cut('CEILING', [value!], call, (n, by) => n / by + (n > 0n && n % by !== 0n ? 1n : 0n)),
  MOD: (_, call, scope) =>
    scope.value({
      kind: 'arithmetic',
      sign: '%',
      left: call.parts[0]!,
      right: call.parts[1]!,
      at: call.at,
    }),
};

function number(value: Value, {name, parts}: Call, i: number): NumberValue {
  if (isNumber(value)) return value;
  throw notSure(
    `value ${i + 1} of ${name}`,
    parts[i]!.at,
    'it is no number, and MySQL would turn it into an inexact one',
    'Use CAST(… AS DECIMAL(p,s)) or CAST(… AS SIGNED).',
  );
}

/** Fewer digits after the point: a constant number of them, none by default. */
function cut(
  name: string,
  parts: Value[],
  call: Call,
  divide: (n: bigint, by: bigint) => bigint,
): Value {
  const x = number(parts[0]!, call, 0);
  const second = call.parts[1];
  const digits = second === undefined ? 0 : second.kind === 'number' ? Number(second.text) : -1;
  if (!Number.isInteger(digits) || digits < 0 || digits > 30)
    throw notSure(
      `value 2 of ${name}`,
      second!.at,
      'it is not a constant from 0 to 30',
      'Write how many digits stay after the point.',
    );
  if (digits >= x.type.scale) {
    if (name === 'FLOOR' || name === 'CEILING' || x.type.scale === 0 || digits === x.type.scale)
      return x;
    throw notSure(
      `value 2 of ${name}`,
      second!.at,
      `the number has ${x.type.scale} digits after its point`,
      'Write no more digits than it has.',
    );
  }
  const by = 10n ** BigInt(x.type.scale - digits);
  const {low, high, unsigned} = x.type;
  const type = checkedRange(
    {
      kind: 'number' as const,
      scale: digits,
      low: divide(low, by),
      high: divide(high, by),
      unsigned,
    },
    call.at,
  );
  const sql = second === undefined ? `${name}(${x.sql})` : `${name}(${x.sql}, ${digits})`;
  return applied(type, sql, [x], (n: bigint) => divide(n, by));
}
