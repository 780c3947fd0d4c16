// A task in a pod: a StatefulSet with a volume, in a namespace that is there.
import * as pulumi from '@pulumi/pulumi';
import {SyncTask} from 'pulumi-synctask';

const config = new pulumi.Config();

const kubeconfig = config.get('kubeconfig');

const shop = new SyncTask('shop', {
  source: {
    host: config.require('mysqlHost'),
    port: config.requireNumber('mysqlPort'),
    user: config.require('mysqlUser'),
  },
  sourcePassword: config.requireSecret('mysqlPassword'),
  target: {
    endpoint: config.require('endpoint'),
    project: config.require('project'),
    accessKeyId: config.require('accessKeyId'),
  },
  targetAccessKeySecret: config.requireSecret('accessKeySecret'),
  objects: [{database: config.require('database'), tables: ['orders']}],
  // From inside the cluster: source and target need not be reached from where Pulumi runs.
  precheckFrom: 'runtime',
  deploy: {
    kind: 'kubernetes',
    ...(kubeconfig === undefined ? {} : {kubeconfig}),
    image: config.require('image'),
    namespace: config.get('namespace') ?? 'default',
    storageClass: config.get('storageClass') ?? null,
    storageGibibytes: config.getNumber('storageGibibytes') ?? 20,
  },
});

export const {taskId, state} = shop;
