// What is synchronized: databases, tables, columns, operations, and per-table settings.
import {z} from 'zod';

const name = z.string().min(1).max(64);

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
      .record(name, z.string().min(1))
      .default({})
      .meta({description: 'MaxCompute types that replace the mapped ones, by source column.'}),
    policies: z
      .record(name, policies)
      .default({})
      .meta({description: 'What happens to values the target cannot hold, by source column.'}),
  })
  .refine(c => c.include === null || c.exclude.length === 0, {
    message: 'has both include and exclude; keep one',
    path: ['exclude'],
  });

export const operation = z.enum(['insert', 'update', 'delete']);

const ddl = z
  .union([
    z.enum(['all', 'none']),
    z.array(
      z.enum([
        'add-column',
        'drop-column',
        'rename-column',
        'modify-column',
        'rename-table',
        'truncate-table',
        'drop-table',
        'create-table',
      ]),
    ),
  ])
  .default('all');

const tableDetails = z.strictObject({
  name: z
    .string()
    .min(1)
    .meta({description: 'Table name, glob with * ? [, or /regular expression/.'}),
  as: name
    .nullable()
    .default(null)
    .meta({description: 'Target name before `_base` and `_log`. Only for one plain table name.'}),
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
    .meta({description: 'Operations that are followed.'}),
  ddl: ddl.meta({description: 'Schema changes that are followed.'}),
  transforms: z
    .array(z.looseObject({column: name.meta({description: 'Column that is changed.'})}))
    .default([])
    .meta({description: 'Changes of values on their way, in order.'}),
});

const table = z.preprocess(
  value => (typeof value === 'string' ? {name: value} : value),
  tableDetails,
);

export const objectSpec = z.strictObject({
  database: name.meta({description: 'Source database.'}),
  as: name
    .nullable()
    .default(null)
    .meta({description: 'Prefix of the target names, `<as>_<table>`. Default: none.'}),
  tables: z
    .array(table)
    .min(1)
    .default([tableDetails.parse({name: '*'})])
    .meta({description: 'Tables: names, globs, /regular expressions/, or objects with settings.'}),
  exclude: z
    .array(z.string().min(1))
    .default([])
    .meta({description: 'Tables left out: names, globs or /regular expressions/.'}),
  newTables: z
    .enum(['add', 'ignore', 'ask'])
    .default('add')
    .meta({description: 'What happens to tables created later that match a pattern.'}),
});
