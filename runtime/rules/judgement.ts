// A filter once its columns are known: what is compared, and by which rule. Columns are indexes into the source table.
import type {CompareSign} from '../spec/expression.ts';
import type {Judge} from './compileFilter.ts';
import type {Context, NumberValue} from './value.ts';

/** An exact number: value × 10^scale is a whole number between low and high. */
export type Amount = {
  scale: number;
  low: bigint;
  high: bigint;
  unsigned: boolean;
  /** As in a number's type. */
  mixedAt?: number;
} & (
  | {kind: 'column'; column: number}
  | {kind: 'constant'; value: bigint}
  | {kind: 'negate'; operand: Amount}
  /** What a function gives. */
  | {kind: 'value'; value: NumberValue}
  | {kind: 'arithmetic'; sign: '+' | '-' | '*' | '/' | '%'; left: Amount; right: Amount}
);

/** One byte sequence of a LIKE pattern, any one character, or any number of them. */
export type PatternStep = Buffer | 'one' | 'many';

/** True, false or NULL for each row. */
export type Judgement =
  | {kind: 'and' | 'or' | 'xor'; left: Judgement; right: Judgement}
  | {kind: 'any'; parts: Judgement[]}
  | {kind: 'not'; operand: Judgement}
  | {kind: 'amounts'; sign: CompareSign; left: Amount; right: Amount}
  | {kind: 'truth'; operand: Amount}
  /** Moments of one type as ordered numbers; the constant is one already. */
  | {kind: 'moment'; sign: CompareSign; column: number; value: bigint}
  | {kind: 'moments'; sign: CompareSign; left: number; right: number}
  | {kind: 'text'; sign: CompareSign; column: number; value: Buffer; padded: boolean}
  /** `value` is ASCII, folded as `collation` folds it. */
  | {kind: 'folded'; sign: '=' | '<>' | '<=>'; column: number; value: Buffer; padded: boolean}
  | {kind: 'label'; sign: '=' | '<>' | '<=>'; column: number; label: number}
  | {kind: 'like'; column: number; steps: PatternStep[]; multiByte: boolean}
  | {kind: 'noValue'; column: number}
  | {kind: 'noAmount'; operand: Amount}
  /** A comparison of what functions give. */
  | {kind: 'value'; compile: (c: Context) => Judge}
  | {kind: 'unknown'; operand: Judgement}
  | {kind: 'is'; what: 'true' | 'false'; operand: Judgement};
