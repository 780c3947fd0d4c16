// The plans that a runtime wrote into its state folder when it set its tables up (plans.json, written by task/prepare.ts).
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {TablePlan} from '../codec/plan.ts';

/** The plans of the task in `stateDir`; null when no runtime has set its tables up there. */
export function readPlans(stateDir: string): readonly TablePlan[] | null {
  try {
    const text = readFileSync(join(stateDir, 'plans.json'), 'utf8');
    return (JSON.parse(text) as {tables: TablePlan[]}).tables;
  } catch {
    return null;
  }
}
