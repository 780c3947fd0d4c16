// What is synchronized: databases, tables, columns, operations, and per-table settings.
import {z} from 'zod';
import {nameBytesMax} from './limits.ts';
import {countParts, hasPlaces, isPattern, patternProblem} from './pattern.ts';
import {transformSpec} from './transforms.ts';

const name = z.string().min(1).max(64);

/** A name, glob or regular expression; what is wrong with it is said in full. */
const pattern = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const problem = patternProblem(text) ?? (isPattern(text) ? null : nameProblem(text));
    if (problem !== null) context.addIssue({code: 'custom', message: problem});
  });

const targetText = z.string().min(1).max(nameBytesMax);

/** MaxCompute types as the mapping knows them; the codec reads their parameters. */
const targetType =
  /^\s*(tinyint|smallint|int|integer|bigint|boolean|float|double|string|binary|date|datetime|timestamp|timestamp_ntz|json|interval_year_month|interval_day_time|(decimal|numeric)(\s*\(\s*\d+\s*(,\s*\d+\s*)?\))?|(char|varchar)\s*\(\s*\d+\s*\)|(array|map|struct)\s*<.+>)\s*$/i;

const policies = z.strictObject({
  zeroDate: z.enum(['null', 'text', 'stop']).default('null').meta({
    description:
      'Zero and partial dates: NULL and counted, kept as text (needs a STRING target), or stop.',
  }),
  overLong: z
    .enum(['stop', 'truncate', 'null'])
    .default('stop')
    .meta({description: 'Values above the 8 MiB cell limit of MaxCompute.'}),
  invalidText: z
    .enum(['stop', 'replace', 'null'])
    .default('stop')
    .meta({description: 'Text that is not valid in its character set.'}),
});

const columns = z
  .strictObject({
    include: z
      .array(name)
      .min(1)
      .nullable()
      .default(null)
      .meta({description: 'Only these columns. Not with `exclude`.'}),
    exclude: z
      .array(name)
      .default([])
      .meta({description: 'All columns but these. Not with `include`.'}),
    rename: z
      .record(name, name)
      .default({})
      .meta({description: 'Target names of columns, by source name.'}),
    types: z
      .record(
        name,
        z.string().regex(targetType, 'must be a MaxCompute type such as STRING or DECIMAL(10,2)'),
      )
      .default({})
      .meta({description: 'MaxCompute types that replace the mapped ones, by source column.'}),
    policies: z
      .record(name, policies)
      .default({})
      .meta({description: 'What happens to values the target cannot hold, by source column.'}),
  })
  .superRefine((columns, context) => {
    for (const {path, message} of columnConflicts(columns))
      context.addIssue({code: 'custom', path, message});
  });

export const operation = z.enum(['insert', 'update', 'delete']);

/** Kinds of schema changes, as `ddl` names them. */
export const ddlKind = z.enum([
  'add-column',
  'drop-column',
  'rename-column',
  'modify-column',
  'change-key',
  'change-partition',
  'rename-table',
  'truncate-table',
  'drop-table',
  'create-table',
]);
export type DdlKind = z.infer<typeof ddlKind>;

/** Every kind of schema change. */
export const ddlKinds: readonly DdlKind[] = ddlKind.options;

const ddl = z
  .union([z.enum(['all', 'none']), z.array(ddlKind)], {
    error: `must be all, none, or a list of ${ddlKind.options.join(', ')}`,
  })
  .default('all');

const tableFields = z.strictObject({
  name: pattern.meta({description: 'Table name, glob with * ? [, or /regular expression/.'}),
  as: targetText.nullable().default(null).meta({
    description:
      'Target name before `_base` and `_log`. With a pattern it holds $0 (the whole name) or $1 to $9 (what the groups or wildcards matched).',
  }),
  where: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({description: 'Row filter: a MySQL WHERE expression over the columns of the table.'}),
  columns: columns
    .prefault({})
    .meta({description: 'Which columns, under which names and types, with which policies.'}),
  operations: z
    .array(operation)
    .min(1)
    .default(['insert', 'update', 'delete'])
    .refine(list => new Set(list).size === list.length, {
      message: 'must not name an operation twice',
    })
    .meta({description: 'Operations that are followed.'}),
  ddl: ddl.meta({description: 'Schema changes that are carried out in the target.'}),
  otherDdl: z.enum(['stop', 'ignore']).default('stop').meta({
    description:
      'What the schema changes that `ddl` does not name do: they stop the task, or leave the target as it is where its rows can still be written.',
  }),
  reload: z.enum(['auto', 'never']).default('auto').meta({
    description:
      'Whether a schema change that alters rows without row events (TRUNCATE, swapped tables, partitions, lossy types) loads the table anew, or stops the task.',
  }),
  transforms: z
    .array(transformSpec)
    .default([])
    .meta({description: 'Changes of values on their way, in order.'}),
});

