// The endpoint's access key: from the environment, else made once and kept in a 0600 file of the data folder.
import {randomBytes} from 'node:crypto';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fail} from '../base/errors.ts';

export interface EndpointKey {
  accessKeyId: string;
  accessKeySecret: string;
  /** The file that holds a secret of our making; null when it came from the environment. */
  secretFile: string | null;
  /** Whether the secret was made by this call, so that nobody can know it yet. */
  made: boolean;
}

/** Id of keys that we make; only the secret is random. */
const ownKeyId = 'synctask-local';
const idName = 'ALIBABA_CLOUD_ACCESS_KEY_ID';
const secretName = 'ALIBABA_CLOUD_ACCESS_KEY_SECRET';

/** The key of the endpoint over `dataDir`. SYNC6004 when the environment gives half of one, SYNC6002 when none can be kept. */
export function endpointKey(dataDir: string, environment: NodeJS.ProcessEnv): EndpointKey {
  const accessKeyId = environment[idName] ?? '';
  const accessKeySecret = environment[secretName] ?? '';
  if (accessKeyId !== '' && accessKeySecret !== '') {
    return {accessKeyId, accessKeySecret, secretFile: null, made: false};
  }
  if (accessKeyId !== '') throw fail('SYNC6004', {given: idName, missing: secretName});
  if (accessKeySecret !== '') throw fail('SYNC6004', {given: secretName, missing: idName});
  const secretFile = path.join(dataDir, 'accessKeySecret');
  const {secret, made} = keptSecret(dataDir, secretFile);
  return {accessKeyId: ownKeyId, accessKeySecret: secret, secretFile, made};
}

function keptSecret(dataDir: string, file: string): {secret: string; made: boolean} {
  try {
    mkdirSync(dataDir, {recursive: true, mode: 0o700});
    const secret = randomBytes(24).toString('base64url');
    // Made only where there is none: two starts at once agree on the first's.
    writeFileSync(file, `${secret}\n`, {mode: 0o600, flag: 'wx'});
    return {secret, made: true};
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw fail('SYNC6002', {dataDir}, error);
    return {secret: readFileSync(file, 'utf8').trim(), made: false};
  }
}
