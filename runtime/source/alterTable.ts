// ALTER TABLE of a followed table: every action is looked at (rule C16). What the columns become is told change by change;
// where an action alters rows or the key, or is not understood, the table has to be loaded anew.
// Format: MySQL manual, "ALTER TABLE Statement". Actions that keep the stored rows and the key are harmless.
import type {ColumnChange} from '../codec/alterColumns.ts';
import type {DdlKind} from '../spec/objects.ts';
import {readColumn} from './columnDefinition.ts';
import {
  afterIf,
  harmless,
  plainStatement,
  readTableName,
  reload,
  unsupported,
  type Statement,
  type StatementContext,
  type StatementTraits,
  type TableName,
} from './statement.ts';
import type {Token} from './sqlTokens.ts';

/** Classifies ALTER TABLE; token `at` is the table's name. */
export function classifyAlter(context: StatementContext, at: number): Statement {
  const named = readTableName(context, afterIf(context.tokens, at));
  if (named === null) return unsupported([], 'an ALTER TABLE without a table');
  const {table} = named;
  const next = afterWait(context.tokens, named.next);
  const rest = context.tokens.slice(next);
  const isFollowed = context.isSelected(table.database, table.name);
  const into = renameTarget(context, rest, next);
  if (into !== null) return classifyRenameTo(context, isFollowed ? table : null, into);
  const exchanged = exchangedWith(context, rest, next);
  if (exchanged.length > 0) {
    const both = isFollowed ? [table, ...exchanged] : exchanged;
    return reload(both, ['change-partition'], 'a partition and a table change places');
  }
  if (!isFollowed) return harmless();
  const changes: ColumnChange[] = [];
  const keyName = context.keyNameOf(table.database, table.name);
  for (const action of splitActions(rest)) {
    const outcome = classifyAction(context.sql, action, keyName);
    if (outcome === 'harmless-to-the-end') break;
    if (outcome === 'harmless') continue;
    if ('reason' in outcome) return reload([table], [outcome.ddl], outcome.reason);
    changes.push(...outcome.changes);
  }
  if (changes.length === 0) return harmless();
  const foreign = foreignChange(context.traits, changes);
  if (foreign !== null) return reload([table], kindsOf(changes), foreign);
  // Whether the inside of a versioned comment ran depends on the server: not guessed for columns.
  if (rest.some(token => token.versioned))
    return reload([table], kindsOf(changes), 'columns are changed in a versioned comment');
  return {...plainStatement('alter'), tables: [table], changes, ddl: kindsOf(changes)};
}

/** MariaDB: WAIT n or NOWAIT behind the name of the table. */
function afterWait(tokens: readonly Token[], at: number): number {
  if (tokens[at]?.keyword === 'NOWAIT') return at + 1;
  return tokens[at]?.keyword === 'WAIT' ? at + 2 : at;
}

/** Why a column becomes something else on this server than its definition says; null: it does not. */
function foreignChange(
  {isMariadb, fillsTimestamps}: StatementTraits,
  changes: readonly ColumnChange[],
): string | null {
  for (const change of changes) {
    if (change.what !== 'add' && change.what !== 'change') continue;
    const {dataType} = change.column;
    if (isMariadb && dataType === 'json') return 'a column of type JSON, which is LONGTEXT there';
    if (fillsTimestamps && dataType === 'timestamp')
      return 'a TIMESTAMP column, which the server may fill with a time';
  }
  return null;
}

function kindsOf(changes: readonly ColumnChange[]): DdlKind[] {
  const kinds = changes.map(change => {
    if (change.what === 'change')
      return change.name.toLowerCase() === change.column.name.toLowerCase()
        ? 'modify-column'
        : 'rename-column';
    return ({add: 'add-column', drop: 'drop-column', rename: 'rename-column'} as const)[
      change.what
    ];
  });
  return [...new Set(kinds)];
}

