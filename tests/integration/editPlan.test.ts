// The edit plan walked input by input: the table of edits, the dynamic face, the plugin's detailed diff, and what the runtime does
// when the edit is carried out are one. `WALK=all` carries out every edit; without it a slice of the restarts, drawn by SEED.
import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {diff} from '../../provider/diff.ts';
import {ruleOf, type EditKind} from '../../provider/edits.ts';
import type {Properties} from '../../provider/inputs.ts';
import {create, remove, update, type Resource} from '../../provider/lifecycle.ts';
import {propertyDiffs} from '../../provider/plugin/propertyDiffs.ts';
import {readSupervisor} from '../../provider/deploy/stateFolder.ts';
import {fetchStatus} from '../../runtime/task/control.ts';
import {wait} from '../../runtime/base/wait.ts';
import type {Status} from '../../runtime/task/progress.ts';
import {parseTask} from '../../runtime/spec/parse.ts';
import {taskSpec} from '../../runtime/spec/task.ts';
import {editSamples, type EditSample} from '../support/editSamples.ts';
import {syncTaskInputs} from '../support/syncTaskInputs.ts';
import {openEnds} from '../support/syncTaskShop.ts';

const restartsTried = 3;

/** Paths of all leaves of a parsed task. */
function leaves(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [at];
  const entries = Object.entries(value);
  if (entries.length === 0) return [at];
  return entries.flatMap(([key, inner]) => leaves(inner, at === '' ? key : `${at}.${key}`));
}

test('every input of a task has a sample edit', t => {
  const task = taskSpec.parse(syncTaskInputs({deploy: {kind: 'process'}}));
  const {objects, ...rest} = task;
  const inputs = [
    ...leaves(rest),
    ...leaves({...objects[0], tables: []}).map(path => `objects[0].${path}`),
    ...leaves(objects[0]!.tables[0]).map(path => `objects[0].tables[0].${path}`),
  ];
  // Sampled together with the setting that they belong to.
  const implied = [
    'objects[0].database',
    'objects[0].tables',
    'objects[0].tables[0].name',
    'source.tls.ca',
    'source.tls.certificate',
    'source.tls.mode',
    'incremental.heartbeat',
    'incremental.heartbeatTable',
    'incremental.heartbeatSeconds',
  ];
  const paths = new Set(editSamples('shop').map(({path}) => path));
  t.deepEqual(
    inputs.filter(path => !paths.has(path) && !implied.includes(path)),
    [],
  );
});

test('every edit is planned as the table says, by both faces', t => {
  const tables = {objects: [{database: 'shop', tables: ['orders', 'items']}]};
  const olds = syncTaskInputs({...tables, deploy: {kind: 'process'}});
  for (const {path, edit} of editSamples('shop')) {
    const news = edit(olds);
    // What this version refuses as a whole never comes to a diff.
    const refused = parseTask(news).findings;
    if (refused.length > 0) {
      t.deepEqual(new Set(refused.map(({code}) => code)), new Set(['SYNC1005']), path);
      continue;
    }
    const {edits, replaces, changes} = diff(olds, news);
    if (JSON.stringify(news) === JSON.stringify(olds) || !changes) {
      t.is(path, 'deploy.statusPort', `${path} is an edit`);
      continue;
    }
    const found = edits.find(one => path === one.path || one.path.startsWith(`${path}.`));
    t.truthy(found, path);
    const isEntry = path.startsWith('objects');
    if (!isEntry) t.is(found!.kind, ruleOf(path)!.kind, path);
    t.is(replaces.includes(path.split('.')[0]!), found!.kind === 'replace', path);
    const paths = propertyDiffs(edits, olds, news);
    const shown = [...paths].find(([key]) => path.startsWith(key) || key.startsWith(path));
    t.truthy(shown, `${path} shows in the plugin`);
    t.is(shown![1].endsWith('-replace'), found!.kind === 'replace', path);
  }
});

