// The account of an RDS for MySQL source: a standard account that may read the task's databases, and statements for what RDS
// gives by no privilege of its own. Read-only there is SELECT, SHOW VIEW, REPLICATION SLAVE and REPLICATION CLIENT (ApsaraDB
// RDS for MySQL, "Account permissions").
import * as alicloud from '@pulumi/alicloud';
import * as pulumi from '@pulumi/pulumi';
import type {Input} from '@pulumi/pulumi';
import type {SourceArgs, SyncTaskArgs} from '../index.ts';

/** The account to make. */
export interface RdsAccountArgs {
  instanceId: Input<string>;
  /** Default: `synctask`. */
  name?: Input<string>;
}

/** The account that the task reads by. */
export interface SourceAccount {
  source: Input<SourceArgs>;
  missingGrants: pulumi.Output<string[]>;
  resources: pulumi.Resource[];
}

/** Makes the account with the task's `sourcePassword`; without `account`, the source is what the task says. */
export function makeSourceAccount(
  name: string,
  account: RdsAccountArgs | undefined,
  task: Omit<SyncTaskArgs, 'target'>,
  child: pulumi.CustomResourceOptions,
): SourceAccount {
  if (account === undefined)
    return {source: task.source, missingGrants: pulumi.output([]), resources: []};
  const {instanceId} = account;
  const accountName = account.name ?? 'synctask';
  const password = pulumi.secret(task.sourcePassword).apply(value => {
    if (typeof value === 'string') return value;
    throw new pulumi.InputPropertyError({
      propertyPath: 'task.sourcePassword',
      reason: 'an account is made with a password that is known here: no {env: …}',
    });
  });
  const made = new alicloud.rds.Account(
    name,
    {dbInstanceId: instanceId, accountName, accountPassword: password, accountType: 'Normal'},
    child,
  );
  const databases = pulumi
    .output(task.objects)
    .apply(objects => [...new Set(objects.map(object => object.database))]);
  const privilege = new alicloud.rds.AccountPrivilege(
    name,
    {instanceId, accountName: made.accountName, dbNames: databases, privilege: 'ReadOnly'},
    child,
  );
  const heartbeatTable = pulumi
    .output(task.incremental)
    .apply(incremental => (incremental?.heartbeat ? (incremental.heartbeatTable ?? null) : null));
  return {
    source: pulumi.output(task.source).apply(source => ({...source, user: accountName})),
    missingGrants: pulumi
      .all([accountName, databases, heartbeatTable])
      .apply(([user, names, table]) => missingGrants(user, names, table)),
    resources: [made, privilege],
  };
}

/** To be run by a privileged account, when the prechecks (P15) ask for them. */
function missingGrants(user: string, databases: string[], heartbeatTable: string | null): string[] {
  const account = `'${user.replaceAll("'", "''")}'@'%'`;
  const quote = (text: string) => `\`${text.replaceAll('`', '``')}\``;
  // Tables without a key are read behind a lock of a moment.
  const locks = databases.map(name => `GRANT LOCK TABLES ON ${quote(name)}.* TO ${account};`);
  if (heartbeatTable === null) return locks;
  const table = heartbeatTable.split('.').map(quote).join('.');
  return [...locks, `GRANT SELECT, INSERT, UPDATE ON ${table} TO ${account};`];
}
