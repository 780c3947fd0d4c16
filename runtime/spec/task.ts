// The task: everything a user can say, as one strict schema. parseTask turns unknown into a frozen, fully defaulted value.
import {z} from 'zod';
import {acknowledgeProblem} from './checks.ts';
import * as limits from './limits.ts';
import {objectSpec} from './objects.ts';
import {secret} from './secrets.ts';
import {sourceSpec} from './source.ts';
import {targetSpec} from './target.ts';
import {isTimeZone} from './zone.ts';

const positive = z.number().positive();
const rates = {
  rowsPerSecond: positive.nullable().default(null).meta({description: 'Rows a second.'}),
  mebibytesPerSecond: positive
    .nullable()
    .default(null)
    .meta({description: 'Mebibytes a second, as read from the source.'}),
};
const throttle = z
  .strictObject({
    queriesPerSecond: positive
      .nullable()
      .default(null)
      .meta({description: 'Queries a second on the source.'}),
    ...rates,
  })
  .prefault({});
/** Following holds one connection and sends no queries over it. */
const followThrottle = z.strictObject(rates).prefault({});

const naming = z.strictObject({
  additionalColumns: z.enum(['new', 'previous']).default('new').meta({
    description: 'Names of the additional `_log` columns: `new_dts_sync_record_id` or `record_id`.',
  }),
  case: z
    .enum(['default', 'source', 'lower', 'upper'])
    .default('default')
    .meta({description: 'Case of target table and column names.'}),
});

export const partitionPart = z.enum(['year', 'month', 'day', 'hour', 'minute']);
const partOrder = partitionPart.options;

const log = z.strictObject({
  partitionBy: z
    .array(partitionPart)
    .default(['year', 'month', 'day', 'hour'])
    .refine(parts => parts.every((part, i) => part === partOrder[i]), {
      message: `must be a leading run of ${partOrder.join(', ')}: none left out, none twice`,
    })
    .meta({
      description:
        'Parts of the event time that make a `_log` partition: the first few of these, or none ([]).',
    }),
  timeZone: z
    .string()
    .default('UTC')
    .refine(isTimeZone, {message: 'must be an IANA time zone such as Asia/Shanghai'})
    .meta({description: 'Zone of the partition values, IANA name.'}),
  lifecycleDays: z.int().min(1).max(limits.lifecycleDaysMax).nullable().default(null).meta({
    description: 'Days after which MaxCompute drops a `_log` partition. Default: kept for ever.',
  }),
});

const full = z.strictObject({
  workers: z.int().min(1).max(limits.loadWorkersMax).nullable().default(null).meta({
    description:
      'Chunks that are read at the same time. Default: one a core of the machine, at least 2, at most 4.',
  }),
  consistency: z.enum(['position-first', 'consistent']).default('position-first').meta({
    description:
      'Lock-free with the log replaying over it, or one snapshot over all workers behind a short lock.',
  }),
  throttle: throttle.meta({description: 'Bounds of what the full load takes from the source.'}),
});

const incremental = z.strictObject({
  delivery: z.enum(['exactly-once', 'low-latency']).default('exactly-once').meta({
    description:
      'Batch sessions under a ledger, or stream writes at least once with the same record ids.',
  }),
  commitSeconds: positive
    .max(limits.commitSecondsMax)
    .default(limits.commitSecondsDefault)
    .meta({description: 'Age at which the changes of a table are committed.'}),
  commitMebibytes: positive
    .max(limits.commitMebibytesMax)
    .default(limits.commitMebibytesDefault)
    .meta({description: 'Size at which the changes of a table are committed, before compression.'}),
  verifyChecksums: z.boolean().default(false).meta({
    description:
      'Verify the checksum of each binlog event. TCP and TLS have their own; this costs a third of the rate of small transactions.',
  }),
  heartbeat: z.boolean().default(false).meta({
    description:
      'Write a heartbeat row to the source. Lag is right without one; it keeps the position of an idle source moving.',
  }),
  heartbeatTable: z
    .string()
    .regex(/^[^.`]{1,64}\.[^.`]{1,64}$/, 'must read database.table')
    .nullable()
    .default(null)
    .meta({description: 'Table that the heartbeat row is written to, `database.table`.'}),
  heartbeatSeconds: z
    .number()
    .min(1)
    .max(limits.heartbeatSecondsMax)
    .default(limits.heartbeatSecondsDefault)
    .meta({description: 'Seconds between two heartbeats.'}),
  spool: z
    .strictObject({
      mebibytes: positive
        .default(limits.spoolMebibytesDefault)
        .meta({description: 'Local disk for sealed batches; at the limit reading holds.'}),
    })
    .prefault({})
    .meta({description: 'Where batches lie between reading and commit, in the state folder.'}),
  relayLog: z
    .strictObject({
      mebibytes: positive
        .default(limits.relayLogMebibytesDefault)
        .meta({description: 'Local disk for it; at the limit copying waits, and says so.'}),
    })
    .nullable()
    .default(null)
    .meta({
      description:
        'Copy the binlog into the state folder ahead of what the task does with it, also while it is held or throttled, so that a purge at the source does no harm. Default: none.',
    }),
  throttle: followThrottle.meta({description: 'Bounds of what following takes from the source.'}),
});

