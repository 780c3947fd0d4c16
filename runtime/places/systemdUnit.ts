// A task as a systemd service, for a machine whose tasks outlive its restarts without Pulumi. Pure. Format: systemd.service(5),
// systemd.exec(5). Task file and secrets are credentials: the service's account, which exists while it runs, reads copies of its
// own in memory, and the files themselves stay root's.
import {drainSecondsMax, taskFileName} from './container.ts';

export interface UnitFacts {
  name: string;
  environment: string;
  /** Absolute path of the task file. */
  taskFile: string;
  /** Names of the variables that the task file names. */
  secretNames: readonly string[];
  /** Absolute paths of Node and of the launcher. */
  node: string;
  launcher: string;
}

/** The folder in which the unit looks for the secrets of task `name`: one file each, root's alone. */
export function secretsFolderOf(name: string): string {
  return `/etc/synctask/${name}.secrets`;
}

/** The unit file. */
export function systemdUnit(facts: UnitFacts): string {
  const {name, environment, taskFile, secretNames, node, launcher} = facts;
  const credentials = [
    `LoadCredential=${taskFileName}:${escaped(taskFile)}`,
    ...secretNames.map(secret => `LoadCredential=${secret}:${secretsFolderOf(name)}/${secret}`),
  ];
  const run = `"${escaped(launcher)}" run %d/${taskFileName} --state %S/synctask/${name}`;
  return `[Unit]
Description=synctask ${name} (${escaped(environment)}): MySQL to MaxCompute
Wants=network-online.target
After=network-online.target
# A source may be away for hours: it is tried for ever.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${run} --secrets %d --log -
Environment="SYNCTASK_NODE=${escaped(node)}"
${credentials.join('\n')}
StateDirectory=synctask/${name}
StateDirectoryMode=0700
DynamicUser=yes
Restart=on-failure
RestartSec=5
# A refused task, and one that runs already, do not get better by themselves.
RestartPreventExitStatus=2 3
TimeoutStopSec=${drainSecondsMax + 10}
# The environment of the task, as a field of its lines in the journal.
LogExtraFields="SYNCTASK_ENVIRONMENT=${escaped(environment)}"
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictSUIDSGID=yes

[Install]
WantedBy=multi-user.target
`;
}

/** A percent sign begins a specifier. */
function escaped(text: string): string {
  return text.replaceAll('%', '%%');
}
