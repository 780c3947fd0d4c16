// The MySQL side of a task.
import {z} from 'zod';
import {loadCheckSecondsDefault, loadCheckSecondsMax, portDefault, serverIdMax} from './limits.ts';
import {isTimeZone, isZoneOffset} from './zone.ts';

const pem = z
  .string()
  .regex(/-----BEGIN [A-Z ]+-----[^]+-----END/, 'must be the text of a PEM file, not its path');

const tls = z
  .strictObject({
    mode: z
      .enum(['preferred', 'disabled', 'required', 'verify-ca', 'verify-identity'])
      .default('preferred')
      .meta({
        description:
          'How the connection is encrypted. `preferred` uses TLS when offered and verifies nothing.',
      }),
    ca: pem.nullable().default(null).meta({description: 'Certificate authority, PEM text.'}),
    certificate: pem
      .nullable()
      .default(null)
      .meta({description: 'Client certificate, PEM text; its key is `sourceTlsKey`.'}),
  })
  .prefault({});

const load = z
  .strictObject({
    threadsRunningMax: z.int().min(1).nullable().default(null).meta({
      description: 'Holds while the server reports more than this as Threads_running.',
    }),
    replicaLagSecondsMax: z.number().positive().nullable().default(null).meta({
      description: 'Holds while the source, being a replica, is further behind its own source.',
    }),
    query: z
      .string()
      .regex(/^\s*(select|with)\b[^;]*$/i, 'must be one SELECT statement without a semicolon')
      .nullable()
      .default(null)
      .meta({description: 'Holds while the first value of this SELECT is neither 0 nor NULL.'}),
    checkSeconds: z
      .number()
      .min(1)
      .max(loadCheckSecondsMax)
      .default(loadCheckSecondsDefault)
      .meta({description: 'Seconds between two looks.'}),
  })
  .prefault({});

const host = z.string().superRefine((text, context) => {
  const problem = hostProblem(text);
  if (problem === null) return;
  const [, name, port] = /^([^:]+):(\d+)$/.exec(text) ?? [];
  const fix =
    name === undefined
      ? 'Write the name or address of the server alone as source.host.'
      : `Write source.host: '${name}' and source.port: ${port}.`;
  context.addIssue({code: 'custom', message: problem, params: {fix}});
});

export const sourceSpec = z.strictObject({
  host: host.meta({description: 'Host name or address of the MySQL server.'}),
  port: z
    .int()
    .min(1)
    .max(65535)
    .default(portDefault)
    .meta({description: 'TCP port of the server.'}),
  hosts: z
    .array(
      z
        .string()
        .regex(/^[^:\s/]+(:\d{1,5})?$/, 'must read host or host:port')
        .refine(text => Number(text.split(':')[1] ?? 1) <= 65535, {
          message: 'must have a port of at most 65535',
        }),
    )
    .default([])
    .meta({
      description:
        'Further servers of the same replication group, `host:port`. When the one in use is lost, the first that proves by its GTIDs to go on from our position is read.',
    }),
  user: z.string().min(1).max(32).meta({description: 'Account that reads the source.'}),
  serverId: z.int().min(1).max(serverIdMax).nullable().default(null).meta({
    description: 'Replica id under which the binlog is read. Default: derived from the task name.',
  }),
  timeZone: z
    .string()
    .default('UTC')
    .refine(zone => isZoneOffset(zone) || isTimeZone(zone), {
      message: 'must be an IANA time zone such as Asia/Shanghai, or ±hh:mm',
    })
    .meta({
      description:
        'Zone in which DATETIME and DATE values are read when a column is mapped to an instant. IANA name or ±hh:mm.',
    }),
  tls: tls.meta({description: 'Encryption of the connection to the source.'}),
  load: load.meta({description: 'Load of the source at which the task holds by itself.'}),
});

function hostProblem(text: string): string | null {
  if (text === '') return 'must not be empty';
  if (text.includes('://')) return 'is the address of a connection, not of a host';
  if (/^[^:]+:\d+$/.test(text)) return 'holds a port';
  return /^[^\s/@]+$/.test(text) ? null : 'is no host name';
}
