import test from 'ava';
import {bringGoProgram, bringJavaProgram} from '../../../scripts/setup/foreign.mjs';

test('a program whose tools are not on PATH is told as missing, not built', async t => {
  const path = process.env['PATH'];
  process.env['PATH'] = '';
  try {
    t.deepEqual(await bringGoProgram('tests/judges/go'), {
      missing: 'tests/judges/go needs go on PATH',
    });
    t.deepEqual(await bringJavaProgram('tests/judges/java'), {
      missing: 'tests/judges/java needs java and javac and mvn on PATH',
    });
  } finally {
    process.env['PATH'] = path;
  }
});
