// The journal by itself: what it gives back after every kind of end.
import {appendFile, mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {Journal} from '../../../runtime/endpoint/journal.ts';

async function fileOf(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'synctask-journal-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  return path.join(folder, 'lines.jsonl');
}

async function linesOf(file: string): Promise<unknown[]> {
  const {journal, lines} = await Journal.open(file, false);
  await journal[Symbol.asyncDispose]();
  return lines;
}

test('lines come back in the order of their appends, and are in the file when an append has ended', async t => {
  const file = await fileOf(t);
  const {journal, lines} = await Journal.open(file, true);
  t.deepEqual(lines, []);
  await Promise.all(Array.from({length: 50}, (_, i) => journal.append({i})));
  const wanted = Array.from({length: 50}, (_, i) => ({i}));
  t.deepEqual(await linesOf(file), wanted);
  t.is(journal.bytes, (await readFile(file)).length);
  await journal[Symbol.asyncDispose]();
  t.deepEqual(await linesOf(file), wanted);
});

test('a line that was cut off counts as not written, and the next one takes its place', async t => {
  const file = await fileOf(t);
  const {journal: first} = await Journal.open(file, false);
  await first.append({text: 'whole\nö'});
  await first[Symbol.asyncDispose]();
  await appendFile(file, '{"text":"cut of');
  const {journal: second, lines} = await Journal.open(file, false);
  t.deepEqual(lines, [{text: 'whole\nö'}]);
  await second.append({n: 1});
  await second[Symbol.asyncDispose]();
  t.deepEqual(await linesOf(file), [{text: 'whole\nö'}, {n: 1}]);
});

test('a journal written anew holds the new lines and those appended after', async t => {
  const file = await fileOf(t);
  const {journal} = await Journal.open(file, false);
  const early = journal.append({n: 1});
  let seen = 0;
  const anew = journal.rewrite(() => {
    seen = journal.bytes;
    return [{sum: 1}];
  });
  const late = journal.append({n: 2});
  await Promise.all([early, anew, late]);
  t.true(seen > 0);
  t.deepEqual((await linesOf(file)).at(0), {sum: 1});
  await journal.append({n: 3});
  await journal[Symbol.asyncDispose]();
  t.deepEqual((await linesOf(file)).at(-1), {n: 3});
});
