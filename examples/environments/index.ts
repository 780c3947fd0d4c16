// One program, one stack an environment. What differs is in the stacks' configuration; everything else is the same.
import * as pulumi from '@pulumi/pulumi';
import {requireEnvironment, SyncTask, tagEnvironment} from 'pulumi-synctask';

const config = new pulumi.Config();

// Before anything is made: the tag of the stack for everything that takes one, and no other environment than these.
tagEnvironment();
requireEnvironment({allowed: ['dev', 'test', 'production']}).enforce();

const isProduction = pulumi.getStack() === 'production';

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
  // A dev stack cleans up after itself; in production dropping tables would have to be said twice.
  onDelete: {targetTables: isProduction ? 'keep' : 'drop'},
});

export const {taskId, environment, targetTables} = shop;
