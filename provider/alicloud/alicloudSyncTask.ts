// A task on Alibaba Cloud, whole: SyncTask with `deploy: {kind: 'none'}`, and its runtime as an elastic container (ECI) beside
// the source, with the state on a disk, a role instead of keys, a security group that lets nothing in, and logs. Optionally
// the MaxCompute project and the account of an RDS source. What the container is told: containerGroup.ts.
import * as alicloud from '@pulumi/alicloud';
import * as pulumi from '@pulumi/pulumi';
import type {Input} from '@pulumi/pulumi';
import {environmentOfTask} from '../environmentTags.ts';
import {SyncTask, type SyncTaskArgs, type TargetArgs} from '../index.ts';
import {defaultTaskName} from '../taskName.ts';
import {containerGroupArgs} from './containerGroup.ts';
import {makeSourceAccount, type RdsAccountArgs} from './sourceAccount.ts';

/** What an `AlicloudSyncTask` takes beside the task. */
export interface AlicloudSyncTaskArgs {
  /**
   * The task. Its `deploy` is this component's; `target.credentials` is `ram-role` unless it says otherwise, and
   * `precheckFrom` is `runtime`, because a source in a VPC is seldom reached from where Pulumi runs.
   */
  task: Omit<SyncTaskArgs, 'deploy' | 'target'> & {
    target: Omit<TargetArgs, 'project'> & {project?: Input<string>};
  };
  /** The network of the source. */
  vpcId: Input<string>;
  /** A switch of it; the container gets an address there. */
  vswitchId: Input<string>;
  /** The zone of the switch; the disk lies in it. */
  zoneId: Input<string>;
  /** Image of the runtime in ACR, best by digest. `npm run image:context` packs what it is built of. */
  image: Input<string>;
  /** The ACR Enterprise instance of a private image. */
  registry?: {instanceId: Input<string>; instanceName: Input<string>; regionId: Input<string>};
  /** vCPUs. Default: 2. */
  cpus?: Input<number>;
  /** GiB of memory. Default: 4. */
  memoryGibibytes?: Input<number>;
  /** GiB of the disk for checkpoint and spool. Default: 40. */
  diskGibibytes?: Input<number>;
  /** Category of the disk. Default: `cloud_essd`. */
  diskCategory?: Input<string>;
  /** A security group of yours. Default: one that lets nothing in. */
  securityGroupId?: Input<string>;
  /** A RAM role of yours that ECS may assume. Default: one without policies; add it to the MaxCompute project as a user. */
  roleName?: Input<string>;
  /** Where logs go; false: nowhere but to the container's own log. Default: a log project of this task, kept for 30 days. */
  logs?: false | {retentionDays?: Input<number>; project?: Input<string>};
  /** Makes the MaxCompute project, too; it is protected against deletion. */
  maxcomputeProject?: {
    defaultQuota?: Input<string>;
    properties?: alicloud.maxcompute.ProjectArgs['properties'];
  };
  /** Makes the account of an RDS for MySQL source, too; then the task needs no `source.user`. */
  rdsAccount?: RdsAccountArgs;
  /** On everything that takes tags, beside environment, project and managed-by. */
  tags?: Record<string, string>;
}

/** A task with its runtime on Alibaba Cloud. */
export class AlicloudSyncTask extends pulumi.ComponentResource {
  readonly task: SyncTask;
  readonly containerGroup: alicloud.eci.ContainerGroup;
  /** Role of the container, which the MaxCompute project must know. */
  readonly roleName: pulumi.Output<string>;
  /** Statements for what RDS cannot give the account by itself; empty without `rdsAccount`. */
  readonly missingGrants: pulumi.Output<string[]>;
  readonly #tags: Record<string, Input<string>>;
  readonly #child: pulumi.CustomResourceOptions;

