import {existsSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {checkoutDir} from '../../scripts/setup/cache.mjs';
import {pages} from '../../scripts/docs/pages.ts';
import {deadLinks, longPages, lostPages, missingPages} from './docs.ts';
import {readTree} from './tree.ts';

const exists = (path: string) => existsSync(join(checkoutDir, path));

test('every link of a page leads somewhere', t => {
  t.deepEqual(deadLinks(readTree(), exists), []);
});

test('every page that a source names to users is there', t => {
  t.deepEqual(missingPages(readTree()), []);
});

test('every page of the docs is linked from another', t => {
  t.deepEqual(lostPages(readTree()), []);
});

test('README and AGENTS keep their lengths', t => {
  t.deepEqual(longPages(readTree()), []);
});

test('the generated pages are what `npm run docs` would write', t => {
  for (const [path, text] of pages(checkoutDir)) t.is(readTree().get(path), text, path);
});

test('dead links, lost pages and long pages are found', t => {
  const tree = new Map([
    [
      'README.md',
      `[a](docs/a.md#one-two) [b](docs/b.md) [c](docs/a.md#three) [w](https://x.y/z)\n${'x\n'.repeat(200)}`,
    ],
    ['docs/a.md', '# One, two\n`[code](no.md)`\n```\n[code](no.md)\n```\n'],
    ['docs/lost.md', '# Lost\n'],
    ['runtime/a.ts', 'see docs/lost.md and docs/none.md'],
  ]);
  t.deepEqual(
    deadLinks(tree, () => false),
    [
      'README.md links to docs/b.md, not there',
      'README.md links to docs/a.md#three, no such heading',
    ],
  );
  t.deepEqual(missingPages(tree), ['runtime/a.ts names docs/none.md, not there']);
  t.deepEqual(lostPages(tree), ['docs/lost.md']);
  t.deepEqual(longPages(tree), ['README.md has 201 lines, over 200', 'AGENTS.md is missing']);
});
