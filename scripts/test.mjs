// The tests: `node scripts/test.mjs [STEP …]`, all steps by default. Set-up first, on any Node >= 20; then Node 24.
// Ends with the line `N passed, N failed`; a check such as the type check counts as one test.
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {checkoutDir} from './setup/cache.mjs';
import {finish} from './setup/command.mjs';
import {bringJudges} from './setup/foreign.mjs';
import {bringMysql} from './setup/mysql.mjs';
import {ensureServer, stopServer} from './setup/mysqlServer.mjs';
import {bringNode22, bringNode24, withNodeFirst} from './setup/node.mjs';
import {bringPackages} from './setup/packages.mjs';
import {runMain, say, SetupError} from './setup/progress.mjs';
import {bringPulumi} from './setup/pulumi.mjs';
import {bringPyodps} from './setup/pyodps.mjs';
import {runAva} from './test/ava.mjs';
import {collectRaisedCodes} from './test/raisedCodes.mjs';

/** @typedef {import('./test/ava.mjs').Count} Count */

/** Steps that need nothing but Node and the packages, in order: the quick ones first. */
const checks = /** @type {Record<string, string[]>} */ ({
  typecheck: ['node_modules/typescript7/bin/tsc', '-p', '.'],
  lint: ['node_modules/oxlint/bin/oxlint', '--deny-warnings'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
});
/** Steps that are AVA tests of the folder of that name; the last two need MySQL, Pulumi and PyODPS. */
const suites = ['unit', 'tidy', 'integration', 'fault'];
/** Suites with long set-up of their own; they run when they are named. */
const askedSuites = ['servers', 'languages', 'docker', 'kubernetes'];
const suitesOnServers = ['integration', 'fault', ...askedSuites];
/** Fault tests draw from a seed; this one is the slice that every run repeats. */
const seedDefault = '20261122';
/** How many seeds the simulation takes: every run a slice, `test:fault` all of them. */
const seedsDefault = {slice: '200', all: '5000'};

await runMain(async () => {
  const steps = process.argv.slice(2);
  const all = [...Object.keys(checks), ...suites];
  const known = [...all, ...askedSuites];
  const unknown = steps.filter(step => !known.includes(step));
  if (unknown.length > 0)
    throw new SetupError(`unknown: ${unknown.join(', ')}; steps are ${known.join(', ')}`);
  const node = await bringNode24();
  await bringPackages(node);
  if (node !== process.execPath) return runAgainWith(node);
  process.chdir(checkoutDir);
  await runSteps(steps.length === 0 ? all : steps, node);
});

/** @param {string} node */
function runAgainWith(node) {
  const self = fileURLToPath(import.meta.url);
  const {status} = spawnSync(node, [self, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: withNodeFirst(node),
  });
  process.exitCode = status ?? 1;
}

/** @param {string[]} steps @param {string} node */
async function runSteps(steps, node) {
  const startedMs = performance.now();
  const raised = collectRaisedCodes();
  const total = {passed: 0, failed: 0};
  const SEEDS = process.env['SEEDS'] ?? seedsDefault[steps.join() === 'fault' ? 'all' : 'slice'];
  let env = withNodeFirst(node, {
    ...process.env,
    ...raised.env,
    SEEDS,
    // Hundreds of runtimes and workers are started from the sources: what one has stripped and compiled the others read.
    NODE_COMPILE_CACHE: join(checkoutDir, 'node_modules/.cache/node-compile'),
  });
  const server = steps.some(step => suitesOnServers.includes(step)) ? `run-${process.pid}` : null;
  try {
    if (server !== null) env = {...env, ...(await bringServers(node, server))};
    for (const step of steps) {
      const stepMs = performance.now();
      const count = await runStep(step, node, env);
      const seconds = ((performance.now() - stepMs) / 1000).toFixed(1);
      console.log(`${step}: ${count.passed} passed, ${count.failed} failed in ${seconds} s`);
      total.passed += count.passed;
      total.failed += count.failed;
    }
  } finally {
    if (server !== null) await stopServer(server);
  }
  if (steps.length === Object.keys(checks).length + suites.length) await raised.report();
  console.log(`${Math.round((performance.now() - startedMs) / 1000)} s in all`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  if (total.failed > 0) process.exitCode = 1;
}

/**
 * What the tests on servers need, as environment: the run's MySQL, and the Pulumi CLI on PATH.
 * @param {string} node
 * @param {string} server
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
async function bringServers(node, server) {
  await bringMysql();
  const pulumi = await bringPulumi(node);
  await bringOrWarn('tests with PyODPS', bringPyodps);
  await bringOrWarn('tests with the Java and Go clients', bringJudges);
  await bringOrWarn('the test of the package on Node 22', bringNode22);
  const running = await ensureServer({name: server, userPid: process.pid});
  const {PATH, PULUMI_HOME, PULUMI_SKIP_UPDATE_CHECK} = pulumi.env;
  return {
    PATH,
    PULUMI_HOME,
    PULUMI_SKIP_UPDATE_CHECK,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    SYNCTASK_TEST_MYSQL: JSON.stringify(running),
    SEED: process.env['SEED'] ?? seedDefault,
  };
}

/** @param {string} what @param {() => Promise<unknown>} bring */
async function bringOrWarn(what, bring) {
  try {
    await bring();
  } catch (error) {
    if (process.env['CI'] === 'true' || !(error instanceof SetupError)) throw error;
    say(`${what} will say so and check nothing: ${error.message}`);
  }
}

/** @param {string} step @param {string} node @param {NodeJS.ProcessEnv} env @returns {Promise<Count>} */
async function runStep(step, node, env) {
  const check = checks[step];
  if (check === undefined)
    return hasTests(step)
      ? runAva(node, [`tests/${step}/**/*.test.ts`], env)
      : {passed: 0, failed: 0};
  const {code, stdout, stderr} = await finish([node, ...check], {env});
  if (code === 0) return {passed: 1, failed: 0};
  process.stdout.write(`${stdout}${stderr}`);
  return {passed: 0, failed: 1};
}

/** @param {string} suite */
function hasTests(suite) {
  return readdirSync(join(checkoutDir, 'tests', suite), {recursive: true}).some(file =>
    String(file).endsWith('.test.ts'),
  );
}
