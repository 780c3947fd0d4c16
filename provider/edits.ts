// The table of edits: what changing each input of a running task does, and why. diff answers from it, check refuses from it.
// A path takes the entry of its longest prefix. Tables inside `objects` are looked at one by one in objectEdits.ts.
import {isAtOrBelow} from './unknowns.ts';

/**
 * in-place: the runtime runs on, or is told. restart: it drains, stops and starts with the new settings, in seconds, from its
 * checkpoint. backfill: a restart, then the named tables load while the others stream on. replace: a new task. refused: not at all.
 */
export type EditKind = 'in-place' | 'restart' | 'backfill' | 'replace' | 'refused';

export interface EditRule {
  kind: EditKind;
  why: string;
}

export interface Edit extends EditRule {
  /** The input that changed. */
  path: string;
  /** `shop.orders` where the edit concerns one entry of `objects`; null else. */
  object: string | null;
  /** Whether the whole entry came or went; its place in the list says nothing of that. */
  change: 'added' | 'removed' | 'changed';
}

const reloadsAll =
  'every table loads anew; the old tables stay, renamed _g1, _g2, … where the new ones take their names';

/** Every input by path prefix. A test walks all inputs of the task and finds each one here. */
export const editRules: Readonly<Record<string, EditRule>> = {
  name: {kind: 'replace', why: 'the name is the identity of the task and of its state folder'},
  source: {kind: 'restart', why: 'the runtime connects anew and proves its position there'},
  'source.timeZone': {
    kind: 'backfill',
    why: 'tables of which a DATETIME or DATE becomes an instant load anew, no other',
  },
  sourcePassword: {kind: 'restart', why: 'the runtime connects anew'},
  sourceTlsKey: {kind: 'restart', why: 'the runtime connects anew'},
  target: {kind: 'restart', why: 'the runtime signs in anew'},
  'target.endpoint': {kind: 'replace', why: 'another service holds other tables'},
  'target.project': {kind: 'replace', why: 'another project holds other tables'},
  'target.schema': {kind: 'replace', why: 'another schema holds other tables'},
  targetAccessKeySecret: {kind: 'restart', why: 'the runtime signs in anew'},
  targetSecurityToken: {kind: 'restart', why: 'the runtime signs in anew'},
  objects: {kind: 'restart', why: 'the runtime reads its list of tables at its start'},
  phases: {kind: 'restart', why: 'the runtime goes on with the phases that are left'},
  types: {kind: 'backfill', why: reloadsAll},
  naming: {kind: 'backfill', why: reloadsAll},
  log: {kind: 'backfill', why: reloadsAll},
  conflictingTables: {kind: 'restart', why: 'it holds for tables that are set up from now on'},
  full: {kind: 'restart', why: 'the workers of the full load start anew from finished chunks'},
  incremental: {kind: 'restart', why: 'the next batches are cut by the new settings'},
  retry: {kind: 'restart', why: 'the runtime reads its bounds at its start'},
  alerts: {kind: 'restart', why: 'the runtime reads them at its start'},
  alertWebhooks: {kind: 'restart', why: 'the runtime reads them at its start'},
  hashKeys: {kind: 'restart', why: 'the runtime reads them at its start'},
  environment: {kind: 'restart', why: 'the label goes onto everything made from now on'},
  precheckFrom: {kind: 'in-place', why: 'it holds for the next deployment'},
  preflight: {kind: 'in-place', why: 'it concerns previews only'},
  acknowledge: {kind: 'restart', why: 'the prechecks run again with it'},
  deploy: {kind: 'restart', why: 'the process starts with the new settings'},
  'deploy.kind': {kind: 'replace', why: 'the task moves to another place'},
  'deploy.namespace': {kind: 'replace', why: 'the state lies on a volume of that namespace'},
  'deploy.kubeconfig': {kind: 'in-place', why: 'the same cluster, unless its context is another'},
  'deploy.context': {kind: 'replace', why: 'another cluster holds other volumes'},
  'deploy.shards': {
    kind: 'refused',
    why: 'tables would change hands between pods whose positions differ',
  },
  'deploy.storageClass': {kind: 'replace', why: 'a volume does not move to another class'},
  'deploy.storageGibibytes': {kind: 'replace', why: 'the volume was made with its size'},
  'deploy.daemon': {kind: 'replace', why: 'another daemon holds other volumes'},
  'deploy.stateDir': {kind: 'replace', why: 'the checkpoint lies in that folder'},
  desiredState: {kind: 'in-place', why: 'the runtime is told to pause or to go on'},
  onDelete: {kind: 'in-place', why: 'it holds when the task is deleted'},
};

/** The rule of the input at `path`: the entry with the longest prefix. Null when the table has none. */
export function ruleOf(path: string): EditRule | null {
  const prefixes = Object.keys(editRules).filter(prefix => isAtOrBelow(path, prefix));
  const longest = prefixes.toSorted((a, b) => b.length - a.length)[0];
  return longest === undefined ? null : editRules[longest]!;
}

/** The strongest thing that `edits` do together, null for none. */
export function strongest(edits: readonly Edit[]): EditKind | null {
  const order: EditKind[] = ['replace', 'refused', 'backfill', 'restart', 'in-place'];
  return order.find(kind => edits.some(edit => edit.kind === kind)) ?? null;
}

/** Drift and edits, one line each, as previews and the output `editPlan` show them. Values are not shown: some are secret. */
export function editLines(edits: readonly Edit[], drift: readonly string[]): string[] {
  const lines = edits.map(
    e => `${e.path}: ${e.kind}${e.object === null ? '' : ` (${e.object})`}, ${e.why}`,
  );
  return [...drift, ...lines];
}