const retryMinutes = (min: number, max: number, preset: number) =>
  z.int().min(min).max(max).default(preset);
const retry = z
  .strictObject({
    connectionMinutes: retryMinutes(
      limits.connectionMinutesMin,
      limits.connectionMinutesMax,
      limits.connectionMinutesDefault,
    ).meta({description: 'Minutes for which a lost connection is tried again.'}),
    otherMinutes: retryMinutes(
      limits.otherMinutesMin,
      limits.otherMinutesMax,
      limits.otherMinutesDefault,
    ).meta({
      description: 'Minutes for which other trouble is tried again.',
    }),
  })
  .refine(r => r.otherMinutes <= r.connectionMinutes, {
    message: 'must not be above connectionMinutes',
    path: ['otherMinutes'],
  });

/** What a template of an alert may hold in braces. */
export const noticePlaces = [
  'task',
  'environment',
  'event',
  'state',
  'text',
  'lagSeconds',
  'code',
  'at',
] as const;

function unknownPlaces(template: string): string[] {
  const asked = [...template.matchAll(/\{(\w+)\}/g)].map(([, place]) => place!);
  return asked.filter(place => !(noticePlaces as readonly string[]).includes(place));
}

const alert = z
  .strictObject({
    on: z.enum(['failure', 'lag', 'retention']).meta({
      description:
        'What is told; `retention` when less than a quarter of it is left before the binlog we need is purged.',
    }),
    lagSeconds: z
      .number()
      .min(limits.lagSecondsAlertMin)
      .nullable()
      .default(null)
      .meta({description: 'Threshold of a lag alert.'}),
    webhook: z.string().min(1).meta({description: 'Name of an entry of `alertWebhooks`.'}),
    format: z.enum(['auto', 'slack', 'dingtalk', 'json']).default('auto').meta({
      description: 'What the receiver reads; `auto` knows Slack and DingTalk by their address.',
    }),
    template: z
      .string()
      .min(1)
      .max(2000)
      .nullable()
      .default(null)
      .refine(text => (text === null ? true : unknownPlaces(text).length === 0), {
        message: `must not have places in braces but ${noticePlaces.map(p => `{${p}}`).join(' ')}`,
      })
      .meta({
        description:
          'Text of the notice, with {task}, {environment}, {event}, {state}, {text}, {lagSeconds}, {code} and {at}.',
      }),
    resendMinutes: z
      .int()
      .min(1)
      .max(limits.resendMinutesMax)
      .default(limits.resendMinutesDefault)
      .meta({description: 'A lag that goes on is told again after so many minutes.'}),
  })
  .superRefine((a, context) => {
    if ((a.on === 'lag') === (a.lagSeconds !== null)) return;
    const message =
      a.on === 'lag' ? 'must be given where on is lag' : `must not be given where on is ${a.on}`;
    context.addIssue({code: 'custom', path: ['lagSeconds'], message});
  });

