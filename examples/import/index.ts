// The program of a task that was imported: `pulumi import` takes the running task into the stack, this says what it is to be.
import * as pulumi from '@pulumi/pulumi';
import {SyncTask} from 'pulumi-synctask/plugin';

const config = new pulumi.Config();

const shop = new SyncTask('shop', {
  name: config.require('taskName'),
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
});

export const taskId = shop.taskId;
export const state = shop.state;
