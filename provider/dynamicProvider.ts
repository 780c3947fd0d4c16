// What the literal calls in every state's `__provider` reach: thin adapters from Pulumi's dynamic provider to the core.
// Exports only get added here, and each takes state of every earlier version. The engine hands secrets over in clear:
// nothing here prints properties.
import type {dynamic} from '@pulumi/pulumi';
import {check as checkInputs, type Checked} from './check.ts';
import type {Claims} from './claims.ts';
import {diff as diffProperties} from './diff.ts';
import {editLines} from './edits.ts';
import type {Properties} from './inputs.ts';
import * as lifecycle from './lifecycle.ts';
import {preflight} from './preflight.ts';

/** One provider process serves one run of Pulumi over one stack, so this is the stack's. */
const claims: Claims = new Map();

/** Nothing is configured by stack settings. The method stays: the text in old states calls it. */
export async function configure(_request: dynamic.ConfigureRequest): Promise<void> {}

/** With preflight 'live' it also connects and prints what the prechecks find; only offline findings stop a preview. */
export async function check(olds: Properties, news: Properties): Promise<Checked> {
  const checked = checkInputs(olds, news, claims);
  if (checked.failures.length === 0)
    tell(
      (await preflight(checked.inputs, Object.keys(olds).length === 0, unending()))?.lines ?? [],
    );
  return checked;
}

/** Also prints the edit plan: a dynamic provider has no other way to say more than which property changed. */
export async function diff(
  id: string,
  olds: Properties,
  news: Properties,
): Promise<dynamic.DiffResult> {
  const {edits, drift, changes, replaces} = diffProperties(olds, news);
  const lines = editLines(edits, drift);
  tell(lines.length === 0 ? [] : [id, ...lines.map(line => `  ${line}`)]);
  return {changes, replaces, deleteBeforeReplace: true};
}

export async function create(inputs: Properties): Promise<dynamic.CreateResult> {
  const {id, properties} = await keepProvider(inputs, lifecycle.create(inputs, unending()));
  return {id, outs: properties};
}

export async function update(
  _id: string,
  olds: Properties,
  news: Properties,
): Promise<dynamic.UpdateResult> {
  return {outs: await keepProvider(news, lifecycle.update(olds, news, unending()))};
}

/** Returns all properties: what a refresh leaves out vanishes from state. */
export async function read(id: string, props: Properties): Promise<dynamic.ReadResult> {
  const found = await lifecycle.read(id, props, unending());
  return {id, props: found.properties, inputs: found.inputs};
}

async function remove(id: string, props: Properties): Promise<void> {
  await lifecycle.remove(id, props, unending());
}
export {remove as delete};

/**
 * The dynamic host adds the provider's text to what succeeds, not to what fails half-way (SDK 3.270): without it the
 * engine could not delete the resource.
 */
async function keepProvider<T>(inputs: Properties, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const {properties} = error as {properties?: Properties};
    if (properties !== undefined) properties['__provider'] = inputs['__provider'];
    throw error;
  }
}

/** The engine shows what a provider prints under Diagnostics of the stack. */
function tell(lines: string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

/** The dynamic host tells nobody of a cancelled run: it ends the process. All waits below have their own bounds. */
function unending(): AbortSignal {
  return new AbortController().signal;
}
