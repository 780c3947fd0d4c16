// Request signatures of MaxCompute, v2 and v4, and the header of a temporary (STS) key.
// The canonical string is the same for both: method, taken headers, decoded resource. Order of parameters is byte order.
import {createHmac} from 'node:crypto';

export interface Credentials {
  accessKeyId: string;
  accessKeySecret: string;
  /** Token of temporary credentials; null for a lasting key. */
  securityToken: string | null;
}

/** Gives the keys of the moment. `refused` are keys that the service just called expired: a source that keeps keys asks anew. */
export type CredentialSource = (refused: Credentials | null) => Promise<Credentials>;

export interface Signable {
  method: string;
  /** Path after the endpoint's own base path, decoded: `/projects/demo/tables/t`. */
  path: string;
  /** Decoded parameters; an action such as `taskstatus` has an empty value. */
  query: Readonly<Record<string, string>>;
  /** Headers as sent, `Date` and `Content-Type` among them; names in any case. */
  headers: Readonly<Record<string, string>>;
}

/** The headers that authenticate a request. With a region the signature is v4, else v2. */
export function authorize(
  request: Signable,
  credentials: Credentials,
  region: string | null,
  nowMs: number,
): Record<string, string> {
  const text = canonicalString(request);
  const {accessKeyId, accessKeySecret, securityToken} = credentials;
  const authorization =
    region === null
      ? `ODPS ${accessKeyId}:${hmac('sha1', accessKeySecret, text).toString('base64')}`
      : signV4(text, accessKeyId, accessKeySecret, region, utcDay(nowMs));
  return {
    Authorization: authorization,
    ...(securityToken === null ? {} : {'authorization-sts-token': securityToken}),
  };
}

/** The text that both signatures cover. */
export function canonicalString(request: Signable): string {
  const lines = new Map([
    ['content-md5', ''],
    ['content-type', ''],
  ]);
  for (const [name, value] of Object.entries(request.headers)) {
    const lower = name.toLowerCase();
    if (lower === 'content-md5' || lower === 'content-type' || lower === 'date')
      lines.set(lower, value);
    else if (lower.startsWith('x-odps-')) lines.set(lower, `${lower}:${value}`);
  }
  for (const [name, value] of Object.entries(request.query))
    if (name.startsWith('x-odps-')) lines.set(name, `${name}:${value}`);
  const headerLines = [...lines].toSorted(byName).map(([, line]) => line);
  return [request.method.toUpperCase(), ...headerLines, canonicalResource(request)].join('\n');
}

function canonicalResource(request: Signable): string {
  const parameters = Object.entries(request.query).toSorted(byName);
  if (parameters.length === 0) return request.path;
  const text = parameters.map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  return `${request.path}?${text.join('&')}`;
}

function byName(a: readonly [string, string], b: readonly [string, string]): number {
  return Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0]));
}

/** The v4 key is derived with SHA-256, the signature itself is SHA-1: the service has it so. */
function signV4(text: string, id: string, secret: string, region: string, day: string): string {
  const key = deriveV4Key(secret, region, day);
  const signature = hmac('sha1', key, text).toString('base64');
  return `ODPS ${id}/${day}/${region}/odps/aliyun_v4_request:${signature}`;
}

/** The v4 signing key of one day and region. */
export function deriveV4Key(secret: string, region: string, day: string): Buffer {
  const steps = [day, region, 'odps', 'aliyun_v4_request'];
  return steps.reduce<Buffer>(
    (key, step) => hmac('sha256', key, step),
    Buffer.from(`aliyun_v4${secret}`),
  );
}

function utcDay(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
}

function hmac(algorithm: string, key: string | Buffer, text: string): Buffer {
  return createHmac(algorithm, key).update(text).digest();
}
