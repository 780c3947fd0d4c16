// The same task served by either face of the provider: set `face` to `plugin` and the stack moves, with nothing to do.
import * as pulumi from '@pulumi/pulumi';
import * as dynamic from 'pulumi-synctask';
import * as plugin from 'pulumi-synctask/plugin';

const config = new pulumi.Config();
const {SyncTask} = config.get('face') === 'plugin' ? plugin : dynamic;

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
});

export const taskId = shop.taskId;
export const state = shop.state;
