// The commit and recovery protocol under thousands of seeds (rules C5, C8 to C11, C19): kills, lost answers, late effects,
// forgotten sessions, torn writes, a full disk, lost streams, another order after a failover. What is simulated and what is
// real: tests/support/simulation/simulate.ts. `SEEDS=5000 npm run test:fault` runs more, `SEED` begins elsewhere.
import test from 'ava';
import {simulate} from '../support/simulation/simulate.ts';

const first = Number(process.env['SEED'] ?? 20261122);
const count = Number(process.env['SEEDS'] ?? 200);

test.serial(
  `C8, C9: after ${count} seeded lives and deaths every row change is in the log once`,
  async t => {
    t.timeout(600_000);
    const startedMs = performance.now();
    let lives = 0;
    let rows = 0;
    for (let seed = first; seed < first + count; seed++) {
      const result = await simulate(seed);
      if (result.problems.length > 0)
        return t.fail(`SEED=${seed} SEEDS=1: ${result.problems.slice(0, 5).join('; ')}`);
      lives += result.lives;
      rows += result.rows;
    }
    const seconds = (performance.now() - startedMs) / 1000;
    t.log(
      `${count} seeds, ${lives} lives, ${rows} rows, ${Math.round(count / seconds)} runs a second`,
    );
    t.true(lives > count && rows > count);
  },
);
