// What a preview can know of a task's outputs: the plan of a new task, the edits of an old one. Unknown is what only the update
// itself can tell. Connects for tasks with preflight 'live' alone, and never fails a preview because something is offline.
import type {TaskPlan} from '../runtime/task/taskPlan.ts';
import {diff} from './diff.ts';
import {editLines, strongest} from './edits.ts';
import {outputNames, propertiesOf, type Outputs, type Properties} from './inputs.ts';
import {describePlan} from './planText.ts';
import {preflight} from './preflight.ts';
import {unknownValue} from './unknowns.ts';

/** A preview of one resource. */
export interface Preview {
  /** Properties after the update, as far as they are known. */
  properties: Properties;
  /** What the user is told. */
  lines: string[];
}

/** The preview of `inputs`; `olds` is null for a new task. */
export async function previewOutputs(
  olds: Properties | null,
  inputs: Properties,
  signal: AbortSignal,
): Promise<Preview> {
  const {plan, lines} = (await preflight(inputs, olds === null, signal)) ?? {plan: null, lines: []};
  const known = olds === null ? ofNew(inputs, plan) : ofEdit(olds, inputs, plan);
  const outputs = Object.fromEntries(outputNames.map(name => [name, known[name] ?? unknownValue]));
  return {properties: propertiesOf(inputs, outputs as unknown as Outputs), lines};
}

type Known = Partial<Record<keyof Outputs, unknown>>;

function ofNew(inputs: Properties, plan: TaskPlan | null): Known {
  const taskId = inputs['name'];
  return plan === null ? {taskId} : {taskId, plan: describePlan(plan), ...targetsOf(plan)};
}

/** A restart gives state and phase anew; the rest stays unless tables come or go. */
function ofEdit(olds: Properties, news: Properties, plan: TaskPlan | null): Known {
  const {edits, drift} = diff(olds, news);
  const kind = strongest(edits);
  const stays = (name: keyof Outputs): Known => ({[name]: olds[name]});
  const editPlan = editLines(edits, drift).join('\n');
  const known: Known = {...stays('taskId'), ...stays('stateDir'), editPlan};
  if (kind === 'replace') return ofNew(news, plan);
  const isRunOn = kind === 'in-place' && drift.length === 0;
  const hasNewTables = edits.some(({path}) => path.startsWith('objects'));
  return {
    ...known,
    ...(hasNewTables ? {} : stays('targetTables')),
    ...(plan === null ? stays('plan') : {plan: describePlan(plan), ...targetsOf(plan)}),
    ...(isRunOn ? {...stays('statusUrl'), ...stays('phase'), ...stays('findings')} : {}),
  };
}

function targetsOf(plan: TaskPlan): Known {
  const names = plan.tables.flatMap(({baseTable, logTable}) => [baseTable, logTable]);
  return {targetTables: names.toSorted()};
}
