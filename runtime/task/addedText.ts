// What an ADD COLUMN puts into the rows that are there: the text of its default, which the merge statement gives to rows
// from before it. Refuses, with the reason to load anew, a value whose text would not tell it exactly.
import {families, type Family} from '../codec/mapping.ts';
import type {ColumnPlan} from '../codec/plan.ts';
import type {SourceColumn} from '../codec/sourceTable.ts';

/** Families whose default as MySQL's text reads the same in the target. */
const plainText: ReadonlySet<Family> = new Set([
  'integer',
  'year',
  'decimal',
  'float',
  'double',
  'date',
  'datetime',
  'text',
  'label',
]);

/** The text; null for NULL; a reason where only the source can tell. */
export function addedText({
  source,
  targetType,
  policies,
}: ColumnPlan): string | null | {reason: string} {
  const text = source.defaultText ?? (source.nullable ? null : impliedText(source));
  if (text === null) return null;
  const family = families[source.dataType];
  if (family === undefined || !plainText.has(family) || !isTold(source, family, text, targetType))
    return {reason: `${source.name} is added with the value ${JSON.stringify(text)}`};
  if (/^0000-|-00/.test(text) && (family === 'date' || family === 'datetime')) {
    if (policies.zeroDate === 'null') return null;
    return {reason: `${source.name} is added with a zero date`};
  }
  return text;
}

/** What NOT NULL without a default means for rows that are there. */
function impliedText({dataType, labels}: SourceColumn): string {
  switch (families[dataType]) {
    case 'integer':
    case 'decimal':
    case 'float':
    case 'double':
    case 'year':
      return '0';
    case 'date':
    case 'datetime':
      return '0000-00-00';
    case 'label':
      return dataType === 'enum' ? (labels[0] ?? '') : '';
    default:
      return '';
  }
}

/** Whether MySQL stores just what `text` says: it rounds numbers and completes dates otherwise. */
function isTold(source: SourceColumn, family: Family, text: string, targetType: string): boolean {
  if (/BOOLEAN|BINARY/.test(targetType)) return false;
  switch (family) {
    case 'integer':
    case 'year':
      return (
        /^-?\d{1,20}$/.test(text) && (family === 'integer' || text === '0' || text.length === 4)
      );
    case 'decimal':
      return (
        /^-?\d+(\.\d+)?$/.test(text) &&
        (text.split('.')[1] ?? '').length <= source.scale! &&
        targetType !== 'STRING'
      );
    case 'float':
    case 'double':
      return /^-?\d+(\.\d+)?$/.test(text) && targetType === 'DOUBLE' && family === 'double';
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(text) && targetType !== 'STRING';
    case 'datetime':
      return targetType !== 'STRING' && (/^\d{4}-\d\d-\d\d$/.test(text) || isMoment(source, text));
    case 'label':
      return source.labels.includes(text) || text === '';
    default:
      return source.dataType !== 'char' || !text.endsWith(' ');
  }
}

function isMoment({fractionDigits}: SourceColumn, text: string): boolean {
  const found = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.(\d+))?$/.exec(text);
  return found !== null && (found[1] ?? '').length <= fractionDigits;
}
