// SyncTask of the plugin for TypeScript programs: the same arguments and outputs as the package's own, served by
// `pulumi-resource-synctask`, which shows more in previews and can import. A stack moves by changing the import: the alias says
// that both are one resource.
import * as pulumi from '@pulumi/pulumi';
import {propsOf, secrets, type SyncTaskArgs, type SyncTaskOutputs} from './index.ts';

const dynamicType = 'pulumi-nodejs:dynamic/synctask:SyncTask';

/** The class of resources, with the outputs of a task. */
const TaskResource = pulumi.CustomResource as unknown as new (
  ...args: ConstructorParameters<typeof pulumi.CustomResource>
) => pulumi.CustomResource & SyncTaskOutputs;

/** A task that copies tables of MySQL into MaxCompute and keeps following them. */
export class SyncTask extends TaskResource {
  constructor(name: string, args: SyncTaskArgs, opts?: pulumi.CustomResourceOptions) {
    const own = {additionalSecretOutputs: [...secrets], aliases: [{type: dynamicType}]};
    super('synctask:index:SyncTask', name, propsOf(name, args), pulumi.mergeOptions(own, opts));
  }
}
