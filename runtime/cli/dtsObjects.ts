// From the object list of the managed service (DbList) to `objects` of a task, with a line for all that has no place here.
// Format: databases by name, each with `Table`, tables by name, each with `column`. Nothing is guessed: an unknown key is
// reported with its path.

/** One entry of the report: what was found where, and what became of it. */
export interface ImportNote {
  path: string;
  note: string;
}

export interface Imported {
  objects: Record<string, unknown>[];
  notes: ImportNote[];
}

type Json = Record<string, unknown>;

const operations: Record<string, string> = {i: 'insert', u: 'update', d: 'delete'};
const databaseKeys = new Set(['name', 'all', 'dml_op', 'ddl_op', 'Table', 'state']);
const tableKeys = new Set(
  'name all filter dml_op ddl_op column partition patternType filterType state'.split(' '),
);
const columnKeys = new Set('key name type sharedKey state'.split(' '));

/** Translates `list`; null when it is no DbList at all. */
export function importDbList(list: unknown): Imported | null {
  if (!isObject(list) || !Object.values(list).every(isObject)) return null;
  const notes: ImportNote[] = [];
  const note = (path: string, text: string) => void notes.push({path, note: text});
  const objects = Object.entries(list).map(([database, value]) =>
    importDatabase(database, value as Json, note),
  );
  return {objects, notes};
}

type Note = (path: string, text: string) => void;

function importDatabase(database: string, from: Json, note: Note): Json {
  reportUnknown(database, from, databaseKeys, note);
  if (typeof from['name'] === 'string' && from['name'] !== database)
    note(`${database}.name`, `${from['name']} is left out: target names have no database; see as`);
  const inherited = operationsOf(from, database, note);
  reportDdl(from, database, note);
  const tables: unknown[] = [];
  const exclude: string[] = [];
  for (const [name, value] of Object.entries(isObject(from['Table']) ? from['Table'] : {})) {
    const path = `${database}.${name}`;
    const table = isObject(value) ? value : {};
    const pattern = patternOf(name, table);
    if (table['filterType'] === 'BLACK') exclude.push(pattern);
    else tables.push(importTable(path, pattern, table, inherited, note));
  }
  if (from['all'] === true || tables.length === 0) {
    const all = inherited === null ? '*' : {name: '*', operations: inherited};
    tables.push(all);
    if (from['all'] !== true) note(database, 'names no table: all are taken');
  }
  return {database, tables, ...(exclude.length > 0 && {exclude})};
}

function importTable(
  path: string,
  name: string,
  from: Json,
  inherited: string[] | null,
  note: Note,
): unknown {
  reportUnknown(path, from, tableKeys, note);
  const table: Json = {name};
  if (typeof from['name'] === 'string' && from['name'] !== name && from['patternType'] == null)
    table['as'] = from['name'];
  if (typeof from['filter'] === 'string' && from['filter'].trim() !== '') {
    table['where'] = from['filter'].trim().replace(/;$/, '');
    note(`${path}.filter`, 'is judged on both images of a row here, not on the one before alone');
  }
  const own = operationsOf(from, path, note) ?? inherited;
  if (own !== null) table['operations'] = own;
  reportDdl(from, path, note);
  if (from['partition'] !== undefined)
    note(`${path}.partition`, 'is left out: set log.partitionBy, which holds for the whole task');
  const columns = columnsOf(path, from, note);
  if (columns !== null) table['columns'] = columns;
  return Object.keys(table).length === 1 ? name : table;
}

/** The columns that are checked, and their names in the target. */
function columnsOf(path: string, from: Json, note: Note): Json | null {
  if (!isObject(from['column'])) return null;
  const include: string[] = [];
  const rename: Record<string, string> = {};
  for (const [name, value] of Object.entries(from['column'])) {
    const column = isObject(value) ? value : {};
    reportUnknown(`${path}.${name}`, column, columnKeys, note);
    if (column['state'] !== undefined && column['state'] !== 'checked') continue;
    include.push(name);
    if (typeof column['name'] === 'string' && column['name'] !== name)
      rename[name] = column['name'];
  }
  const columns: Json = {};
  if (from['all'] !== true) columns['include'] = include;
  if (Object.keys(rename).length > 0) columns['rename'] = rename;
  return Object.keys(columns).length === 0 ? null : columns;
}

/** Null for all of them. */
function operationsOf(from: Json, path: string, note: Note): string[] | null {
  if (typeof from['dml_op'] !== 'string') return null;
  const letters = from['dml_op'].split(',').map(letter => letter.trim());
  const chosen = Object.keys(operations).filter(letter => letters.includes(letter));
  for (const letter of letters)
    if (letter !== '' && !(letter in operations))
      note(`${path}.dml_op`, `${letter} is no operation and is left out`);
  if (chosen.length === 0 || chosen.length === 3) return null;
  return chosen.map(letter => operations[letter]!);
}

function reportDdl(from: Json, path: string, note: Note): void {
  if (typeof from['ddl_op'] !== 'string' || from['ddl_op'] === '') return;
  note(
    `${path}.ddl_op`,
    `${from['ddl_op']} is left out: ADD COLUMN is followed, another change stops the task`,
  );
}

function patternOf(name: string, table: Json): string {
  return table['patternType'] === 'REGEX' ? `/^(?:${name})$/` : name;
}

function reportUnknown(path: string, from: Json, known: ReadonlySet<string>, note: Note): void {
  for (const key of Object.keys(from))
    if (!known.has(key)) note(`${path}.${key}`, 'has no place here and is left out');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