export const taskSpec = z.strictObject({
  name: z
    .string()
    .regex(
      limits.taskNamePattern,
      'must be up to 63 lower-case letters, digits or -, a letter first',
    )
    .meta({
      description: 'Name of the task, unique where its runtime runs. A change replaces the task.',
    }),
  source: sourceSpec.meta({description: 'The MySQL server that is read.'}),
  sourcePassword: secret.nullable().default(null).meta({description: 'Password of `source.user`.'}),
  sourceTlsKey: secret
    .nullable()
    .default(null)
    .meta({description: 'Private key of `source.tls.certificate`, PEM text.'}),
  target: targetSpec.meta({description: 'The MaxCompute project that is written.'}),
  targetAccessKeySecret: secret
    .nullable()
    .default(null)
    .meta({description: 'Secret of `target.accessKeyId`.'}),
  targetSecurityToken: secret
    .nullable()
    .default(null)
    .meta({description: 'STS token that belongs to the access key.'}),
  objects: z.array(objectSpec).min(1).meta({description: 'What is synchronized.'}),
  phases: z
    .array(z.enum(['schema', 'full', 'incremental']))
    .min(1)
    .default(['schema', 'full', 'incremental'])
    .refine(p => new Set(p).size === p.length, {message: 'must not name a phase twice'})
    .meta({description: 'Phases to run: create tables, copy, follow.'}),
  types: z
    .enum(['v2', 'v1'])
    .default('v2')
    .meta({description: 'MaxCompute type system of the target tables.'}),
  naming: naming.prefault({}).meta({description: 'Names of target tables and columns.'}),
  log: log.prefault({}).meta({description: 'Partitions and life of the `_log` tables.'}),
  conflictingTables: z.enum(['report', 'ignore', 'adopt']).default('report').meta({
    description:
      'What happens when a target table exists that this task did not make: report it and stop; ignore it (its rows stay, a base with rows is not loaded again); or adopt what fits exactly and load it anew. The log goes on above its highest record id; before a new load an old log with rows is renamed `<log>_g1`.',
  }),
  full: full.prefault({}).meta({description: 'The full load.'}),
  incremental: incremental.prefault({}).meta({description: 'Following the binlog.'}),
  retry: retry.prefault({}).meta({description: 'How long trouble is tried again.'}),
  alerts: z.array(alert).default([]).meta({description: 'Who is told of what.'}),
  alertWebhooks: z
    .record(z.string().min(1), secret)
    .default({})
    .meta({description: 'Webhook addresses by name.'}),
  hashKeys: z
    .record(z.string().min(1), secret)
    .default({})
    .meta({description: 'Keys of the transform `hash`, by name.'}),
  environment: z
    .string()
    .regex(/^[\w .:@-]{1,64}$/, 'must be 1 to 64 letters, digits, spaces or . _ : @ -')
    .default('default')
    .meta({
      description:
        'Label on everything we make. In `production` dropping target tables must be said twice.',
    }),
  precheckFrom: z
    .enum(['provider', 'runtime'])
    .default('provider')
    .meta({description: 'Where live prechecks run.'}),
  preflight: z
    .enum(['offline', 'live'])
    .default('offline')
    .meta({description: 'Whether a preview connects.'}),
  acknowledge: z
    .array(
      z.string().superRefine((text, context) => {
        const message = acknowledgeProblem(text);
        if (message !== null) context.addIssue({code: 'custom', message});
      }),
    )
    .default([])
    .meta({description: 'Findings that are known and accepted.'}),
  deploy: z
    .looseObject({
      kind: z.enum(['process', 'docker', 'kubernetes', 'none']).default('process').meta({
        description:
          'A process on this machine, a container, a Deployment, or nothing: somebody else runs it.',
      }),
    })
    .prefault({})
    .meta({description: 'Where the runtime runs.'}),
  desiredState: z
    .enum(['running', 'paused'])
    .default('running')
    .meta({description: 'Whether the task moves.'}),
  onDelete: z
    .strictObject({
      targetTables: z
        .enum(['keep', 'drop'])
        .default('keep')
        .meta({description: 'Whether they stay in the project.'}),
      inProduction: z.boolean().default(false).meta({
        description: "Says a second time that `drop` is meant, where environment is 'production'.",
      }),
    })
    .prefault({})
    .meta({description: 'What happens to the target tables when the task is deleted.'}),
});

type DeepReadonly<T> = T extends (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? {readonly [K in keyof T]: DeepReadonly<T[K]>}
    : T;

/** What a user writes. */
export type TaskInput = z.input<typeof taskSpec>;
/** What the code reads: every default filled, frozen. */
export type Task = DeepReadonly<z.infer<typeof taskSpec>>;
export type SourceSpec = Task['source'];
export type TargetSpec = Task['target'];
export type ObjectSpec = Task['objects'][number];
export type TableSpec = ObjectSpec['tables'][number];
