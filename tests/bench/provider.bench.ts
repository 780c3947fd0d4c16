// What the provider costs on a real engine: 1 and 50 tasks that connect to nothing, by the dynamic face and by the plugin, beside
// as many dynamic resources that do nothing at all. The package is built, as users have it. Rounds are interleaved; the best
// of each counts. `npm run bench -- provider`.
// Options: --rounds N (default 5), --json FILE.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import * as pulumi from '@pulumi/pulumi';
import * as automation from '@pulumi/pulumi/automation/index.js';
import {SyncTask, type SyncTaskArgs} from '../../provider/index.ts';
import {SyncTask as PluginSyncTask} from '../../provider/pluginResource.ts';
import {buildPackage} from '../../scripts/setup/build.mjs';
import {bringPulumi} from '../../scripts/setup/pulumi.mjs';
import {installCheckout} from '../support/pulumiStack.ts';

const {values} = parseArgs({options: {rounds: {type: 'string'}, json: {type: 'string'}}});
const rounds = Number(values.rounds ?? 5);
const counts = [1, 50];

/** A resource that costs what every dynamic resource costs. */
class Nothing extends pulumi.dynamic.Resource {
  constructor(name: string, props: pulumi.Inputs) {
    const nothing: pulumi.dynamic.ResourceProvider = {
      check: async (_olds, news) => ({inputs: news}),
      diff: async () => ({changes: false}),
      create: async inputs => ({id: 'nothing', outs: inputs}),
    };
    super(nothing, name, props, undefined, 'bench', 'Nothing');
  }
}

const args = (i: number): SyncTaskArgs => ({
  source: {host: 'db.example', user: 'sync'},
  sourcePassword: 'a password',
  target: {endpoint: 'http://127.0.0.1:1/api', project: 'bench_project', accessKeyId: 'id'},
  targetAccessKeySecret: 'a secret',
  objects: [{database: `shop_${i}`, as: `s${i}`, tables: ['orders', {name: 'items', as: 'goods'}]}],
  precheckFrom: 'runtime',
  deploy: {kind: 'none'},
});

const makers = {
  nothing: (name: string, i: number) => new Nothing(name, args(i) as pulumi.Inputs),
  dynamic: (name: string, i: number) => new SyncTask(name, args(i)),
  plugin: (name: string, i: number) => new PluginSyncTask(name, args(i)),
};
type Face = keyof typeof makers;
const steps = ['create', 'preview', 'unchanged'] as const;

const dir = mkdtempSync(join(tmpdir(), 'synctask-bench-'));
const {env, dir: bin} = await bringPulumi(process.execPath);
const workDir = join(dir, 'program');
const checkout = fileURLToPath(new URL('../..', import.meta.url));
await buildPackage(process.execPath);
installCheckout(workDir, join(dir, 'package'), true);
// Pulumi looks the package of a dynamic provider up from the folder of the program's process.
process.chdir(workDir);
const backend = join(dir, 'backend');
mkdirSync(backend);
const pulumiCommand = await automation.PulumiCommand.get({root: dirname(bin)});
const options: automation.LocalWorkspaceOptions = {
  workDir,
  pulumiHome: join(dir, 'home'),
  pulumiCommand,
  envVars: {
    PATH: [dirname(process.execPath), join(checkout, 'bin'), bin, env['PATH']].join(delimiter),
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: 'passphrase of a bench',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
  },
};

const best = new Map<string, number>();
try {
  for (let round = 1; round <= rounds; round++)
    for (const count of counts)
      for (const face of Object.keys(makers) as Face[]) await measure(face, count, round);
  report();
} finally {
  rmSync(dir, {recursive: true, force: true});
}

async function measure(face: Face, count: number, round: number): Promise<void> {
  const program = async () => {
    for (let i = 0; i < count; i++) makers[face](`task${i}`, i);
  };
  const stackName = `${face}-${count}-${round}`;
  const stack = await automation.LocalWorkspace.createStack(
    {stackName, projectName: 'bench', program},
    options,
  );
  const work = {
    create: () => stack.up(),
    preview: () => stack.preview(),
    unchanged: () => stack.up(),
  };
  for (const step of steps) {
    const startedMs = performance.now();
    await work[step]();
    const key = `${face} ${count} ${step}`;
    const ms = performance.now() - startedMs;
    best.set(key, Math.min(best.get(key) ?? Infinity, ms));
  }
  await stack.destroy({remove: true});
}

function report(): void {
  const figures: Record<string, number> = {};
  for (const count of counts)
    for (const step of steps) {
      const of = (face: Face) => best.get(`${face} ${count} ${step}`)!;
      const ratio = (face: Face) => of(face) / of('nothing');
      for (const face of ['dynamic', 'plugin'] as const)
        figures[`${face}${count}${step[0]!.toUpperCase()}${step.slice(1)}PerNothing`] = ratio(face);
      const times = (Object.keys(makers) as Face[]).map(f => `${f} ${(of(f) / 1000).toFixed(2)} s`);
      const ratios = `dynamic ${ratio('dynamic').toFixed(2)}, plugin ${ratio('plugin').toFixed(2)} of nothing`;
      console.log(`${count} resources, ${step}: ${times.join(', ')}; ${ratios}`);
    }
  console.log(`peak RSS of the program: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
  const {user, system} = process.cpuUsage();
  console.log(`CPU of the program: ${((user + system) / 1e6).toFixed(1)} s`);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}
