// docs/guarantees.md: each row names a test that is there, and each rule of the data path has one.
import test from 'ava';
import {readTree} from './tree.ts';

const tree = readTree();
const page = tree.get('docs/guarantees.md')!;
const rows = [...page.matchAll(/^\| (.+?) +\| .*\[([^\]]+)\]\(\.\.\/([^)]+)\) *\|$/gm)];

test('every row names a test that is in the file it links to', t => {
  t.true(rows.length > 40);
  for (const [, what, title = '', path = ''] of rows) {
    const text = tree.get(path) ?? '';
    const parts = title === 'all of it' ? ['test'] : title.split(/\s*…\s*|(?<=transaction of) /);
    for (const part of parts) t.true(text.includes(part), `${what}: ${part} in ${path}`);
  }
});

test('each of the rules C1 to C21 is named by the title of its test', t => {
  for (let rule = 1; rule <= 21; rule++) {
    const row = rows.find(([, what]) => what === `C${rule}`);
    t.regex(row?.[2] ?? '', new RegExp(`\\bC${rule}\\b`), `C${rule}`);
  }
});
