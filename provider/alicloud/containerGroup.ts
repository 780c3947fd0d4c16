// What the elastic container of a task is told: image, task file and secrets as files, disk, role, probes. Alibaba Cloud shows
// files of a ConfigFile volume to whoever may describe the group; in Pulumi's state they are secret.
import type * as alicloud from '@pulumi/alicloud';
import * as pulumi from '@pulumi/pulumi';
import type {Input} from '@pulumi/pulumi';
import {fail} from '../../runtime/base/errors.ts';
import {KiB} from '../../runtime/base/sizes.ts';
import {
  containerUser,
  drainSecondsMax,
  program,
  runArguments,
  secretsFolder,
  stateMount,
  statusPort,
  taskFileName,
  taskMount,
} from '../../runtime/places/container.ts';
import {handOver} from '../../runtime/places/handOver.ts';
import {propsOf, type SyncTaskArgs} from '../index.ts';
import type {AlicloudSyncTaskArgs} from './alicloudSyncTask.ts';

/** Limits of a ConfigFile volume (Elastic Container Instance, "Mount a ConfigFile volume"). */
const fileBytesMax = 32 * KiB;
const filesBytesMax = 60 * KiB;

/** What the group is made of. */
export interface GroupParts {
  args: AlicloudSyncTaskArgs;
  task: SyncTaskArgs;
  resourceName: string;
  taskName: pulumi.Output<string>;
  securityGroupId: Input<string>;
  diskId: Input<string>;
  roleName: Input<string>;
  logs: {project: Input<string>; store: Input<string>} | null;
  tags: Record<string, Input<string>>;
}

/** Arguments of the container group. Raises SYNC7030 for a task file that no ConfigFile volume holds. */
export function containerGroupArgs(parts: GroupParts): alicloud.eci.ContainerGroupArgs {
  const {args, taskName, tags} = parts;
  const node = program[0];
  const state = {name: 'state', mountPath: stateMount};
  const size = {cpu: args.cpus ?? 2, memory: args.memoryGibibytes ?? 4};
  const probe = {
    execs: [{commands: [...program, 'status', '--state', stateMount, '--health']}],
    periodSeconds: 30,
    timeoutSeconds: 10,
  };
  return {
    containerGroupName: pulumi.interpolate`synctask-${taskName}`,
    ...size,
    vswitchId: args.vswitchId,
    zoneId: args.zoneId,
    securityGroupId: parts.securityGroupId,
    ramRoleName: parts.roleName,
    // A task without the incremental phase ends by itself, with 0.
    restartPolicy: 'OnFailure',
    terminationGracePeriodSeconds: drainSecondsMax,
    ...(args.registry !== undefined && {acrRegistryInfos: [args.registry]}),
    initContainers: [
      {
        // A new disk is root's, and the image has no shell.
        name: 'own-state',
        image: args.image,
        commands: [node, '-e', `fs.chownSync('${stateMount}', ${containerUser}, ${containerUser})`],
        securityContexts: [{runAsUser: 0}],
        volumeMounts: [state],
      },
    ],
    containers: [
      {
        name: 'runtime',
        image: args.image,
        ...size,
        commands: [...program],
        args: runArguments('127.0.0.1', statusPort),
        securityContexts: [{runAsUser: containerUser}],
        livenessProbes: [{...probe, initialDelaySeconds: 60, failureThreshold: 5}],
        readinessProbes: [{...probe, initialDelaySeconds: 5}],
        environmentVars: logVariables(parts.logs),
        volumeMounts: [state, {name: 'task', mountPath: taskMount, readOnly: true}],
      },
    ],
    volumes: [
      {name: 'state', type: 'DiskVolume', diskVolumeDiskId: parts.diskId, diskVolumeFsType: 'ext4'},
      {
        name: 'task',
        type: 'ConfigFileVolume',
        configFileVolumeConfigFileToPaths: taskFiles(parts),
      },
    ],
    tags: {...tags, 'synctask-task': taskName},
  };
}

/** ECI ships a container's output to the log store that a variable of this name points to. */
function logVariables(logs: GroupParts['logs']) {
  if (logs === null) return [];
  const key = pulumi.interpolate`aliyun_logs_${logs.store}`;
  return [
    {key, value: 'stdout'},
    {key: pulumi.interpolate`${key}_project`, value: logs.project},
  ];
}

/** The task file and each secret, base64, by their path below the mount. */
function taskFiles({task, resourceName}: GroupParts) {
  return pulumi.secret(pulumi.output(propsOf(resourceName, task))).apply(properties => {
    const {taskFile, environment} = handOver(properties as Record<string, unknown>);
    delete taskFile['deploy'];
    const files = [
      {path: taskFileName, text: JSON.stringify(taskFile)},
      ...Object.entries(environment).map(([name, text]) => ({
        path: `${secretsFolder}/${name}`,
        text,
      })),
    ].map(({path, text}) => ({path, content: Buffer.from(text).toString('base64')}));
    const bytes = files.map(({content}) => content.length);
    const all = bytes.reduce((sum, each) => sum + each, 0);
    if (Math.max(...bytes) > fileBytesMax || all > filesBytesMax)
      throw fail('SYNC7030', {bytes: Math.max(...bytes), bytesMax: fileBytesMax});
    return files;
  });
}
