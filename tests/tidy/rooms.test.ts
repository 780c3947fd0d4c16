import test from 'ava';
import {importsOf, roomBreaches} from './rooms.ts';
import {readTree} from './tree.ts';

test('no file imports a room that the table does not allow', t => {
  t.deepEqual(roomBreaches(readTree()), []);
});

test('an import against the table is found, whatever form it has', t => {
  const bad = new Map([
    ['runtime/source/a.ts', "import {b} from '../sink/b.ts';\nimport {c} from '../base/c.ts';"],
    ['runtime/endpoint/a.ts', "const sink = await import('../sink/b.ts');"],
    [
      'runtime/status/a.ts',
      "import type {L} from '../task/ledger.ts';\nimport '../task/control.ts';",
    ],
    [
      'runtime/task/a.ts',
      "import {SyncTask} from '../../provider/index.ts';\nimport p from '@pulumi/pulumi';",
    ],
    ['runtime/elsewhere/a.ts', "import '../base/a.ts';"],
    ['runtime/codec/a.ts', "// import {x} from '../sink/x.ts';\nimport {fs} from 'node:fs';"],
  ]);
  t.deepEqual(roomBreaches(bad), [
    'runtime/source/a.ts imports runtime/sink/b.ts, which source may not',
    'runtime/endpoint/a.ts imports runtime/sink/b.ts, which endpoint may not',
    'runtime/status/a.ts imports runtime/task/ledger.ts, which status may not',
    'runtime/task/a.ts imports provider/index.ts, which task may not',
    'runtime/task/a.ts imports @pulumi/pulumi, which only provider may',
    'runtime/elsewhere/a.ts lies in no room of the table',
  ]);
});

test('an import over several lines is read', t => {
  t.deepEqual(importsOf("import {\n  a,\n  b,\n} from './a.ts';\nexport * from './b.ts';"), [
    './a.ts',
    './b.ts',
  ]);
});
