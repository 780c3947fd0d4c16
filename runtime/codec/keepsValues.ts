// Whether a MODIFY or CHANGE leaves every stored value the same in the target's eyes, though no row event tells of it
// (rule C16). What is not known to keep them does not: the table is loaded anew then.
import {families} from './mapping.ts';
import type {SourceColumn} from './sourceTable.ts';

/** Whether all values of `before` are the same values in `after`. In strict mode MySQL refuses an ALTER that cuts one. */
export function keepsValues(before: SourceColumn, after: SourceColumn, isStrict: boolean): boolean {
  if (before.generated !== 'none' || after.generated !== 'none') return false;
  if (after.autoIncrement && !before.autoIncrement) return false;
  if (before.nullable && !after.nullable && !isStrict) return false;
  const from = families[before.dataType];
  const to = families[after.dataType];
  if (from === undefined || to === undefined) return false;
  if (from === 'integer' && (to === 'integer' || to === 'decimal'))
    return isZerofill(before) === isZerofill(after) && (isStrict || holdsIntegers(before, after));
  if (from !== to) return false;
  switch (from) {
    case 'decimal':
      return before.scale === after.scale && (isStrict || after.precision! >= before.precision!);
    case 'datetime':
    case 'timestamp':
      return after.fractionDigits >= before.fractionDigits;
    case 'text':
      return keepsText(before, after) && holdsText(before, after);
    case 'binary':
      return holdsBinary(before, after);
    case 'label':
      return keepsText(before, after) && holdsLabels(before, after);
    case 'date':
    case 'year':
    case 'json':
      return true;
    default:
      // FLOAT, DOUBLE, TIME, BIT, geometry and vectors: their digits, bytes or text may differ.
      return sameType(before) === sameType(after) && before.srid === after.srid;
  }
}

function sameType({columnType}: SourceColumn): string {
  return columnType.toLowerCase().replaceAll(/\s+/g, '');
}

function isZerofill({columnType}: SourceColumn): boolean {
  return /zerofill/i.test(columnType);
}

const widths = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'];
/** Digits before the point that hold every value of these. */
const digits = [3, 5, 8, 10, 20];

function holdsIntegers(before: SourceColumn, after: SourceColumn): boolean {
  const from = widths.indexOf(before.dataType);
  if (after.dataType === 'decimal')
    return after.precision! - after.scale! >= digits[from]! && (before.unsigned || !after.unsigned);
  const to = widths.indexOf(after.dataType);
  if (before.unsigned === after.unsigned) return to >= from;
  return before.unsigned && to > from;
}

/** utf8mb4 holds every character of every other set. */
function keepsText(before: SourceColumn, after: SourceColumn): boolean {
  return before.charset === after.charset || after.charset === 'utf8mb4';
}

/** Bytes of the TEXT and BLOB types. */
const bytesMax: Readonly<Record<string, number>> = {
  tinytext: 255,
  text: 65_535,
  mediumtext: 16_777_215,
  longtext: 4_294_967_295,
  tinyblob: 255,
  blob: 65_535,
  mediumblob: 16_777_215,
  longblob: 4_294_967_295,
};

/** A character takes at most four bytes. */
const characterBytesMax = 4;

function holdsText(before: SourceColumn, after: SourceColumn): boolean {
  const to = bytesMax[after.dataType];
  const from = bytesMax[before.dataType];
  if (to !== undefined)
    return (
      to >=
      (from ?? (before.lengthMax ?? Infinity) * characterBytesMax) * growth(before, after, from)
    );
  // CHAR drops the spaces at the end that VARCHAR keeps.
  if (from !== undefined || (before.dataType === 'varchar' && after.dataType === 'char'))
    return false;
  return (after.lengthMax ?? 0) >= (before.lengthMax ?? Infinity);
}

/** Bytes that a TEXT needs in another character set. */
function growth(before: SourceColumn, after: SourceColumn, from: number | undefined): number {
  return from === undefined || before.charset === after.charset ? 1 : characterBytesMax;
}

function holdsBinary(before: SourceColumn, after: SourceColumn): boolean {
  // BINARY is filled up with zero bytes.
  if (after.dataType === 'binary')
    return before.dataType === 'binary' && before.lengthMax === after.lengthMax;
  const from = bytesMax[before.dataType] ?? before.lengthMax ?? Infinity;
  return (bytesMax[after.dataType] ?? after.lengthMax ?? 0) >= from;
}

/** An ENUM is converted by its labels; the text of a SET has its labels in the order of the definition. */
function holdsLabels(before: SourceColumn, after: SourceColumn): boolean {
  if (before.dataType !== after.dataType) return false;
  if (before.dataType === 'set')
    return before.labels.every((label, i) => label === after.labels[i]);
  return before.labels.every(label => after.labels.includes(label));
}
