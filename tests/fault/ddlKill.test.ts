// kill -9 between every two steps of a schema change's barrier (rule C15): before a statement reaches the target, and after it
// is carried out there while its answer is lost. Whatever was done, the next runtime ends with the rows of the source.
import test from 'ava';
import {FaultProxy, type FaultKind} from '../support/faultProxy.ts';
import {World} from '../support/world.ts';

const setup = [
  'CREATE TABLE t (id INT PRIMARY KEY, a INT, v VARCHAR(20))',
  "INSERT INTO t VALUES (1, 1, 'one'), (2, 2, 'two')",
  'CREATE TABLE beside (id INT PRIMARY KEY, v INT)',
  'INSERT INTO beside VALUES (1, 1)',
];

/** Two statements each for base and log: a rename, and columns added. */
const alter = (round: number) =>
  `ALTER TABLE t RENAME COLUMN ${name(round)} TO ${name(round + 1)}, ADD COLUMN x${round} INT FIRST`;
const name = (round: number) => (round === 0 ? 'a' : `a${round}`);
/** Statements of a reload, which renames and makes both tables. */
const truncate = () => 'TRUNCATE TABLE t';

const statementsMax = 4;
const never = new Promise<void>(() => undefined);
/** What becomes of the statement at which the runtime is killed. */
const endings: FaultKind[] = [{kind: 'delay', until: never}, {kind: 'drop-after'}];

for (const [title, sqlOf] of Object.entries({
  'carried out in place': alter,
  'that loads the table anew': truncate,
}))
  test.serial(
    `kill -9 at each statement of a change ${title} loses and doubles nothing`,
    async t => {
      await using world = await World.open(t, {setup});
      await using proxy = await FaultProxy.start(world.target.endpoint);
      const {target} = world.task as {target: Record<string, string>};
      const tunnelEndpoint = proxy.url.replace(/\/api$/, '');
      world.saveTask({target: {...target, endpoint: proxy.url, tunnelEndpoint}});
      const jobs = {method: 'POST', url: /\/instances\?/} as const;
      let runtime = world.start();
      await world.caughtUp(runtime);
      let round = 0;
      for (let statement = 0; statement < statementsMax; statement++)
        for (const ending of endings) {
          const before = proxy.seen(jobs.method, jobs.url).length;
          if (statement > 0)
            proxy.add({
              ...jobs,
              times: statement,
              fault: {kind: 'delay', until: Promise.resolve()},
            });
          proxy.add({...jobs, times: 1, fault: ending});
          await world.mysql.query(`UPDATE t SET v = 'round ${round}' WHERE id = 1`);
          await world.mysql.query(sqlOf(round));
          await world.mysql.query(`INSERT INTO t (id, v) VALUES (${10 + round}, 'after ${round}')`);
          await world.mysql.query('UPDATE beside SET v = v + 1');
          await world.until(
            runtime,
            `statement ${statement} of ${sqlOf(round)}`,
            () => proxy.seen(jobs.method, jobs.url).length > before + statement,
          );
          await world.kill(runtime);
          round++;
          runtime = world.start();
          await world.caughtUp(runtime);
        }
      t.log(await world.equal('t'));
      t.log(await world.equal('beside'));
      await world.stop(runtime);
    },
  );
