// What a filter, a transform or a script says, before it is known what its columns are.

export type CompareSign = '=' | '<>' | '<' | '<=' | '>' | '>=' | '<=>';

/** Each node knows the offset in the filter's text where it begins, or where its sign stands. */
export type Expression = {at: number} & (
  | {kind: 'column'; name: string}
  | {kind: 'number'; text: string}
  | {kind: 'string'; text: string}
  | {kind: 'truth'; value: boolean}
  | {kind: 'null'}
  /** `detail` is the type of CAST, the unit of DATE_ADD; null elsewhere. */
  | {kind: 'call'; name: string; detail: string | null; parts: Expression[]}
  | {kind: 'negate'; operand: Expression}
  | {kind: 'arithmetic'; sign: '+' | '-' | '*' | '/' | '%'; left: Expression; right: Expression}
  | {kind: 'compare'; sign: CompareSign; left: Expression; right: Expression}
  | {kind: 'and' | 'or' | 'xor'; left: Expression; right: Expression}
  | {kind: 'not'; operand: Expression}
  | {kind: 'in'; negated: boolean; operand: Expression; list: Expression[]}
  | {kind: 'between'; negated: boolean; operand: Expression; low: Expression; high: Expression}
  | {kind: 'like'; negated: boolean; operand: Expression; pattern: string; escape: string}
  | {kind: 'is'; negated: boolean; operand: Expression; what: 'null' | 'true' | 'false'}
);
