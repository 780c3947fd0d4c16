// Transforms of a table as a task says them: each entry changes one column, drops rows, or is a script.
import {z} from 'zod';

const expression = z.string().min(1).max(65_536);
const place = z.int().min(0).max(10_000);

const fields = z.strictObject({
  column: z
    .string()
    .min(1)
    .max(64)
    .nullable()
    .default(null)
    .meta({description: 'Column that is set; a name the table does not have makes a new one.'}),
  set: expression
    .nullable()
    .default(null)
    .meta({description: 'Expression over the columns of the row.'}),
  default: expression
    .nullable()
    .default(null)
    .meta({description: 'Expression that stands where the column is NULL.'}),
  mask: z
    .strictObject({
      from: place.meta({description: 'First character that is hidden, 0 the first of all.'}),
      to: place.meta({description: 'Last character that is hidden.'}),
      with: z.string().min(1).max(2).default('*').meta({description: 'What stands there instead.'}),
    })
    .refine(({from, to}) => from <= to, {message: 'must not be below from', path: ['to']})
    .nullable()
    .default(null)
    .meta({description: 'Hides characters.'}),
  hash: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({description: 'Name of an entry of `hashKeys`: HMAC-SHA256 of the text, in hex.'}),
  truncate: place.min(1).nullable().default(null).meta({description: 'Characters that are kept.'}),
  cast: z
    .string()
    .min(1)
    .max(40)
    .nullable()
    .default(null)
    .meta({description: 'SIGNED, DECIMAL(p,s), CHAR, CHAR(n), DATE or DATETIME(n).'}),
  drop: expression
    .nullable()
    .default(null)
    .meta({description: 'Condition: rows for which it is true are left out.'}),
  script: expression
    .nullable()
    .default(null)
    .meta({description: 'A script of the managed service, `script:e_…`.'}),
});

/** Keys that say what a transform does; exactly one of them is given. */
export const actions = [
  'set',
  'default',
  'mask',
  'hash',
  'truncate',
  'cast',
  'drop',
  'script',
] as const;

/** One transform. */
export const transformSpec = fields.superRefine((transform, context) => {
  const given = actions.filter(action => transform[action] !== null);
  const needsColumn = given[0] !== 'drop' && given[0] !== 'script';
  if (given.length !== 1)
    context.addIssue({
      code: 'custom',
      message: `must say exactly one of ${actions.join(', ')}${given.length > 1 ? `, not ${given.join(' and ')}` : ''}`,
    });
  else if (needsColumn && transform.column === null)
    context.addIssue({code: 'custom', path: ['column'], message: `is required with ${given[0]}`});
  else if (!needsColumn && transform.column !== null)
    context.addIssue({
      code: 'custom',
      path: ['column'],
      message: `must not be given with ${given[0]}`,
    });
});

export type Transform = z.infer<typeof transformSpec>;
