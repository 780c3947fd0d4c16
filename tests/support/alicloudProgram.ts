// A program with an AlicloudSyncTask under Pulumi's mocks, in a process of its own: Pulumi serialises no provider in the worker
// threads of the tests. Prints what was registered as JSON. Arguments: those of the component as JSON, or the path of a program
// and its settings as JSON.
import * as pulumi from '@pulumi/pulumi';

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

const registered: Registered[] = [];
await pulumi.runtime.setMocks(
  {
    newResource: ({type, name, inputs}) => {
      registered.push({type, name, inputs: inputs as Record<string, unknown>});
      const named = {projectName: `${name}-x`, logstoreName: `${name}-x`, roleName: `${name}-x`};
      return {id: `${name}-id`, state: {...named, ...inputs}};
    },
    call: () => ({}),
  },
  'shop',
  'production',
);
const [, , argument, settings] = process.argv as [string, string, string, string?];
if (settings === undefined) await component(JSON.parse(argument));
else {
  pulumi.runtime.setAllConfig(JSON.parse(settings) as Record<string, string>);
  await import(argument);
  process.on('exit', () => process.stdout.write(JSON.stringify({registered})));
}

async function component(args: object): Promise<void> {
  const {AlicloudSyncTask} = await import('../../provider/alicloud/alicloudSyncTask.ts');
  const made = new AlicloudSyncTask('sync', args as never);
  const outputs = pulumi.all([made.missingGrants, made.roleName, made.containerGroup.id]);
  outputs.apply(([missingGrants, roleName, containerGroupId]) =>
    process.stdout.write(JSON.stringify({registered, missingGrants, roleName, containerGroupId})),
  );
}