/** What a runtime did with an edit, as seen from outside. */
async function kindOf(
  stateDir: string,
  before: {pid: number; rows: Map<string, number>},
): Promise<EditKind> {
  const after = await seen(stateDir);
  if (after.pid === before.pid) return 'in-place';
  const isLoaded = [...after.rows].some(([target, rows]) => before.rows.get(target) !== rows);
  return isLoaded ? 'backfill' : 'restart';
}

/** The process and, by target table, the time at which it was loaded: a load that is done again counts its rows again. */
async function seen(stateDir: string): Promise<{pid: number; rows: Map<string, number>}> {
  const status = await settled(stateDir);
  const tables = status.tables.filter(({state}) => state !== 'left');
  return {
    pid: readSupervisor(stateDir)!.runtime!.pid,
    rows: new Map(tables.map(({target, rowsLoaded}) => [target, rowsLoaded])),
  };
}

/** The status once every load is over; a paused task stands still. */
async function settled(stateDir: string): Promise<Status> {
  const {signal} = new AbortController();
  for (;;) {
    const status = await fetchStatus(stateDir);
    const isHeld = status?.holds.some(({reason}) => reason === 'operator') ?? false;
    if (status !== null && (status.state === 'following' || isHeld)) return status;
    await wait(50, signal);
  }
}

function chosen(samples: EditSample[], olds: Properties): EditSample[] {
  const possible = samples.filter(({onlyPlanned, edit}) => {
    const {task} = parseTask(edit(olds));
    return onlyPlanned === null && task !== null && diff(olds, edit(olds)).changes;
  });
  if (process.env['WALK'] === 'all') return possible;
  const isRestart = (sample: EditSample) =>
    diff(olds, sample.edit(olds)).edits.every(({kind}) => kind === 'restart');
  const restarts = possible.filter(isRestart);
  const first = Number(process.env['SEED'] ?? 0) % restarts.length;
  const tried = [...restarts, ...restarts].slice(first, first + restartsTried);
  return possible.filter(sample => !isRestart(sample) || tried.includes(sample));
}

test('the runtime does what each edit was planned as', async t => {
  t.timeout(900_000);
  const {database, target} = await openEnds(t);
  await database.query('CREATE TABLE more (id INT PRIMARY KEY)');
  await database.query('INSERT INTO more VALUES (1), (2), (3), (4), (5)');
  const {host, port, syncUser, syncPassword} = database.server;
  const {signal} = new AbortController();
  const base: Properties = {
    name: `walk-${process.pid}`,
    environment: 'dev',
    source: {host, port, user: syncUser},
    sourcePassword: syncPassword,
    target: {
      endpoint: target.endpoint,
      project: target.project,
      accessKeyId: target.accessKeyId,
    },
    targetAccessKeySecret: target.accessKeySecret,
    objects: [{database: database.name, tables: ['orders', 'items']}],
    incremental: {commitSeconds: 0.5},
    deploy: {kind: 'process', stateDir: join(mkdtempSync(join(tmpdir(), 'synctask-walk-')), 's')},
  };
  let resource: Resource = await create(base, signal);
  t.teardown(() => remove(resource.id, resource.properties, signal));
  const stateDir = String(resource.properties['stateDir']);
  for (const {path, edit} of chosen(editSamples(database.name), base)) {
    // A row that comes before each edit: a table that loads anew counts it, one that goes on does not.
    await database.query('INSERT INTO orders SELECT MAX(id) + 1, NULL FROM orders');
    await database.query('INSERT INTO items SELECT MAX(id) + 1, 1 FROM items');
    const before = await seen(stateDir);
    const news = edit(base);
    const planned = diff(resource.properties, news).edits;
    const kinds = new Set(planned.map(({kind}) => kind));
    resource = {...resource, properties: await update(resource.properties, news, signal)};
    const done = await kindOf(stateDir, before);
    const expected = (['backfill', 'restart', 'in-place'] as const).find(kind => kinds.has(kind));
    t.is(done, expected!, path);
  }
});
