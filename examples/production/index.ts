// A task beside its RDS: one program for dev, test and production, told apart by the stack and its settings.
import * as pulumi from '@pulumi/pulumi';
import {AlicloudSyncTask} from 'pulumi-synctask/alicloud';

const config = new pulumi.Config();
const isProduction = pulumi.getStack() === 'production';

const shop = new AlicloudSyncTask('shop', {
  vpcId: config.require('vpcId'),
  vswitchId: config.require('vswitchId'),
  zoneId: config.require('zoneId'),
  image: config.require('image'),
  rdsAccount: {instanceId: config.require('rdsInstanceId')},
  maxcomputeProject: {},
  memoryGibibytes: isProduction ? 8 : 2,
  cpus: isProduction ? 4 : 1,
  task: {
    source: {host: config.require('rdsHost'), user: 'synctask', tls: {mode: 'required'}},
    sourcePassword: config.requireSecret('sourcePassword'),
    target: {
      endpoint: config.require('endpoint'),
      project: config.require('project'),
    },
    objects: [{database: 'shop'}],
    incremental: {commitSeconds: isProduction ? 10 : 60},
    alerts: [{on: 'failure', webhook: 'ops'}],
    alertWebhooks: {ops: config.requireSecret('opsWebhook')},
  },
});

export const taskId = shop.task.taskId;
export const roleName = shop.roleName;
export const missingGrants = shop.missingGrants;