  constructor(name: string, args: AlicloudSyncTaskArgs, opts?: pulumi.ComponentResourceOptions) {
    super('synctask:alicloud:AlicloudSyncTask', name, {}, opts);
    const environment = environmentOfTask(args.task.environment);
    const own = {environment, project: pulumi.getProject(), 'managed-by': 'pulumi-synctask'};
    this.#tags = {...own, ...args.tags};
    this.#child = {parent: this};
    const taskName = pulumi.output(
      args.task.name ?? defaultTaskName(pulumi.getProject(), pulumi.getStack(), name),
    );
    this.roleName = this.#role(name, args);
    const project = this.#project(name, args);
    const account = makeSourceAccount(name, args.rdsAccount, args.task, this.#child);
    this.missingGrants = account.missingGrants;
    const target = {credentials: 'ram-role' as const, ...args.task.target, project: project.name};
    const task: SyncTaskArgs = {
      precheckFrom: 'runtime',
      ...args.task,
      name: taskName,
      source: account.source,
      target,
      deploy: {kind: 'none'},
    };
    const before = [...project.resources, ...account.resources];
    this.task = new SyncTask(name, task, {...this.#child, dependsOn: before});
    const logs = this.#logs(name, args);
    this.containerGroup = new alicloud.eci.ContainerGroup(
      name,
      containerGroupArgs({
        args,
        task,
        resourceName: name,
        taskName,
        securityGroupId: this.#securityGroup(name, args),
        diskId: this.#disk(name, args),
        roleName: this.roleName,
        logs: logs.names,
        tags: this.#tags,
      }),
      // The disk can be in one container at a time: the old one must drain and go first.
      {...this.#child, deleteBeforeReplace: true, dependsOn: [this.task, ...logs.resources]},
    );
    this.registerOutputs({
      task: this.task,
      containerGroupId: this.containerGroup.id,
      roleName: this.roleName,
      missingGrants: this.missingGrants,
    });
  }

  #role(name: string, {roleName}: AlicloudSyncTaskArgs): pulumi.Output<string> {
    if (roleName !== undefined) return pulumi.output(roleName);
    // ECI containers assume roles that trust ECS (Elastic Container Instance, "Assign a RAM role to a pod").
    const document = {
      Version: '1',
      Statement: [
        {Effect: 'Allow', Action: 'sts:AssumeRole', Principal: {Service: ['ecs.aliyuncs.com']}},
      ],
    };
    const role = new alicloud.ram.Role(
      name,
      {assumeRolePolicyDocument: JSON.stringify(document), tags: this.#tags},
      this.#child,
    );
    return role.roleName;
  }

  #securityGroup(name: string, {securityGroupId, vpcId}: AlicloudSyncTaskArgs): Input<string> {
    if (securityGroupId !== undefined) return securityGroupId;
    const group = {vpcId, innerAccessPolicy: 'Drop', tags: this.#tags};
    return new alicloud.ecs.SecurityGroup(name, group, this.#child).id;
  }

  #disk(name: string, args: AlicloudSyncTaskArgs): Input<string> {
    const disk = {
      zoneId: args.zoneId,
      category: args.diskCategory ?? 'cloud_essd',
      size: args.diskGibibytes ?? 40,
      // Rows of the source lie in the spool until they are committed.
      encrypted: true,
      tags: this.#tags,
    };
    return new alicloud.ecs.EcsDisk(name, disk, this.#child).id;
  }

  #logs(name: string, {logs}: AlicloudSyncTaskArgs) {
    if (logs === false) return {names: null, resources: []};
    const resources: pulumi.Resource[] = [];
    let project = logs?.project;
    if (project === undefined) {
      const made = new alicloud.log.Project(name, {tags: this.#tags}, this.#child);
      resources.push(made);
      project = made.projectName;
    }
    const store = new alicloud.log.Store(
      name,
      {projectName: project, retentionPeriod: logs?.retentionDays ?? 30},
      this.#child,
    );
    resources.push(store);
    return {names: {project, store: store.logstoreName}, resources};
  }

  #project(name: string, {maxcomputeProject: asked, task}: AlicloudSyncTaskArgs) {
    const {project} = task.target;
    if (asked === undefined) {
      if (project === undefined)
        throw new pulumi.InputPropertyError({
          propertyPath: 'task.target.project',
          reason: 'name a project, or ask for one by maxcomputeProject',
        });
      return {name: project, resources: []};
    }
    const made = new alicloud.maxcompute.Project(
      name,
      {
        ...(project !== undefined && {projectName: project}),
        defaultQuota: asked.defaultQuota ?? 'os_PayAsYouGoQuota',
        productType: 'PayAsYouGo',
        ...(asked.properties !== undefined && {properties: asked.properties}),
        tags: this.#tags,
      },
      {...this.#child, protect: true},
    );
    return {name: made.projectName, resources: [made]};
  }
}
