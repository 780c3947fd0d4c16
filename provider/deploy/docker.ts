// deploy: {kind: 'docker'}: the runtime as one container with two volumes: its state, which outlives every container, and its
// task file and secrets, which are written anew with each. Everything goes through the daemon's API, so that it may be remote.
import {Readable, Writable} from 'node:stream';
import type Docker from 'dockerode';
import type {Container, ContainerInspectInfo} from 'dockerode';
import {fail, finding, type Finding} from '../../runtime/base/errors.ts';
import {
  containerUser,
  drainSecondsMax,
  program,
  secretsFolder,
  stateMount,
  taskFileName,
  taskMount,
} from '../../runtime/places/container.ts';
import type {Status} from '../../runtime/task/progress.ts';
import type {Deployed, DeployedState, Deployer, Deployment} from './deployer.ts';
import {
  containerOf,
  differencesOf,
  namesOf,
  statusUrlOf,
  type DockerSpec,
} from './dockerContainer.ts';
import {ask, askUnless, connectDocker} from './dockerDaemon.ts';
import {bringImage, imageIdOf} from './dockerImage.ts';
import {firstFileOf, tarOf} from './tar.ts';

/** The deployer of the container of task `name`. */
export function dockerDeployer(name: string, spec: DockerSpec): Deployer {
  const docker = connectDocker(spec.daemon);
  const names = namesOf(name);
  const container = docker.getContainer(names.container);
  const place: Place = {docker, name, spec, container};
  return {
    adopts: true,
    create: deployment => replace(place, deployment),
    async update(deployment, restart) {
      if (restart || (await inspect(place)) === null) await replace(place, deployment);
      else await putTask(place, deployment);
    },
    read: () => read(place),
    async pause(paused) {
      if ((await inspect(place))?.State.Running !== true) return;
      const call = [paused ? 'pause' : 'resume', '--state', stateMount];
      const {code, output} = await runInside(place, call);
      if (code !== 0) throw fail('SYNC7016', {what: call[0]!, status: code, problem: output});
    },
    stop: () => stop(place),
    async delete() {
      await remove(place);
      for (const volume of [names.task, names.state])
        await askUnless([404], null, 'the removal of a volume', () =>
          docker.getVolume(volume).remove(),
        );
    },
    logs: lines => logs(place, lines),
  };
}

interface Place {
  docker: Docker;
  name: string;
  spec: DockerSpec;
  container: Container;
}

/** The container, or null when there is none. */
function inspect({container}: Place): Promise<ContainerInspectInfo | null> {
  return askUnless([404], null, 'the look at the container', () => container.inspect());
}

/** Takes the place of the container that is there: an earlier version of the task, or the rest of a create that ended half-way. */
async function replace(place: Place, deployment: Deployment): Promise<void> {
  const {docker, name, spec} = place;
  const names = namesOf(name);
  const there = await inspect(place);
  if (there !== null && there.Config.Labels['io.synctask.task'] !== name)
    throw fail('SYNC7013', {place: `container ${names.container}`});
  // What can fail for long is done while the earlier runtime still works.
  const image = await bringImage(docker, spec.image);
  const settings = containerOf(spec, deployment, image);
  await remove(place);
  await askUnless([404], null, 'the removal of a volume', () =>
    docker.getVolume(names.task).remove(),
  );
  for (const volume of [names.state, names.task])
    await ask('the making of a volume', () =>
      docker.createVolume({Name: volume, Labels: settings.Labels!}),
    );
  await ask('the making of the container', () => docker.createContainer(settings));
  await putTask(place, deployment);
  await ask('the start of the container', () => place.container.start());
}

/** Task file and secrets go into their volume as files of the runtime's account, which nobody else may read. */
async function putTask({container}: Place, deployment: Deployment): Promise<void> {
  const owner = containerUser;
  const secrets = Object.entries(deployment.environment).map(([name, content]) => ({
    name: `${secretsFolder}/${name}`,
    content,
    mode: 0o400,
    owner,
  }));
  const archive = tarOf([
    {name: `${secretsFolder}/`, content: '', mode: 0o700, owner},
    ...secrets,
    {name: taskFileName, content: JSON.stringify(deployment.taskFile), mode: 0o400, owner},
  ]);
  await ask('the hand-over of the task', () => container.putArchive(archive, {path: taskMount}));
}

/** Drains; a runtime that takes longer than the bound is killed by Docker. */
async function stop({container}: Place): Promise<void> {
  await askUnless([304, 404], null, 'the stop of the container', () =>
    container.stop({t: drainSecondsMax}),
  );
}

async function remove(place: Place): Promise<void> {
  await stop(place);
  await askUnless([404], null, 'the removal of the container', () =>
    place.container.remove({force: true}),
  );
}

