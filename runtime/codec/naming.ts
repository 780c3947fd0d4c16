// Names in the target: of tables and columns (design section 6) and of the additional columns of `_log`.
import type {LogNames, PartitionPart} from './plan.ts';

/** default and lower fold to lower case, upper to upper case, source keeps the case. */
export type NameCase = 'default' | 'source' | 'lower' | 'upper';

/** MaxCompute allows names of this length; `_base` and `_log` are part of a table's. */
export const nameBytesMax = 128;

/**
 * The target name of `name`: its case by policy, every character outside a-z 0-9 _ as `_`, and `prefix`
 * (`t_` for tables, `c_` for columns) before one that does not begin with a letter.
 */
export function targetName(name: string, nameCase: NameCase, prefix: 't_' | 'c_'): string {
  const cased =
    nameCase === 'source' ? name : nameCase === 'upper' ? upperAscii(name) : lowerAscii(name);
  // The u flag makes a character beyond the BMP one `_`, not two.
  const plain = cased.replaceAll(/[^a-z0-9_]/giu, '_');
  if (/^[a-z]/i.test(plain)) return plain;
  return (nameCase === 'upper' ? prefix.toUpperCase() : prefix) + plain;
}

/** Names of the additional columns: `record_id` by the previous rule, `new_dts_sync_record_id` by the new one. */
export function logNames(
  rule: 'new' | 'previous',
  partitionBy: readonly PartitionPart[],
): LogNames {
  const name = (previous: string) => (rule === 'new' ? `new_dts_sync_${previous}` : previous);
  return {
    recordId: name('record_id'),
    operationFlag: name('operation_flag'),
    utcTimestamp: name('utc_timestamp'),
    beforeFlag: name('before_flag'),
    afterFlag: name('after_flag'),
    partitions: partitionBy.map(part => name(`modifytime_${part}`)),
  };
}

/** Only ASCII letters have a case here: others become `_` and must not turn into two characters before. */
function lowerAscii(name: string): string {
  return name.replaceAll(/[A-Z]/g, letter => letter.toLowerCase());
}

function upperAscii(name: string): string {
  return name.replaceAll(/[a-z]/g, letter => letter.toUpperCase());
}
