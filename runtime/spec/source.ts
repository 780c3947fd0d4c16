// The MySQL side of a task.
import {z} from 'zod';
import {portDefault, serverIdMax} from './limits.ts';

const tls = z
  .strictObject({
    mode: z
      .enum(['preferred', 'disabled', 'required', 'verify-ca', 'verify-identity'])
      .default('preferred')
      .meta({
        description:
          'How the connection is encrypted. `preferred` uses TLS when offered and verifies nothing.',
      }),
    ca: z.string().nullable().default(null).meta({description: 'Certificate authority, PEM text.'}),
    certificate: z
      .string()
      .nullable()
      .default(null)
      .meta({description: 'Client certificate, PEM text; its key is `sourceTlsKey`.'}),
  })
  .prefault({});

export const sourceSpec = z.strictObject({
  host: z.string().min(1).meta({description: 'Host name or address of the MySQL server.'}),
  port: z
    .int()
    .min(1)
    .max(65535)
    .default(portDefault)
    .meta({description: 'TCP port of the server.'}),
  hosts: z
    .array(z.string().regex(/^[^:\s]+(:\d{1,5})?$/, 'must read host or host:port'))
    .default([])
    .meta({
      description:
        'Further servers of the same replication group, `host:port`, tried after a loss.',
    }),
  user: z.string().min(1).max(32).meta({description: 'Account that reads the source.'}),
  serverId: z.int().min(1).max(serverIdMax).nullable().default(null).meta({
    description: 'Replica id under which the binlog is read. Default: derived from the task name.',
  }),
  timeZone: z.string().default('UTC').meta({
    description:
      'Zone in which DATETIME values are read when a column is mapped to an instant. IANA name or ±hh:mm.',
  }),
  tls: tls.meta({description: 'Encryption of the connection to the source.'}),
});
