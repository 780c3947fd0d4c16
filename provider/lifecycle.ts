// create, update, read and delete of one task, without a word of Pulumi: properties in, properties out.
// A failure before anything was made is thrown plain; one after that carries `id`, `properties` and `reasons`, so that the
// resource stays in the stack and the next run is an update of it.
import {finding, formatFinding, isSyncError, type Finding} from '../runtime/base/errors.ts';
import {minuteMs} from '../runtime/base/sizes.ts';
import {wait} from '../runtime/base/wait.ts';
import {parseTask} from '../runtime/spec/parse.ts';
import {resolveSecrets} from '../runtime/spec/secrets.ts';
import type {Task} from '../runtime/spec/task.ts';
import type {TaskPlan} from '../runtime/task/taskPlan.ts';
import type {Deployed, Deployer, Deployment} from './deploy/deployer.ts';
import {handOver} from '../runtime/places/handOver.ts';
import {noneDeployer} from './deploy/none.ts';
import {processDeployer} from './deploy/process.ts';
import {parseDeploy, type DeploySpec} from '../runtime/places/deploySpec.ts';
import {diff} from './diff.ts';
import {editLines, strongest} from './edits.ts';
import {inputsOf, propertiesOf, type Outputs, type Properties} from './inputs.ts';
import {describeTables, outputsOf, tableNames} from './outputs.ts';
import {describePlan, type PlanOutput} from './planText.ts';
import {precheck} from './precheck.ts';
import {reasonsAgainst, upStates} from './setUp.ts';

/** A resource as the engine keeps it. */
export interface Resource {
  id: string;
  properties: Properties;
}

/** Half-done work: the resource exists and is not what was asked for. */
export interface HalfDone extends Error {
  id: string;
  properties: Properties;
  reasons: string[];
}

/** Prechecks and table set-up of a large task take minutes; the runtime goes on after this bound. */
const setUpMinutesMax = 10;
const lookMs = 200;
/** Findings about target tables that a restart does not mend. */
const tableCodes = ['SYNC7005', 'SYNC7011'];

/** Checks, deploys and waits until the target tables are set up. */
export async function create(properties: Properties, signal: AbortSignal): Promise<Resource> {
  const {inputs, task, deployer} = await open(properties);
  const isOurs = task.precheckFrom === 'provider';
  const own = deployer.adopts === true ? tableNames((await deployer.read()).status) : [];
  const plan = isOurs ? describePlan(await precheck(task, own, null, signal)) : [];
  const settling = {inputs, task, deployer, editPlan: null, plan};
  try {
    await deployer.create(deploymentOf(inputs, task), signal);
  } catch (error) {
    // What was started before the engine gave up is part of the stack, not an orphan.
    if (!signal.aborted || !isThere(await deployer.read())) throw error;
  }
  const outputs = await settle(settling, signal);
  return {id: task.name, properties: propertiesOf(inputs, outputs)};
}

/** Carries out the edits between `olds` and `news`; restarts the runtime only where an edit or its condition asks for it. */
export async function update(
  olds: Properties,
  news: Properties,
  signal: AbortSignal,
): Promise<Properties> {
  const {inputs, task, deployer} = await open(news);
  const {edits, drift} = diff(olds, news);
  const kind = strongest(edits);
  const {state, status, stateDir} = await deployer.read();
  const isUp = upStates.includes(state);
  const restart = !isUp || drift.length > 0 || (kind !== null && kind !== 'in-place');
  // A mistake in an added table must not stop those that stream. One that is down anyway checks for itself at its start,
  // and knows by its own marks which tables of a half-done create are its own.
  let plan = planIn(olds);
  if (isUp && restart && task.precheckFrom === 'provider') {
    const known = (olds['targetTables'] ?? []) as string[];
    const found = await precheck(task, [...known, ...tableNames(status)], stateDir, signal);
    plan = describePlan(found);
    if (drift.length > 0) await refuseBrokenTables({inputs, task, deployer}, olds, found, signal);
  }
  await deployer.update(deploymentOf(inputs, task), restart, signal);
  const editPlan = editLines(edits, drift).join('\n');
  const outputs = await settle({inputs, task, deployer, editPlan, plan}, signal);
  return propertiesOf(inputs, outputs);
}

/**
 * Tables that the task still wants and that were dropped or altered: a restart does not mend them, so nothing is stopped, and
 * the tables that are whole stream on. Raises half-done work with the state before the edit.
 */
async function refuseBrokenTables(
  {task, deployer}: Opened,
  olds: Properties,
  plan: TaskPlan,
  signal: AbortSignal,
): Promise<void> {
  const deployed = await deployer.read();
  const outputs = outputsOf(task.name, deployed, String(olds['editPlan'] ?? ''), planIn(olds));
  const wanted = new Set(plan.tables.flatMap(({baseTable, logTable}) => [baseTable, logTable]));
  const kept = tableNames(deployed.status).filter(name => wanted.has(name));
  await seeTables(task, kept, outputs, signal);
  const broken = outputs.findings.filter(({code}) => tableCodes.includes(code));
  if (broken.length > 0) throw halfDone(task.name, propertiesOf(inputsOf(olds), outputs), broken);
}

/** The resource as it is: the runtime's state, and which target tables are still there. */
export async function read(
  id: string,
  properties: Properties,
  signal: AbortSignal,
): Promise<{inputs: Properties; properties: Properties}> {
  const inputs = inputsOf(properties);
  const name = String(inputs['name'] ?? id);
  const deployed = await (await deployerOf(name, inputs)).read();
  const outputs = outputsOf(
    name,
    deployed,
    String(properties['editPlan'] ?? ''),
    planIn(properties),
  );
  const {task} = parseTask(inputs);
  const expected = deployed.status === null ? properties['targetTables'] : outputs.targetTables;
  if (task !== null && deployed.state !== 'not deployed')
    await seeTables(task, (expected ?? []) as string[], outputs, signal);
  return {inputs, properties: propertiesOf(inputs, outputs)};
}

