// ALTER TABLE of a followed table: every action is looked at, the least followable decides (rule C16).
// Format: MySQL manual, "ALTER TABLE Statement". Actions that keep the stored rows and the key are harmless.
import {readAddedColumn, type AddedColumn} from './columnDefinition.ts';
import {
  harmless,
  readTableName,
  unsupported,
  type Statement,
  type StatementContext,
  type TableName,
} from './statement.ts';
import type {Token} from './sqlTokens.ts';

/** Classifies ALTER TABLE; token `at` is the table's name. */
export function classifyAlter(context: StatementContext, at: number): Statement {
  const named = readTableName(context, at);
  if (named === null) return unsupported([], 'an ALTER TABLE without a table');
  const {table, next} = named;
  const rest = context.tokens.slice(next);
  const into = renameTarget(context, rest, next);
  if (into !== null && context.isSelected(into.database, into.name))
    return unsupported([into], 'a table is renamed to a followed name');
  if (!context.isSelected(table.database, table.name)) return harmless();
  const columns: AddedColumn[] = [];
  const keyName = context.keyNameOf(table.database, table.name);
  for (const action of splitActions(rest)) {
    const outcome = classifyAction(context.sql, action, keyName);
    if (outcome === 'harmless-to-the-end') break;
    if (outcome === 'harmless') continue;
    if (typeof outcome === 'string') return unsupported([table], outcome);
    columns.push(...outcome);
  }
  if (columns.length === 0) return harmless();
  // Whether the inside of a versioned comment ran depends on the server: not guessed for a new column.
  if (rest.some(token => token.versioned))
    return unsupported([table], 'a column is added in a versioned comment');
  return {kind: 'add-column', tables: [table], columns, reason: ''};
}

function renameTarget(context: StatementContext, rest: Token[], offset: number): TableName | null {
  for (let i = 0; i < rest.length; i++) {
    if (rest[i]!.keyword !== 'RENAME') continue;
    const word = rest[i + 1]?.keyword ?? '';
    if (['COLUMN', 'INDEX', 'KEY'].includes(word)) continue;
    const skip = ['TO', 'AS', '='].includes(word) ? 2 : 1;
    return readTableName(context, offset + i + skip)?.table ?? null;
  }
  return null;
}

/** The actions between commas outside parentheses. */
function splitActions(tokens: Token[]): Token[][] {
  const actions: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.keyword === '(') depth++;
    if (token.keyword === ')') depth--;
    if (token.keyword === ',' && depth === 0) actions.push([]);
    else actions.at(-1)!.push(token);
  }
  return actions.filter(action => action.length > 0);
}

/** `harmless`, the added columns, or the reason why it cannot be followed. */
type Outcome = 'harmless' | 'harmless-to-the-end' | AddedColumn[] | string;

const harmlessFirstWords = new Set('DISABLE ENABLE FORCE ALGORITHM LOCK WITH WITHOUT'.split(' '));

/** Work on partitions that moves rows at most between partitions; their lists of names have commas of their own. */
const harmlessPartitionWork = new Set(
  'COALESCE REORGANIZE ANALYZE CHECK OPTIMIZE REBUILD REPAIR'.split(' '),
);

const tableOptions = new Set(
  (
    'AUTO_INCREMENT AVG_ROW_LENGTH CHECKSUM TABLE_CHECKSUM COMMENT COMPRESSION CONNECTION DELAY_KEY_WRITE ENCRYPTION ' +
    'ENGINE ENGINE_ATTRIBUTE INSERT_METHOD KEY_BLOCK_SIZE MAX_ROWS MIN_ROWS PACK_KEYS ROW_FORMAT CHARSET COLLATE ' +
    'SECONDARY_ENGINE_ATTRIBUTE STATS_AUTO_RECALC STATS_PERSISTENT STATS_SAMPLE_PAGES TABLESPACE AUTOEXTEND_SIZE'
  ).split(' '),
);

