// A small set of inputs of a SyncTask, for tests of the provider that connect to nothing.
import type {Properties} from '../../provider/inputs.ts';

/** Valid inputs as a program would write them; `changes` replace top-level inputs. */
export function syncTaskInputs(changes: Properties = {}): Properties {
  return {
    name: 'shop-dev',
    environment: 'dev',
    source: {host: 'db.example', user: 'sync'},
    sourcePassword: 'S3cret-of-mysql',
    target: {endpoint: 'http://127.0.0.1:8731/api', project: 'local', accessKeyId: 'key'},
    targetAccessKeySecret: 'S3cret-of-target',
    objects: [{database: 'shop', tables: ['orders', {name: 'users', as: 'members'}]}],
    ...changes,
  };
}