async function read(place: Place): Promise<Deployed> {
  const {container: containerName} = namesOf(place.name);
  const there = await inspect(place);
  const shared = {stateDir: null, place: `container ${containerName}`};
  const log = `docker logs ${containerName}`;
  if (there === null) {
    const last = 'there is no container';
    const findings = [finding('SYNC7004', {place: shared.place, state: 'dead', last, log})];
    return {
      ...shared,
      log,
      statusUrl: null,
      state: 'dead',
      status: null,
      last,
      crashes: 0,
      findings,
    };
  }
  const running = there.State.Running && !there.State.Restarting ? await statusInside(place) : null;
  const status = running ?? (await lastStatus(place));
  const state = stateOf(there, running, status);
  const last = lastOf(there);
  return {
    ...shared,
    log,
    statusUrl: statusUrlOf(there),
    state,
    status,
    last,
    crashes: there.RestartCount,
    findings: [
      ...(['dead', 'failed', 'stopped'].includes(state)
        ? [finding('SYNC7004', {place: shared.place, state, last, log})]
        : []),
      ...(await driftOf(place, there)),
    ],
  };
}

async function driftOf(place: Place, there: ContainerInspectInfo): Promise<Finding[]> {
  const {docker, spec} = place;
  const imageId = spec.image === null ? null : await imageIdOf(docker, spec.image);
  const differences = differencesOf(there, spec, imageId);
  if (differences.length === 0) return [];
  return [finding('SYNC7015', {place: `container ${there.Name.slice(1)}`, differences})];
}

function stateOf(
  {State, RestartCount}: ContainerInspectInfo,
  running: Status | null,
  last: Status | null,
): DeployedState {
  if (State.Restarting) return 'restarting';
  if (State.Running) {
    const isEnding = running?.state === 'failed' || running?.state === 'stopped';
    if (running !== null && !isEnding) return running.state;
    return RestartCount > 0 || isEnding ? 'restarting' : 'starting';
  }
  if (State.Status === 'created') return 'dead';
  if (last === null) return 'dead';
  return State.ExitCode === 0 && last.state === 'done'
    ? 'done'
    : State.ExitCode === 0
      ? 'stopped'
      : 'failed';
}

function lastOf({State}: ContainerInspectInfo): string {
  if (State.Running) return `it was started at ${State.StartedAt}`;
  const reason = State.OOMKilled ? ' because its memory was used up' : '';
  return `it exited with ${State.ExitCode}${reason} at ${State.FinishedAt}`;
}

/** The status that the runtime inside tells; null while none answers. */
async function statusInside(place: Place): Promise<Status | null> {
  const {code, output} = await runInside(place, ['status', '--state', stateMount, '--json']);
  if (code !== 0) return null;
  return JSON.parse(output) as Status;
}

/** What the last runtime left in the state volume; null when it was killed. */
async function lastStatus({container}: Place): Promise<Status | null> {
  const path = `${stateMount}/lastStatus.json`;
  const archive = await askUnless([404], null, 'the look at the last status', () =>
    container.getArchive({path}),
  );
  if (archive === null) return null;
  const parts: Buffer[] = [];
  for await (const part of archive) parts.push(part as Buffer);
  const text = firstFileOf(Buffer.concat(parts));
  return text === null ? null : (JSON.parse(text) as Status);
}

/** Runs a command of the runtime beside it. A container that ends meanwhile counts as a command that failed. */
async function runInside(
  {docker, container}: Place,
  args: string[],
): Promise<{code: number; output: string}> {
  const refused = {code: 1, output: 'the container ended meanwhile'};
  return await askUnless([404, 409, 500], refused, 'a command in the container', async () => {
    const options = {Cmd: [...program, ...args], AttachStdout: true, AttachStderr: true};
    const exec = await container.exec(options);
    const stream = await exec.start({});
    const output = await textOf(docker, stream);
    const {ExitCode} = await exec.inspect();
    return {code: ExitCode ?? 1, output: output.trim()};
  });
}

async function logs({docker, container}: Place, lines: number): Promise<string> {
  const bytes = await askUnless([404], null, 'the look at the log', () =>
    container.logs({stdout: true, stderr: true, tail: lines}),
  );
  return bytes === null ? '' : await textOf(docker, Readable.from([bytes]));
}

/** Both streams of a command as one text. */
async function textOf(docker: Docker, stream: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = [];
  const sink = new Writable({
    write: (part: Buffer, _, done) => {
      parts.push(part);
      done();
    },
  });
  docker.modem.demuxStream(stream, sink, sink);
  await new Promise<void>((resolve, reject) => {
    stream.once('end', resolve);
    stream.once('error', reject);
  });
  return Buffer.concat(parts).toString('utf8');
}
