// Composition under Pulumi's mocks; the shapes that the alicloud provider is given.
import {cpSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {finish} from '../../scripts/setup/command.mjs';
import {installCheckout} from '../support/pulumiStack.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const program = fileURLToPath(new URL('../support/alicloudProgram.ts', import.meta.url));

interface Made {
  registered: {type: string; name: string; inputs: Record<string, any>}[];
  missingGrants: string[];
  roleName: string;
  containerGroupId: string;
}

const args = {
  vpcId: 'vpc-1',
  vswitchId: 'vsw-1',
  zoneId: 'cn-shanghai-b',
  image: 'registry/synctask@sha256:1',
  task: {
    source: {host: 'rm-1.mysql.rds.aliyuncs.com', user: 'sync'},
    sourcePassword: 'S3cret',
    target: {endpoint: 'https://service/api', project: 'shop'},
    objects: [{database: 'shop'}, {database: "o'b`c"}],
    alertWebhooks: {ops: 'https://S3cret.example'},
  },
};

const make = (changes: object = {}) => run(JSON.stringify({...args, ...changes}));

async function run(...given: string[]): Promise<Made> {
  const {code, stdout, stderr} = await finish([process.execPath, program, ...given]);
  if (code !== 0) throw new Error(String(stderr));
  return JSON.parse(String(stdout)) as Made;
}

const one = ({registered}: Made, type: string) => {
  const found = registered.filter(resource => resource.type === type);
  if (found.length !== 1) throw new Error(`${found.length} of ${type}`);
  return found[0]!.inputs;
};
const unwrapped = (value: any): any => value?.value ?? value;
const text = (content: string) => Buffer.from(content, 'base64').toString();

test('a task on Alibaba Cloud is a SyncTask that deploys nothing, and a container with disk, role, group and logs', async t => {
  const made = await make();
  t.deepEqual(made.registered.map(({type}) => type).toSorted(), [
    'alicloud:eci/containerGroup:ContainerGroup',
    'alicloud:ecs/ecsDisk:EcsDisk',
    'alicloud:ecs/securityGroup:SecurityGroup',
    'alicloud:log/project:Project',
    'alicloud:log/store:Store',
    'alicloud:ram/role:Role',
    'pulumi-nodejs:dynamic/synctask:SyncTask',
    'synctask:alicloud:AlicloudSyncTask',
  ]);
  const task = one(made, 'pulumi-nodejs:dynamic/synctask:SyncTask');
  t.like(task, {name: 'shop-production-sync', deploy: {kind: 'none'}, precheckFrom: 'runtime'});
  t.is(task['target'].credentials, 'ram-role');
  const group = one(made, 'alicloud:eci/containerGroup:ContainerGroup');
  t.like(group, {
    containerGroupName: 'synctask-shop-production-sync',
    ramRoleName: 'sync-x',
    vswitchId: 'vsw-1',
    securityGroupId: 'sync-id',
    restartPolicy: 'OnFailure',
  });
  t.like(group['containers'][0], {image: args.image, securityContexts: [{runAsUser: 65532}]});
  t.deepEqual(
    group['containers'][0].environmentVars.map((each: {key: string}) => each.key),
    ['aliyun_logs_sync-x', 'aliyun_logs_sync-x_project'],
  );
  t.like(unwrapped(group['volumes'])[0], {type: 'DiskVolume', diskVolumeDiskId: 'sync-id'});
  t.like(one(made, 'alicloud:ecs/ecsDisk:EcsDisk'), {encrypted: true, zoneId: 'cn-shanghai-b'});
  const {Statement} = JSON.parse(one(made, 'alicloud:ram/role:Role')['assumeRolePolicyDocument']);
  t.deepEqual(Statement[0].Principal, {Service: ['ecs.aliyuncs.com']});
});

test('the container gets a task file without secrets, and each secret as a file; no other resource has one', async t => {
  const made = await make();
  const group = one(made, 'alicloud:eci/containerGroup:ContainerGroup');
  const paths = unwrapped(unwrapped(group['volumes'])[1].configFileVolumeConfigFileToPaths);
  const files = new Map<string, string>(
    paths.map(({path, content}: {path: string; content: string}) => [path, text(content)]),
  );
  const file = JSON.parse(files.get('task.json')!);
  t.like(file, {
    name: 'shop-production-sync',
    environment: 'production',
    sourcePassword: {env: 'SYNCTASK_SOURCE_PASSWORD'},
    alertWebhooks: {ops: {env: 'SYNCTASK_ALERT_WEBHOOK_0'}},
  });
  t.false(files.get('task.json')!.includes('S3cret'));
  t.is(files.get('secrets/SYNCTASK_SOURCE_PASSWORD'), 'S3cret');
  for (const {type, inputs} of made.registered)
    if (!/SyncTask$|ContainerGroup$/.test(type)) t.false(JSON.stringify(inputs).includes('S3cret'));
});

test('everything that takes tags says its environment', async t => {
  const made = await make({maxcomputeProject: {}, tags: {team: 'data'}});
  const untagged = made.registered.filter(
    ({type, inputs}) =>
      type.startsWith('alicloud:') &&
      (inputs['tags']?.environment !== 'production' || inputs['tags'].team !== 'data'),
  );
  t.deepEqual(
    untagged.map(({type}) => type),
    ['alicloud:log/store:Store'],
  );
  t.like(one(made, 'alicloud:maxcompute/project:Project'), {projectName: 'shop'});
});

test('an account of RDS reads by the nearest privilege, and the rest is told as statements', async t => {
  const task = {
    ...args.task,
    incremental: {heartbeat: true, heartbeatTable: 'ops.beat'},
  };
  const made = await make({task, rdsAccount: {instanceId: 'rm-1', name: 'reader'}});
  t.like(one(made, 'alicloud:rds/accountPrivilege:AccountPrivilege'), {
    privilege: 'ReadOnly',
    dbNames: ['shop', "o'b`c"],
  });
  t.is(one(made, 'pulumi-nodejs:dynamic/synctask:SyncTask')['source'].user, 'reader');
  t.deepEqual(made.missingGrants, [
    "GRANT LOCK TABLES ON `shop`.* TO 'reader'@'%';",
    "GRANT LOCK TABLES ON `o'b``c`.* TO 'reader'@'%';",
    "GRANT SELECT, INSERT, UPDATE ON `ops`.`beat` TO 'reader'@'%';",
  ]);
});

test('what is yours is used, and logs can be left out', async t => {
  const made = await make({roleName: 'mine', securityGroupId: 'sg-1', logs: false});
  t.is(made.roleName, 'mine');
  t.deepEqual(
    made.registered.filter(({type}) => /role|securityGroup|log\//.test(type)),
    [],
  );
  const group = one(made, 'alicloud:eci/containerGroup:ContainerGroup');
  t.like(group, {ramRoleName: 'mine', securityGroupId: 'sg-1'});
});

test('a task that names too much for a ConfigFile volume is refused by SYNC7030', async t => {
  const tables = Array.from({length: 3000}, (_, i) => `table_number_${i}`);
  const task = {...args.task, objects: [{database: 'shop', tables}]};
  await t.throwsAsync(make({task}), {message: /SYNC7030/});
});

test('the example for production declares the whole, and nothing of it without its environment', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-production-'));
  t.teardown(() => rmSync(dir, {recursive: true, force: true}));
  const example = join(dir, 'production');
  cpSync(join(checkout, 'examples/production'), example, {recursive: true});
  installCheckout(example, join(dir, 'package'));
  const names =
    'vpcId vswitchId zoneId image rdsInstanceId rdsHost endpoint project sourcePassword opsWebhook';
  const settings = names.split(' ').map(name => [`shop:${name}`, `${name} of the settings`]);
  const made = await run(
    join(example, 'index.ts'),
    JSON.stringify({...Object.fromEntries(settings), 'shop:endpoint': 'https://service/api'}),
  );
  t.is(made.registered.length, 11);
  t.like(one(made, 'alicloud:eci/containerGroup:ContainerGroup'), {
    cpu: 4,
    tags: {environment: 'production'},
  });
});