const tableDetails = tableFields.superRefine(({name: from, as}, context) => {
  const message = as === null ? null : placesProblem(from, as);
  if (message !== null) context.addIssue({code: 'custom', path: ['as'], message});
});
const table = z.preprocess(
  value => (typeof value === 'string' ? {name: value} : value),
  tableDetails,
);

const objectFields = z.strictObject({
  database: pattern.meta({
    description:
      'Source database: name, glob or /regular expression/. Patterns never mean the databases of the server itself.',
  }),
  as: targetText.nullable().default(null).meta({
    description:
      'Prefix of the target names, `<as>_<table>`. With a pattern it holds $0, or $1 to $9. Default: none.',
  }),
  tables: z
    .array(table)
    .min(1)
    .default([tableDetails.parse({name: '*'})])
    .meta({description: 'Tables: names, globs, /regular expressions/, or objects with settings.'}),
  exclude: z
    .array(pattern)
    .default([])
    .meta({description: 'Tables left out: names, globs or /regular expressions/.'}),
  newTables: z.enum(['add', 'ignore', 'ask']).default('add').meta({
    description:
      'What happens to tables created later that match a pattern: they join while the task runs, are left, or are told at the next start and wait to be named.',
  }),
});

export const objectSpec = objectFields.superRefine(({database, as}, context) => {
  const message = as === null ? null : placesProblem(database, as);
  if (message !== null) context.addIssue({code: 'custom', path: ['as'], message});
});

/** MySQL's limit, and characters that no name of its own has: a dot is nearly always `database.table`. */
function nameProblem(text: string): string | null {
  if (text.length > 64) return 'must have at most 64 characters, as names in MySQL have';
  if (/^`.*`$/.test(text)) return 'must be written without backquotes';
  if (text.includes('.'))
    return 'must be one name without a dot; the database is objects[].database';
  return text.trim() === text ? null : 'must not begin or end with a space';
}

/** One target name for all that a pattern matches would mix their rows. */
function placesProblem(from: string, as: string): string | null {
  if (!isPattern(from))
    return hasPlaces(as) ? `must not hold $0 to $9, since ${from} is a plain name` : null;
  if (patternProblem(from) !== null) return null;
  if (!hasPlaces(as)) return `must hold $0 or $1, since ${from} may match more than one name`;
  const parts = countParts(from);
  const asked = Math.max(...[...as.matchAll(/\$(\d)/g)].map(([, place]) => Number(place)));
  return asked > parts
    ? `must not ask for $${asked}: ${from} has ${parts} ${parts === 1 ? 'group or wildcard' : 'groups or wildcards'}`
    : null;
}

interface ColumnSettings {
  include: string[] | null;
  exclude: string[];
  rename: Record<string, string>;
  types: Record<string, string>;
  policies: Record<string, unknown>;
}

function* columnConflicts(columns: ColumnSettings): Generator<{path: string[]; message: string}> {
  const {include, exclude, rename} = columns;
  if (include !== null && exclude.length > 0)
    yield {path: ['exclude'], message: 'must not be given beside include; keep one of them'};
  const isLeftOut = (column: string) =>
    include === null ? exclude.includes(column) : !include.includes(column);
  for (const setting of ['rename', 'types', 'policies'] as const)
    for (const column of Object.keys(columns[setting]))
      if (isLeftOut(column))
        yield {path: [setting, column], message: 'must not be given for a column that is left out'};
  const owners = new Map<string, string>();
  for (const [column, to] of Object.entries(rename)) {
    const other = owners.get(to.toLowerCase());
    if (other !== undefined)
      yield {path: ['rename', column], message: `must not be the name that ${other} gets already`};
    owners.set(to.toLowerCase(), column);
  }
}
