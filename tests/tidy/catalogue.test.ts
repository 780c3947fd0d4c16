import test from 'ava';
import {codes} from '../../runtime/base/codes.ts';
import type {Entry} from '../../runtime/base/codes/entry.ts';
import {docsFaults, unknownCodes, untestedCodes, unusedCodes, wordingFaults} from './catalogue.ts';
import {readTree} from './tree.ts';

const names = Object.keys(codes);

/** Details that answer every question with something printable, whatever a code asks for. */
const anyDetails: unknown = new Proxy(() => 'Remove it', {
  get: (_, key) => {
    if (key === Symbol.toPrimitive) return () => 'Remove it';
    if (key === Symbol.iterator) return [][Symbol.iterator].bind([]);
    if (key === 'length') return 1;
    return anyDetails;
  },
  apply: () => anyDetails,
});

test('every code has a title that is a short fact and a fix that says what to do', t => {
  const entries = Object.fromEntries(
    Object.entries(codes).map(([code, entry]) => {
      const {title, fix} = entry as unknown as Entry<unknown>;
      return [code, {title, fix: String(fix(anyDetails))}];
    }),
  );
  t.deepEqual(wordingFaults(entries), []);
});

test('every code is used by the product', t => {
  t.deepEqual(unusedCodes(names, readTree()), []);
});

test('every code is named by a test', t => {
  t.deepEqual(untestedCodes(names, readTree()), []);
});

test('no source and no page names a code that does not exist', t => {
  t.deepEqual(unknownCodes(names, readTree()), []);
});

test('every code is documented once, and nothing else is', t => {
  t.deepEqual(docsFaults(names, readTree()), []);
});

test('a code is defined in one file only', t => {
  const files = [...readTree()].filter(([path]) => path.startsWith('runtime/base/codes/'));
  const defined = files.flatMap(([, text]) => text.match(/^ {2}SYNC\d{4}(?=:)/gm) ?? []);
  t.is(defined.length, new Set(defined).size);
  t.is(defined.length, names.length);
});

test('each fault of wording is found', t => {
  const fine = {title: 'a fact', fix: 'Remove it.'};
  t.deepEqual(
    wordingFaults({
      SYNC1: fine,
      SYNC2001: {...fine, title: 'x'.repeat(61)},
      SYNC2002: {...fine, title: 'a fact.'},
      SYNC2003: {...fine, title: 'failed to connect'},
      SYNC2004: {...fine, fix: 'The server is broken.'},
      SYNC2005: {...fine, fix: 'nothing to do: it heals'},
      SYNC2006: fine,
    }),
    [
      'SYNC1 is not SYNC and four digits of a room',
      'SYNC2001 has a title over 60 characters',
      'SYNC2002 has a title with a full stop',
      'SYNC2003 has a title with an empty word',
      'SYNC2004 has a fix that starts with no known verb: The server is broken.',
    ],
  );
});

test('codes without use or without docs, and docs without a code, are found', t => {
  const tree = new Map([
    ['runtime/base/codes/a.ts', 'SYNC2001 SYNC2002'],
    ['runtime/source/a.ts', "fail('SYNC2001') SYNC2999"],
    ['docs/errors/a.md', '## SYNC2001\n\nText.\n\n## SYNC2003\n\n## SYNC2001\n\nAgain.\n'],
  ]);
  const known = ['SYNC2001', 'SYNC2002'];
  t.deepEqual(unusedCodes(known, tree), ['SYNC2002']);
  const tests = new Map([['tests/unit/a.test.ts', "{code: 'SYNC2002'}"]]);
  t.deepEqual(untestedCodes(known, tests), ['SYNC2001']);
  t.deepEqual(unknownCodes(known, tree), [
    'runtime/source/a.ts names SYNC2999, which is not in the catalogue',
    'docs/errors/a.md names SYNC2003, which is not in the catalogue',
  ]);
  t.deepEqual(docsFaults(known, tree), [
    'SYNC2002 has no section in docs/errors',
    'docs/errors/a.md documents SYNC2003, which is not in the catalogue',
    'docs/errors/a.md says nothing under SYNC2003',
    'docs/errors/a.md repeats SYNC2001',
  ]);
});
