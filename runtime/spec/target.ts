// The MaxCompute side of a task.
import {z} from 'zod';

export const targetSpec = z.strictObject({
  endpoint: z.url({protocol: /^https?$/}).meta({
    description:
      'MaxCompute endpoint with its base path, e.g. https://service.cn-shanghai.maxcompute.aliyun.com/api.',
  }),
  project: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]{2,27}$/, 'must be 3 to 28 letters, digits or _, a letter first')
    .meta({description: 'MaxCompute project.'}),
  schema: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({description: 'Schema inside the project, where the project has three-tier names.'}),
  accessKeyId: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({description: 'AccessKey id; its secret is `targetAccessKeySecret`.'}),
  tunnelEndpoint: z
    .url({protocol: /^https?$/})
    .nullable()
    .default(null)
    .meta({description: 'Tunnel endpoint. Default: the one the service names for the project.'}),
  quota: z
    .string()
    .nullable()
    .default(null)
    .meta({description: 'Tunnel quota (resource group) to use.'}),
  region: z
    .string()
    .nullable()
    .default(null)
    .meta({description: 'Region id; when given, requests are signed with signature v4.'}),
  credentials: z.enum(['access-key', 'ram-role', 'environment']).default('access-key').meta({
    description:
      'Where credentials come from: the task, the RAM role of the machine, or the environment (ALIBABA_CLOUD_ACCESS_KEY_ID, …_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN).',
  }),
});
