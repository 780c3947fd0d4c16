// Offline validation of one resource's inputs. Connects to nothing: the engine calls check one resource after the other.
import {finding, formatFinding, sortFindings, type Finding} from '../runtime/base/errors.ts';
import {parseTask} from '../runtime/spec/parse.ts';
import {claimTargets, type Claims} from './claims.ts';
import {parseDeploy} from '../runtime/places/deploySpec.ts';
import {editsBetween} from './diff.ts';
import {inputsOf, secretInputs, type Properties} from './inputs.ts';
import {
  fillUnknowns,
  isAtOrBelow,
  touchesUnknown,
  unknownPaths,
  withoutUnknowns,
} from './unknowns.ts';

export interface Failure {
  property: string;
  reason: string;
}

export interface Checked {
  inputs: Properties;
  failures: Failure[];
}

/** Inputs as they go to state, and one failure for each finding, at its property path. `olds` is empty for a new resource. */
export function check(olds: Properties, news: Properties, claims: Claims): Checked {
  const inputs = inputsOf(news);
  const unknowns = unknownPaths(inputs);
  const parsed = parseTask(inputs);
  const findings = [
    ...certain(parsed.findings, inputs, unknowns),
    ...parseDeploy(inputs['deploy']).findings,
  ].filter(found => found.code === 'SYNC1002' || !touchesUnknown(found.where ?? '', unknowns));
  const old = inputsOf(olds);
  const isTargetKnown = !['objects', 'target'].some(path => touchesUnknown(path, unknowns));
  const task = parsed.task ?? (isTargetKnown ? parseTask(fillUnknowns(inputs, old)).task : null);
  if (task !== null) findings.push(...claimTargets(task, claims));
  findings.push(...refusals(old, inputs));
  return {inputs, failures: sortFindings(findings).map(found => failureOf(found))};
}

/** Those of `findings` that do not hang on an unknown setting elsewhere: they stand without it too. */
function certain(findings: Finding[], inputs: Properties, unknowns: string[]): Finding[] {
  if (unknowns.length === 0) return findings;
  const places = new Set(parseTask(withoutUnknowns(inputs)).findings.map(placeOf));
  return findings.filter(found => places.has(placeOf(found)));
}

function placeOf({code, where}: Finding): string {
  return `${code} ${where}`;
}

/** Edits that a running task cannot take; none where the task is replaced, since the new one starts from nothing. */
function refusals(olds: Properties, news: Properties): Finding[] {
  if (Object.keys(olds).length === 0) return [];
  const edits = editsBetween(olds, news);
  if (edits.some(edit => edit.kind === 'replace')) return [];
  return edits
    .filter(edit => edit.kind === 'refused')
    .map(({path, why, object}) => finding('SYNC7002', {path, why}, {where: path, object}));
}

/** Pulumi prints the value at `property`, so a secret's failure stands at the resource as a whole. */
function failureOf(found: Finding): Failure {
  const path = found.where ?? '';
  const isSecret = secretInputs.some(secret => isAtOrBelow(path, secret));
  return {property: isSecret ? '' : path, reason: formatFinding(found)};
}
