// Copies every table of a database from MySQL into MaxCompute and keeps following them.
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
  objects: [{database: config.require('database')}],
});

export const taskId = shop.taskId;
export const state = shop.state;