/** Drains and stops the runtime, drops the target tables if the task says so, removes what the deployer made. */
export async function remove(
  id: string,
  properties: Properties,
  signal: AbortSignal,
): Promise<void> {
  const inputs = inputsOf(properties);
  const deployer = await deployerOf(String(inputs['name'] ?? id), inputs);
  const {task} = parseTask(inputs);
  const {status} = await deployer.read();
  await deployer.stop(signal);
  if (task?.onDelete.targetTables === 'drop') {
    const known = (properties['targetTables'] ?? []) as string[];
    const names = [...new Set([...known, ...tableNames(status)])];
    const {dropTargetTables} = await import('../runtime/task/targetTables.ts');
    await dropTargetTables(task, resolveSecrets(task), names, signal);
  }
  await deployer.delete(signal);
}

interface Opened {
  inputs: Properties;
  task: Task;
  deployer: Deployer;
}

/** The inputs parsed. check has refused what cannot be parsed, so a finding here is rare: an unknown that came out wrong. */
async function open(properties: Properties): Promise<Opened> {
  const inputs = inputsOf(properties);
  const {task, findings} = parseTask(inputs);
  const deployFindings = parseDeploy(inputs['deploy']).findings;
  if (task === null || deployFindings.length > 0)
    throw new Error([...findings, ...deployFindings].map(formatFinding).join('\n\n'));
  return {inputs, task, deployer: await deployerOf(task.name, inputs)};
}

/**
 * State of another version may hold a `deploy` that this one refuses; its process is found all the same. Clients of Docker and
 * Kubernetes are loaded by the tasks that need them alone: they take longer than everything else of a preview.
 */
async function deployerOf(name: string, inputs: Properties): Promise<Deployer> {
  const spec: DeploySpec = parseDeploy(inputs['deploy']).deploy ?? {kind: 'process', statusPort: 0};
  if (spec.kind === 'docker') {
    const {dockerDeployer} = await import('./deploy/docker.ts');
    return dockerDeployer(name, spec);
  }
  if (spec.kind === 'kubernetes') {
    const {kubernetesDeployer} = await import('./deploy/kubernetes.ts');
    return kubernetesDeployer(name, spec);
  }
  return spec.kind === 'none' ? noneDeployer : processDeployer(name, spec);
}

/** A process inherits our environment; any other place is given what the task names of it. */
function deploymentOf(inputs: Properties, task: Task): Deployment {
  const inherits = task.deploy.kind === 'process';
  return {name: task.name, ...handOver(inputs, inherits ? {} : process.env)};
}

function isThere({state}: Deployed): boolean {
  return state !== 'dead' && state !== 'not deployed';
}

/** State of an earlier version has no plan. */
function planIn(properties: Properties): PlanOutput[] {
  return (properties['plan'] ?? []) as PlanOutput[];
}

interface Settling extends Opened {
  /** Null for a new task. */
  editPlan: string | null;
  plan: PlanOutput[];
}

/**
 * Waits until the deployed task is what was asked for. Raises half-done work where it does not get there, also when `signal`
 * ends the wait: what was deployed stays in the stack.
 */
async function settle(
  {inputs, task, deployer, editPlan, plan}: Settling,
  signal: AbortSignal,
): Promise<Outputs> {
  const shown = (deployed: Deployed): Outputs =>
    outputsOf(task.name, deployed, editPlan ?? describeTables(deployed.status), plan);
  const endMs = performance.now() + setUpMinutesMax * minuteMs;
  for (;;) {
    const deployed = await deployer.read();
    if (deployed.state === 'not deployed') return shown(deployed);
    if (upStates.includes(deployed.state)) {
      await deployer.pause(task.desiredState === 'paused');
      return shown(await deployer.read());
    }
    const reasons = reasonsAgainst(deployed, performance.now() > endMs ? setUpMinutesMax : null);
    if (signal.aborted) reasons.push(finding('SYNC7010', {name: task.name, state: deployed.state}));
    if (reasons.length > 0)
      throw halfDone(task.name, propertiesOf(inputs, shown(deployed)), reasons);
    // An abort is looked at above, with the state in hand.
    await wait(lookMs, signal).catch(() => undefined);
  }
}

function halfDone(id: string, properties: Properties, findings: Finding[]): HalfDone {
  const reasons = findings.map(formatFinding);
  return Object.assign(new Error(reasons.join('\n\n')), {id, properties, reasons});
}

/** Puts into `outputs` which of the `expected` tables are there, and a finding for each that is not, or not as it was made. */
async function seeTables(
  task: Task,
  expected: string[],
  outputs: Outputs,
  signal: AbortSignal,
): Promise<void> {
  outputs.targetTables = expected;
  const {project} = task.target;
  try {
    const {seeTargetTables} = await import('../runtime/task/targetTables.ts');
    const secrets = resolveSecrets(task);
    const seen = await seeTargetTables(task, secrets, expected, outputs.stateDir, signal);
    outputs.targetTables = seen.present;
    for (const table of expected)
      if (!seen.present.includes(table))
        outputs.findings.push(finding('SYNC7005', {table, project}, {object: table}));
    for (const {table, differences} of seen.altered)
      outputs.findings.push(finding('SYNC7011', {table, project, differences}, {object: table}));
  } catch (error) {
    // A refresh must not fail because the target does not answer now: it says so and leaves the list as it was.
    if (!isSyncError(error)) throw error;
    outputs.findings.push({...error.finding, severity: 'warning'});
  }
}
