// What a runtime wrote into its state folder for other processes when it set its tables up: the plans (plans.json, by
// task/prepare.ts) and the uid that its tables are marked with (uid).
import {readFileSync, writeFileSync} from 'node:fs';
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

/** Tells the uid of the task, random and kept for its life. */
export function writeUid(stateDir: string, uid: string): void {
  writeFileSync(join(stateDir, 'uid'), uid, {mode: 0o600});
}

/** The uid of the task in `stateDir`; null when no runtime has started there. */
export function readUid(stateDir: string): string | null {
  try {
    return readFileSync(join(stateDir, 'uid'), 'utf8');
  } catch {
    return null;
  }
}
