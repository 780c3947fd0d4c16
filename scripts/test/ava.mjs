// Runs AVA and counts what it reports in TAP (testanything.org): one line a test, failures with their details.
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';

/** @typedef {{passed: number, failed: number}} Count */

/** AVA's own limit restarts with any output of a worker; this one only with the end of a test. */
const stillMsMax = 6 * 60_000;

/**
 * Runs the test files of `patterns`; prints each test, and everything about those that fail.
 * @param {string} node
 * @param {string[]} patterns
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Count>}
 */
export async function runAva(node, patterns, env) {
  const child = spawn(node, ['node_modules/ava/entrypoints/cli.js', '--tap', ...patterns], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  /** @type {Promise<number>} */
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => resolve(code ?? 1));
  });
  const warnings = readWarnings(child.stderr);
  const count = {passed: 0, failed: 0};
  const giveUp = () => {
    console.log(`no test has ended for ${stillMsMax / 60_000} minutes: the run is ended`);
    child.kill('SIGKILL');
  };
  let still = setTimeout(giveUp, stillMsMax);
  for await (const line of createInterface({input: child.stdout})) {
    const verdict = readLine(line);
    if (verdict === 'passed' || verdict === 'failed') {
      clearTimeout(still);
      still = setTimeout(giveUp, stillMsMax);
    }
    if (verdict === 'passed') count.passed++;
    if (verdict === 'failed') count.failed++;
    if (verdict !== 'noise') console.log(line);
  }
  clearTimeout(still);
  const code = await ended;
  // A warning of Node in a test run is a mistake of ours, and AVA can also fail as a whole.
  if ((await warnings) > 0) count.failed++;
  if (code !== 0 && count.failed === 0) {
    console.log(
      `AVA ended with ${code} though no test failed: run the files of ${patterns} by folder`,
    );
    console.log('without --tap; most likely something a test left open keeps its file from ending');
    count.failed++;
  }
  return count;
}

/**
 * What one line of TAP says: a verdict, noise of the format, or detail worth showing.
 * @param {string} line
 * @returns {'passed' | 'failed' | 'noise' | 'detail'}
 */
export function readLine(line) {
  if (/^ok \d+/.test(line)) return 'passed';
  if (/^not ok \d+/.test(line)) return 'failed';
  return /^(TAP version|1\.\.\d|# (tests|pass|fail|skip) \d|\s*$)/.test(line) ? 'noise' : 'detail';
}

/**
 * Passes stderr through and counts Node's warnings in it.
 * @param {import('node:stream').Readable} stderr
 */
async function readWarnings(stderr) {
  let count = 0;
  for await (const line of createInterface({input: stderr})) {
    if (/^\(node:\d+\) (\[\w+\] )?\w*Warning:/.test(line)) count++;
    console.error(line);
  }
  return count;
}
