// Text in filters: collations that compare bytes, with or without padding, and equality with ASCII text in those whose
// characters we have a table of; every other collation is refused.
import type {SourceColumn} from '../codec/sourceTable.ts';
import type {PatternStep} from './judgement.ts';
import {notSure} from '../spec/expressionTokens.ts';

export interface TextRule {
  /** Trailing spaces are as if the shorter text were filled up with them. */
  padded: boolean;
  /** Characters are UTF-8. */
  multiByte: boolean;
  /** Case and accents do not count: only equality with ASCII text is decided, by the collation's table. */
  folded: boolean;
}

/** Collations in which text is ordered by its bytes (code point order is byte order in UTF-8), and those with a table. */
const collations: Readonly<Record<string, TextRule>> = {
  utf8mb4_bin: {padded: true, multiByte: true, folded: false},
  utf8mb4_0900_bin: {padded: false, multiByte: true, folded: false},
  utf8mb3_bin: {padded: true, multiByte: true, folded: false},
  utf8_bin: {padded: true, multiByte: true, folded: false},
  ascii_bin: {padded: true, multiByte: false, folded: false},
  latin1_bin: {padded: true, multiByte: false, folded: false},
  utf8mb4_0900_ai_ci: {padded: false, multiByte: true, folded: true},
  utf8mb4_general_ci: {padded: true, multiByte: true, folded: true},
  utf8mb4_unicode_ci: {padded: true, multiByte: true, folded: true},
};

/** How texts of `collation` are compared; null for a collation that is not known. */
export function textCollation(collation: string): TextRule | null {
  return collations[collation] ?? null;
}

/** How values of `column` are compared. Raises SYNC1103. */
export function textRule(column: SourceColumn, at: number): TextRule {
  const {name, dataType, columnType, collation} = column;
  if (dataType === 'binary')
    throw notSure(
      `${name} (${columnType})`,
      at,
      'row images and SELECT pad it differently',
      'Use VARBINARY, or filter by another column.',
    );
  if (/binary|blob/.test(dataType)) return {padded: false, multiByte: false, folded: false};
  const rule = collations[collation ?? ''];
  if (rule === undefined)
    throw notSure(
      `text of ${name} in the collation ${collation}`,
      at,
      'which texts are equal is decided by tables of the server',
      'Give the column a collation such as utf8mb4_bin, filter by a generated column that has one, or by a number or ENUM.',
    );
  return rule;
}

/** A constant's bytes in the column's character set. */
export function textValue(column: SourceColumn, text: string, at: number): Buffer {
  const {charset, name} = column;
  const isPlain = charset === null || charset === 'utf8mb4' || /^[\0-\x7f]*$/.test(text);
  if (!isPlain && !((charset === 'utf8mb3' || charset === 'utf8') && !/[\ud800-\udfff]/.test(text)))
    throw notSure(
      `this text beside ${name} (${charset})`,
      at,
      'the server converts between character sets',
      'Use ASCII characters here.',
    );
  return Buffer.from(text);
}

/** The steps of a LIKE pattern: escaped characters stand for themselves. */
export function patternSteps(pattern: string, escape: string, at: number): PatternStep[] {
  const steps: PatternStep[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') steps.push(Buffer.from(plain));
    plain = '';
  };
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (c === escape) {
      if (++i === pattern.length)
        throw notSure(
          'a pattern that ends with its escape character',
          at,
          'it escapes nothing',
          'Double the escape character.',
        );
      plain += pattern[i]!;
    } else if (c === '%' || c === '_') {
      flush();
      if (c === '_') steps.push('one');
      else if (steps.at(-1) !== 'many') steps.push('many');
    } else plain += c;
  }
  flush();
  return steps;
}
