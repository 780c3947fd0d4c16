import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {missingOptional} from '../../scripts/setup/lockFile.mjs';
import {checkoutDir} from '../../scripts/setup/cache.mjs';
import {
  emptyNames,
  leftOvers,
  lockFaults,
  restrictedTests,
  silentFiles,
  sleepingTests,
} from './repository.ts';
import {readTree} from './tree.ts';

const tree = readTree();
const word = (...parts: string[]) => parts.join('');

test('no test is skipped, alone or expected to fail', t => {
  t.deepEqual(restrictedTests(tree), []);
});

test('no test sleeps', t => {
  t.deepEqual(sleepingTests(tree), []);
});

test('the lock file names every optional package, so that npm ci takes it on every platform', t => {
  const lock = JSON.parse(readFileSync(join(checkoutDir, 'package-lock.json'), 'utf8'));
  t.deepEqual(missingOptional(lock), [], 'run `node scripts/lock.mjs`');
  const short = {packages: {'node_modules/a': {optionalDependencies: {'a-darwin': '1.2.0'}}}};
  t.deepEqual(missingOptional(short), [{name: 'a-darwin', version: '1.2.0', isDev: false}]);
});

test('the lock file has no download address and no TypeScript that breaks Pulumi', t => {
  t.deepEqual(lockFaults(readFileSync(join(checkoutDir, 'package-lock.json'), 'utf8')), []);
});

test('nothing is left over: no marks of unfinished work, no path of one machine', t => {
  t.deepEqual(leftOvers(tree), []);
});

test('every file has a name that says something, and every source an opening comment', t => {
  t.deepEqual(emptyNames(tree), []);
  t.deepEqual(silentFiles(tree), []);
});

test('each of these faults is found', t => {
  const bad = new Map([
    ['tests/a.test.ts', word('test.', "skip('x'); set", 'Timeout(f, 1);')],
    ['runtime/utils/a.ts', 'export const a = 1;'],
    ['runtime/b.ts', word('// TO', 'DO later\n// see /wo', 'rk/x')],
  ]);
  t.deepEqual(restrictedTests(bad), ['tests/a.test.ts']);
  t.deepEqual(sleepingTests(bad), ['tests/a.test.ts']);
  t.deepEqual(emptyNames(bad), ['runtime/utils/a.ts']);
  t.deepEqual(silentFiles(bad), ['runtime/utils/a.ts']);
  t.deepEqual(leftOvers(bad), [
    word('runtime/b.ts:1 says TO', 'DO'),
    word('runtime/b.ts:2 says /wo', 'rk/'),
  ]);
  t.deepEqual(
    lockFaults(
      JSON.stringify({
        packages: {
          'node_modules/typescript': {version: '7.0.2'},
          'node_modules/unknown': {},
          'node_modules/typescript7': {version: '7.0.2', resolved: 'https://example.org/t.tgz'},
        },
      }),
    ).length,
    3,
  );
});
