import test from 'ava';
import {specPage} from '../../scripts/docs/specPage.ts';
import {unavailable} from '../../runtime/spec/unavailable.ts';

/** Path → meaning of every row of the page. */
const rows = new Map(
  specPage()
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .map(line => {
      const cells = line.split(/(?<!\\)\|/).map(cell => cell.trim());
      return [cells[1]!.replaceAll('`', ''), cells[4]!] as const;
    }),
);

test('every setting of a task says what it means', t => {
  t.true(rows.size > 60);
  t.deepEqual(
    [...rows].filter(([, meaning]) => meaning === '').map(([path]) => path),
    [],
  );
});

test('every setting that is not carried out yet is a setting, and its row says so', t => {
  const silent = unavailable.filter(
    ({path, instead}) => !rows.get(path)?.endsWith(instead.replaceAll('|', '\\|')),
  );
  t.deepEqual(silent, []);
});
