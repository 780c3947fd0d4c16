// What changed between the state of a resource and its new inputs, and what that does. Compares only; connects to nothing.
import {isDeepStrictEqual} from 'node:util';
import type {Finding} from '../runtime/base/errors.ts';
import {formatPath, parseTask} from '../runtime/spec/parse.ts';
import type {Task} from '../runtime/spec/task.ts';
import {parseDeploy} from '../runtime/places/deploySpec.ts';
import {ruleOf, type Edit} from './edits.ts';
import {inputsOf, type Properties} from './inputs.ts';
import {objectEdits} from './objectEdits.ts';
import {fillUnknowns, unknownPaths} from './unknowns.ts';

export interface Diff {
  edits: Edit[];
  /** What a refresh found wrong: the runtime down, tables gone. One line each. */
  drift: string[];
  changes: boolean;
  /** Top-level inputs that make a new task. */
  replaces: string[];
}

/** Compares the properties in state with new inputs. Writing does not count: `'orders'` equals `{name: 'orders'}`. */
export function diff(olds: Properties, news: Properties): Diff {
  const edits = editsBetween(inputsOf(olds), inputsOf(news));
  const drift = driftOf(olds);
  const replaced = edits.filter(edit => edit.kind === 'replace');
  return {
    edits,
    drift,
    changes: edits.length > 0 || drift.length > 0,
    replaces: [...new Set(replaced.map(edit => edit.path.split(/[.[]/)[0]!))],
  };
}

/** The edits from one set of inputs to another. An unknown new value counts as changed. */
export function editsBetween(olds: Properties, news: Properties): Edit[] {
  const old = normal(olds);
  const now = normal(fillUnknowns(news, olds) as Properties);
  const edits: Edit[] = [];
  if (old !== null && now !== null) {
    edits.push(...objectEdits(old.objects, now.objects));
    for (const path of changedPaths(old, now))
      if (path[0] !== 'objects') edits.push(plainEdit(formatPath(path)));
  } else {
    // What cannot be parsed (state of another version, a program that check refuses) is compared as it is written: defaults
    // that only one side has filled in would look like edits.
    for (const path of changedPaths(olds, news)) edits.push(plainEdit(formatPath(path)));
  }
  for (const path of unknownPaths(news))
    if (!edits.some(edit => edit.path === path)) edits.push(unknownEdit(path));
  return now === null || loads(now) ? edits : edits.map(withoutLoad);
}

function loads({phases}: Task): boolean {
  return phases.includes('schema') && phases.includes('full');
}

/** Rows that only a load could make right: the task has none. An added table is followed from now on. */
function withoutLoad(edit: Edit): Edit {
  if (edit.kind !== 'backfill' || edit.change !== 'changed') return edit;
  const why = 'its tables would have to load anew, and phases of the task has no schema and full';
  return {...edit, kind: 'refused', why};
}

/** States in which a task that should run does not. */
const downStates = ['dead', 'failed', 'stopped'];
const movingStates = ['loading', 'following'];
/** Findings that an update can put right. */
const driftCodes = ['SYNC7004', 'SYNC7005', 'SYNC7011', 'SYNC7015'];

function driftOf(olds: Properties): string[] {
  const findings = (olds['findings'] ?? []) as Finding[];
  const found = findings.filter(({code}) => driftCodes.includes(code)).map(({cause}) => cause);
  if (found.length > 0) return found;
  const state = String(olds['state'] ?? '');
  if (downStates.includes(state)) return [`The runtime is ${state}.`];
  const isPaused = state === 'paused';
  const shouldPause = olds['desiredState'] === 'paused';
  if (isPaused && !shouldPause) return ['The runtime was paused by hand.'];
  if (shouldPause && movingStates.includes(state)) return ['The runtime was resumed by hand.'];
  return [];
}

/** A parsed task with its parsed `deploy`; null for inputs that cannot be parsed. */
function normal(inputs: Properties): Task | null {
  const {task} = parseTask(inputs);
  const {deploy} = parseDeploy(inputs['deploy']);
  return task && {...task, deploy: (deploy ?? task.deploy) as Task['deploy']};
}

/** Paths at which two values differ, as deep as both have the same kind of value there. */
function changedPaths(old: unknown, now: unknown, at: PropertyKey[] = []): PropertyKey[][] {
  if (isDeepStrictEqual(old, now)) return [];
  if (!isRecord(old) || !isRecord(now)) return [at];
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...keys].flatMap(key => changedPaths(old[key], now[key], [...at, key]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function plainEdit(path: string): Edit {
  const rule = ruleOf(path) ?? {kind: 'restart', why: 'the runtime reads it at its start'};
  return {path, object: null, change: 'changed', ...rule};
}

/** Nobody knows yet whether it changes; if it does, this is what happens, and a refusal would come from check. */
function unknownEdit(path: string): Edit {
  const rule = plainEdit(path);
  const kind = rule.kind === 'refused' ? 'restart' : rule.kind;
  return {...rule, kind, why: `its new value is not known yet; if it changes: ${rule.why}`};
}