function classifyAction(sql: string, action: Token[], keyName: string | null): Outcome {
  const words = action.map(token => token.keyword);
  const [first = '', second = ''] = words;
  if (first === 'ADD') return classifyAdd(sql, action, words);
  if (first === 'DROP') return classifyDropAction(action, words, keyName);
  if (first === 'ALTER') return 'harmless';
  if (first === 'RENAME') return classifyRenameAction(action, words, keyName);
  if (first === 'MODIFY' || first === 'CHANGE') return 'a column is changed';
  if (first === 'CONVERT') return 'the character set is converted';
  if (first === 'TRUNCATE') return 'a partition is truncated';
  if (first === 'EXCHANGE') return 'a partition is exchanged';
  if (first === 'DISCARD' || first === 'IMPORT') return 'a tablespace is replaced';
  if (harmlessFirstWords.has(first)) return 'harmless';
  if (harmlessPartitionWork.has(first) && second === 'PARTITION') return 'harmless-to-the-end';
  if (first === 'PARTITION' && second === 'BY') return 'harmless-to-the-end';
  if (first === 'REMOVE' && second === 'PARTITIONING') return 'harmless';
  return classifyOptions(words, action);
}

/** `ENGINE = InnoDB COMMENT 'x' …`, any number of options in a row. */
function classifyOptions(words: string[], action: Token[]): Outcome {
  for (let at = 0; at < words.length;) {
    if (words[at] === 'DEFAULT') at++;
    const option = words[at] === 'CHARACTER' && words[at + 1] === 'SET' ? 'CHARSET' : words[at]!;
    if (option === 'PARTITION' && words[at + 1] === 'BY') return 'harmless-to-the-end';
    if (!tableOptions.has(option)) return `an action that we do not follow (${words[at] ?? ''})`;
    at += words[at] === 'CHARACTER' ? 2 : 1;
    if (words[at] === '=') at++;
    if (option === 'ENGINE' && action[at]?.value.toLowerCase() !== 'innodb')
      return 'the storage engine is changed';
    at++;
  }
  return 'harmless';
}

function classifyAdd(sql: string, action: Token[], words: string[]): Outcome {
  let at = 1;
  if (words[at] === 'CONSTRAINT') {
    at++;
    // The name may be left out.
    if (!['PRIMARY', 'UNIQUE', 'FOREIGN', 'CHECK'].includes(words[at] ?? '')) at++;
  }
  const what = words[at] ?? '';
  if (what === 'PRIMARY' || what === 'UNIQUE') return 'a key is added';
  if (what === 'FOREIGN') {
    // Cascades may change rows without row events, depending on the server.
    const cascades = words.some(word => ['CASCADE', 'SET'].includes(word));
    return cascades ? 'a foreign key with cascades is added' : 'harmless';
  }
  if (['INDEX', 'KEY', 'FULLTEXT', 'SPATIAL', 'CHECK'].includes(what)) return 'harmless';
  if (what === 'PARTITION') return 'harmless-to-the-end';
  if (what === 'COLUMN') at++;
  if (words[at] !== '(') return readAddedColumn(sql, action.slice(at));
  const columns: AddedColumn[] = [];
  for (const definition of splitActions(action.slice(at + 1, -1))) {
    if (['INDEX', 'KEY', 'FULLTEXT', 'SPATIAL', 'CHECK'].includes(definition[0]!.keyword)) continue;
    if (['PRIMARY', 'UNIQUE', 'CONSTRAINT', 'FOREIGN'].includes(definition[0]!.keyword))
      return 'a key is added';
    const column = readAddedColumn(sql, definition);
    if (typeof column === 'string') return column;
    columns.push(...column);
  }
  return columns;
}

function classifyDropAction(action: Token[], words: string[], keyName: string | null): Outcome {
  const [, what = ''] = words;
  if (what === 'PRIMARY') return 'the primary key is dropped';
  if (what === 'FOREIGN' || what === 'CHECK') return 'harmless';
  if (what === 'PARTITION') return 'a partition is dropped';
  if (['INDEX', 'KEY', 'CONSTRAINT'].includes(what))
    return isOtherIndex(action[2], keyName) ? 'harmless' : `index ${action[2]?.value} is dropped`;
  return 'a column is dropped';
}

function classifyRenameAction(action: Token[], words: string[], keyName: string | null): Outcome {
  const [, what = ''] = words;
  if (what === 'INDEX' || what === 'KEY')
    return isOtherIndex(action[2], keyName) ? 'harmless' : `index ${action[2]?.value} is renamed`;
  return what === 'COLUMN' ? 'a column is renamed' : 'a followed table is renamed';
}

function isOtherIndex(name: Token | undefined, keyName: string | null): boolean {
  return (
    keyName !== null && name !== undefined && name.value.toLowerCase() !== keyName.toLowerCase()
  );
}