function classifyRenameTo(
  context: StatementContext,
  from: TableName | null,
  into: TableName,
): Statement {
  const isSame = from !== null && from.database === into.database && from.name === into.name;
  const tables = from === null || isSame ? [] : [from];
  if (!isSame && context.isSelected(into.database, into.name)) tables.push(into);
  if (tables.length > 0) return reload(tables, ['rename-table'], 'a table is renamed');
  if (isSame) return reload([into], ['rename-table'], 'a table is renamed to its own name');
  if (!context.isWanted(into.database, into.name)) return harmless();
  return {...plainStatement('create'), tables: [into], ddl: ['create-table']};
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

/**
 * EXCHANGE PARTITION of any table changes the rows of the one that it names behind WITH TABLE; MariaDB's CONVERT PARTITION
 * makes a table of a partition, CONVERT TABLE a partition of a table.
 */
function exchangedWith(context: StatementContext, rest: Token[], offset: number): TableName[] {
  const [first, second] = rest.map(({keyword}) => keyword);
  const isConvert = first === 'CONVERT' && (second === 'PARTITION' || second === 'TABLE');
  if (first !== 'EXCHANGE' && !isConvert) return [];
  const before = isConvert ? ['CONVERT', 'TO'] : ['WITH'];
  const at = rest.findIndex(
    ({keyword}, i) => keyword === 'TABLE' && before.includes(rest[i - 1]?.keyword ?? ''),
  );
  const table = at < 0 ? null : (readTableName(context, offset + at + 1)?.table ?? null);
  return table !== null && context.isSelected(table.database, table.name) ? [table] : [];
}

/** The actions between commas outside parentheses. */
export function splitActions(tokens: Token[]): Token[][] {
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

/** Harmless, what happens to columns, or why the table has to be loaded anew. */
type Outcome =
  'harmless' | 'harmless-to-the-end' | {changes: ColumnChange[]} | {ddl: DdlKind; reason: string};

const harmlessFirstWords = new Set('DISABLE ENABLE FORCE ALGORITHM LOCK WITH WITHOUT'.split(' '));

/** Work on partitions that moves rows at most between partitions; their lists of names have commas of their own. */
const harmlessPartitionWork = new Set(
  'COALESCE REORGANIZE ANALYZE CHECK OPTIMIZE REBUILD REPAIR'.split(' '),
);

const partitionReasons: Readonly<Record<string, string>> = {
  TRUNCATE: 'a partition is truncated',
  EXCHANGE: 'a partition is exchanged',
  DISCARD: 'a tablespace is replaced',
  IMPORT: 'a tablespace is replaced',
};

const tableOptions = new Set(
  (
    'AUTO_INCREMENT AVG_ROW_LENGTH CHECKSUM TABLE_CHECKSUM COMMENT COMPRESSION CONNECTION DELAY_KEY_WRITE ENCRYPTION ' +
    'ENGINE ENGINE_ATTRIBUTE INSERT_METHOD KEY_BLOCK_SIZE MAX_ROWS MIN_ROWS PACK_KEYS ROW_FORMAT CHARSET COLLATE ' +
    'SECONDARY_ENGINE_ATTRIBUTE STATS_AUTO_RECALC STATS_PERSISTENT STATS_SAMPLE_PAGES TABLESPACE AUTOEXTEND_SIZE ' +
    'ENCRYPTED ENCRYPTION_KEY_ID PAGE_CHECKSUM PAGE_COMPRESSED PAGE_COMPRESSION_LEVEL TRANSACTIONAL'
  ).split(' '),
);

function classifyAction(sql: string, action: Token[], keyName: string | null): Outcome {
  const words = action.map(token => token.keyword);
  const [first = '', second = ''] = words;
  if (first === 'ADD') return classifyAdd(sql, action, words, keyName);
  if (first === 'DROP') return classifyDropAction(action, words, keyName);
  if (first === 'ALTER') return 'harmless';
  if (first === 'RENAME') return classifyRenameAction(action, words, keyName);
  if (first === 'MODIFY' || first === 'CHANGE') return classifyChange(sql, action, words);
  if (first === 'CONVERT') return {ddl: 'modify-column', reason: 'the character set is converted'};
  const partitions = partitionReasons[first];
  if (partitions !== undefined) return {ddl: 'change-partition', reason: partitions};
  if (harmlessFirstWords.has(first)) return 'harmless';
  if (harmlessPartitionWork.has(first) && second === 'PARTITION') return 'harmless-to-the-end';
  if (first === 'PARTITION' && second === 'BY') return 'harmless-to-the-end';
  if (first === 'REMOVE' && second === 'PARTITIONING') return 'harmless';
  return classifyOptions(words, action);
}

/** Engines that keep rows on disk as they are. */
const lastingEngines = /^(innodb|myisam|aria|rocksdb|tokudb|ndbcluster|ndb)$/i;

/** `ENGINE = InnoDB COMMENT 'x' …`, any number of options in a row. */
function classifyOptions(words: string[], action: Token[]): Outcome {
  for (let at = 0; at < words.length;) {
    if (words[at] === 'DEFAULT') at++;
    const option = words[at] === 'CHARACTER' && words[at + 1] === 'SET' ? 'CHARSET' : words[at]!;
    if (option === 'PARTITION' && words[at + 1] === 'BY') return 'harmless-to-the-end';
    if (!tableOptions.has(option))
      return {ddl: 'modify-column', reason: `an action we do not know (${words[at] ?? ''})`};
    at += words[at] === 'CHARACTER' ? 2 : 1;
    if (words[at] === '=') at++;
    if (option === 'ENGINE' && !lastingEngines.test(action[at]?.value ?? ''))
      return {ddl: 'modify-column', reason: 'the storage engine is changed'};
    at++;
  }
  return 'harmless';
}

const keyAdded: Outcome = {ddl: 'change-key', reason: 'a key is added'};

/** What ADD may name besides columns; of CREATE TABLE's list the same. */
const otherThings = ['INDEX', 'KEY', 'FULLTEXT', 'SPATIAL', 'CHECK'];

function classifyAdd(
  sql: string,
  action: Token[],
  words: string[],
  keyName: string | null,
): Outcome {
  let at = 1;
  if (words[at] === 'CONSTRAINT') {
    at++;
    // The name may be left out.
    if (!['PRIMARY', 'UNIQUE', 'FOREIGN', 'CHECK'].includes(words[at] ?? '')) at++;
  }
  const what = words[at] ?? '';
  if (what === 'PRIMARY') return keyAdded;
  // Beside a primary key no other is chosen.
  if (what === 'UNIQUE') return keyName === 'PRIMARY' ? 'harmless' : keyAdded;
  if (what === 'FOREIGN') {
    // Cascades may change rows without row events, depending on the server: the prechecks of a load know.
    const cascades = words.some(word => ['CASCADE', 'SET'].includes(word));
    if (!cascades) return 'harmless';
    return {ddl: 'change-key', reason: 'a foreign key with cascades is added'};
  }
  if (otherThings.includes(what)) return 'harmless';
  if (what === 'PARTITION') return 'harmless-to-the-end';
  if (what === 'COLUMN') at++;
  if (words[at] !== '(') return addedColumn(sql, action.slice(at));
  const changes: ColumnChange[] = [];
  for (const definition of splitActions(action.slice(at + 1, -1))) {
    const [word = ''] = definition.map(token => token.keyword);
    if (otherThings.includes(word)) continue;
    if (['PRIMARY', 'UNIQUE', 'CONSTRAINT', 'FOREIGN'].includes(word)) return keyAdded;
    const outcome = addedColumn(sql, definition);
    if (typeof outcome === 'string' || 'reason' in outcome) return outcome;
    changes.push(...outcome.changes);
  }
  return {changes};
}

function addedColumn(sql: string, definition: Token[]): Outcome {
  const read = readColumn(sql, definition, 'added');
  if (typeof read === 'string') return {ddl: 'add-column', reason: read};
  return {changes: [{what: 'add', ...read}]};
}

function classifyDropAction(action: Token[], words: string[], keyName: string | null): Outcome {
  const [, what = ''] = words;
  const nameAt = afterIf(action, 2);
  if (what === 'PRIMARY') return {ddl: 'change-key', reason: 'the primary key is dropped'};
  if (what === 'FOREIGN' || what === 'CHECK') return 'harmless';
  if (what === 'PARTITION') return {ddl: 'change-partition', reason: 'a partition is dropped'};
  if (['INDEX', 'KEY', 'CONSTRAINT'].includes(what)) {
    if (isOtherIndex(action[nameAt], keyName)) return 'harmless';
    return {ddl: 'change-key', reason: `index ${action[nameAt]?.value} is dropped`};
  }
  if (what === 'SYSTEM') return {ddl: 'modify-column', reason: 'system versioning is dropped'};
  const name = action[what === 'COLUMN' ? 2 : 1];
  if (name === undefined || nameAt > 2 || afterIf(action, 1) > 1)
    return {ddl: 'drop-column', reason: 'a column is dropped if it is there'};
  return {changes: [{what: 'drop', name: name.value}]};
}

function classifyRenameAction(action: Token[], words: string[], keyName: string | null): Outcome {
  const [, what = ''] = words;
  const nameAt = afterIf(action, 2);
  if (what === 'INDEX' || what === 'KEY') {
    if (isOtherIndex(action[nameAt], keyName)) return 'harmless';
    return {ddl: 'change-key', reason: `index ${action[nameAt]?.value} is renamed`};
  }
  if (nameAt > 2) return {ddl: 'rename-column', reason: 'a column is renamed if it is there'};
  const [name, to] = [action[2], action[4]];
  if (what !== 'COLUMN' || name === undefined || to === undefined)
    return {ddl: 'rename-column', reason: 'a RENAME that we do not know'};
  return {changes: [{what: 'rename', name: name.value, to: to.value}]};
}

/** MODIFY [COLUMN] definition, CHANGE [COLUMN] old definition. */
function classifyChange(sql: string, action: Token[], words: string[]): Outcome {
  let at = words[1] === 'COLUMN' ? 2 : 1;
  const name = action[at];
  if (words[0] === 'CHANGE') at++;
  const read = readColumn(sql, action.slice(at), 'changed');
  if (name === undefined || typeof read === 'string')
    return {ddl: 'modify-column', reason: typeof read === 'string' ? read : 'an ALTER cut short'};
  return {changes: [{what: 'change', name: name.value, ...read}]};
}

function isOtherIndex(name: Token | undefined, keyName: string | null): boolean {
  return (
    keyName !== null && name !== undefined && name.value.toLowerCase() !== keyName.toLowerCase()
  );
}
