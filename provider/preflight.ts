// The live plan of a task at preview, for tasks with preflight 'live'. It has a deadline, is made once for a set of inputs, and
// never stops a preview: `pulumi up` makes it again and does.
import {asSyncError, formatFinding, type Finding} from '../runtime/base/errors.ts';
import {secondMs} from '../runtime/base/sizes.ts';
import {parseTask} from '../runtime/spec/parse.ts';
import {resolveSecrets} from '../runtime/spec/secrets.ts';
import type {Task} from '../runtime/spec/task.ts';
import type {SharedPlanning} from '../runtime/task/sharedPlanning.ts';
import type {TaskPlan} from '../runtime/task/taskPlan.ts';
import type {Properties} from './inputs.ts';
import {summarisePlan} from './planText.ts';
import {unknownPaths} from './unknowns.ts';

const secondsMax = 5;

/** What a preview found out by connecting. */
export interface Preflight {
  /** Null where an end did not answer in time. */
  plan: TaskPlan | null;
  /** What the user is told, one entry a finding. */
  lines: string[];
}

/** One provider process serves one run of Pulumi: its previews share connections, which end with the process. */
let planning: SharedPlanning | null = null;

/** The engine checks a resource that is replaced twice. */
const answers = new Map<string, Promise<Preflight>>();

/** The live plan of `inputs`; null unless the task asks for it and all its inputs are known. */
export function preflight(
  inputs: Properties,
  isNew: boolean,
  outer: AbortSignal,
): Promise<Preflight> | null {
  const {task} = parseTask(inputs);
  if (task?.preflight !== 'live' || unknownPaths(inputs).length > 0) return null;
  const key = JSON.stringify([inputs, isNew]);
  const known = answers.get(key) ?? ask(task, isNew, outer);
  answers.set(key, known);
  return known;
}

async function ask(task: Task, isNew: boolean, outer: AbortSignal): Promise<Preflight> {
  const deadline = AbortSignal.timeout(secondsMax * secondMs);
  try {
    // Loaded here, not at the top: MySQL and HTTP clients are no part of an offline preview.
    const {SharedPlanning} = await import('../runtime/task/sharedPlanning.ts');
    planning ??= new SharedPlanning();
    const signal = AbortSignal.any([outer, deadline]);
    const plan = await planning.plan(task, resolveSecrets(task), signal);
    // Whose the tables in the way of an existing task are is known to its runtime alone.
    plan.findings = plan.findings.filter(({id}) => isNew || id !== 'P36');
    return {plan, lines: [summarisePlan(task.name, plan), ...texts(plan.findings)]};
  } catch (error) {
    const late = `prechecks of ${task.name} gave no answer in ${secondsMax} s`;
    return {plan: null, lines: deadline.aborted ? [late] : texts([asSyncError(error).finding])};
  }
}

function texts(findings: readonly Finding[]): string[] {
  return findings.map(formatFinding);
}
