// A task in a container. Without an image the provider builds one of this package.
import * as pulumi from '@pulumi/pulumi';
import {SyncTask} from 'pulumi-synctask';

const config = new pulumi.Config();

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
  incremental: {commitSeconds: config.getNumber('commitSeconds') ?? 60},
  deploy: {
    kind: 'docker',
    image: config.get('image') ?? null,
    daemon: config.get('daemon') ?? null,
    // The network of the machine, for a source that listens on its loopback; else leave it out.
    network: config.get('network') ?? 'bridge',
    memoryMebibytes: 1024,
  },
});

export const {taskId, state, targetTables, statusUrl} = shop;
