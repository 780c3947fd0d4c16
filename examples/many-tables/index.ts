// Several tasks on one source: one a team, each with its own tables, pace and way to be told of trouble.
import * as pulumi from '@pulumi/pulumi';
import {SyncTask, type SyncTaskArgs} from 'pulumi-synctask';

const config = new pulumi.Config();
const database = config.require('database');

/** What every task of this stack has in common. */
const shared = {
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
  incremental: {commitSeconds: config.getNumber('commitSeconds') ?? 60},
} satisfies Partial<SyncTaskArgs>;

/** Everything of the shop but what it keeps for itself. */
const shop = new SyncTask('shop', {
  ...shared,
  objects: [
    {
      database,
      tables: ['shop_*', {name: 'customers', columns: {exclude: ['phone']}}],
      exclude: ['shop_tmp_*'],
    },
  ],
});

/** Only big orders, under another name in the target. */
const finance = new SyncTask('finance', {
  ...shared,
  objects: [{database, tables: [{name: 'orders', as: 'big_orders', where: 'amount >= 1000'}]}],
});

export const tasks = [shop.taskId, finance.taskId];
export const targetTables = pulumi
  .all([shop.targetTables, finance.targetTables])
  .apply(lists => lists.flat());
