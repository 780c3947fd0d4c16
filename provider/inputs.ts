// The properties of one resource, as Pulumi hands them over: inputs as the user wrote them, outputs beside them.
// Inputs are kept as written and not filled with defaults: a default that changes in a later version must not show as an edit,
// and a preview shows what the program says. Comparing is done on parsed tasks (diff.ts), where writing does not count.
import type {Finding} from '../runtime/base/errors.ts';
import type {PlanOutput} from './planText.ts';

export {secretInputs} from '../runtime/places/handOver.ts';

export type Properties = Record<string, unknown>;

/** What a deployed task tells back. */
export interface Outputs {
  taskId: string;
  /** Folder of checkpoint and logs; null where none is deployed by us. */
  stateDir: string | null;
  statusUrl: string | null;
  /** Target tables that are there. */
  targetTables: string[];
  findings: Finding[];
  /** State of the runtime: one of its own states, `paused`, `restarting`, `dead`, or `not deployed`. */
  state: string;
  phase: string | null;
  /** What the last update did, one line an edit. */
  editPlan: string;
  /** How the tables are made and mapped, as the prechecks of the last update saw them; the first hundred. */
  plan: PlanOutput[];
}

const outputKeys: Record<keyof Outputs, true> = {
  taskId: true,
  stateDir: true,
  statusUrl: true,
  targetTables: true,
  findings: true,
  state: true,
  phase: true,
  editPlan: true,
  plan: true,
};

/** Names of the outputs. */
export const outputNames = Object.keys(outputKeys) as (keyof Outputs)[];

/** The user's part of `properties`: no outputs, no `__provider`, no undefined. A fresh object. */
export function inputsOf(properties: Properties): Properties {
  const inputs = Object.entries(properties).filter(
    ([key, value]) => key !== '__provider' && !(key in outputKeys) && value !== undefined,
  );
  return Object.fromEntries(inputs);
}

/** Inputs and outputs together, as state holds them. */
export function propertiesOf(inputs: Properties, outputs: Outputs): Properties {
  return {...inputs, ...outputs};
}
