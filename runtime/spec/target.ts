// The MaxCompute side of a task.
import {z} from 'zod';

const address = z.string().superRefine((text, context) => {
  const message = addressProblem(text);
  if (message !== null) context.addIssue({code: 'custom', message});
});

export const targetSpec = z.strictObject({
  endpoint: address.meta({
    description:
      'MaxCompute endpoint with its base path, e.g. https://service.cn-shanghai.maxcompute.aliyun.com/api.',
  }),
  project: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]{2,27}$/, 'must be 3 to 28 letters, digits or _, a letter first')
    .meta({description: 'MaxCompute project.'}),
  schema: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must be letters, digits or _, a letter first')
    .nullable()
    .default(null)
    .meta({description: 'Schema inside the project, where the project has three-tier names.'}),
  accessKeyId: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({description: 'AccessKey id; its secret is `targetAccessKeySecret`.'}),
  tunnelEndpoint: address
    .nullable()
    .default(null)
    .meta({description: 'Tunnel endpoint. Default: the one the service names for the project.'}),
  quota: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({description: 'Tunnel quota (resource group) to use.'}),
  region: z
    .string()
    .regex(/^[a-z]{2,}(-[a-z0-9]+)+$/, 'must be a region id such as cn-shanghai')
    .nullable()
    .default(null)
    .meta({description: 'Region id; when given, requests are signed with signature v4.'}),
  credentials: z.enum(['access-key', 'ram-role', 'environment']).default('access-key').meta({
    description:
      'Where credentials come from: the task, the RAM role of the machine, or the environment (ALIBABA_CLOUD_ACCESS_KEY_ID, …_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN).',
  }),
});

function addressProblem(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    return 'must be an http:// or https:// address';
  if (url.username !== '' || url.password !== '')
    return 'must not hold credentials, which are target.accessKeyId and targetAccessKeySecret';
  return url.search === '' && url.hash === '' ? null : 'must not have a ? or # part';
}
