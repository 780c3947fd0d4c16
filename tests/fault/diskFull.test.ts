// A disk that is really full, under spool, ledger and log (catalogue F7): a small file system of its own, which only root can
// mount. The task stops with a code or goes on; with room again nothing is lost or doubled.
import {execFile} from 'node:child_process';
import {mkdirSync, rmSync, statfsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {World} from '../support/world.ts';

const run = promisify(execFile);

/** A file system in memory of `mebibytes` at `path`; null where it may not be mounted. */
async function smallDisk(path: string, mebibytes: number) {
  mkdirSync(path, {recursive: true});
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'none', path]);
  } catch {
    return null;
  }
  return {
    grow: (size: number) => run('mount', ['-o', `remount,size=${size}m`, path]),
    [Symbol.asyncDispose]: async () => void (await run('umount', ['-l', path])),
  };
}

test.serial(
  'C8: a full disk under spool and ledger stops the task; with room again nothing is lost or doubled',
  async t => {
    t.timeout(300_000);
    await using world = await World.open(t, {
      setup: ['CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY, note TEXT)'],
    });
    await using disk = await smallDisk(world.stateDir, 6);
    if (disk === null) {
      t.log('not run: a small file system can only be mounted by root');
      t.pass();
      return;
    }
    const first = world.start();
    await world.caughtUp(first);
    await world.mysql.query(
      `INSERT INTO notes (note) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900)
       SELECT CONCAT(${Array.from({length: 300}, (_, k) => `SHA2(CONCAT(i, '-${k}'), 256)`).join(', ')}) FROM n`,
    );
    t.not(await first.exit, 0, 'the spool has no room');
    t.regex(first.output() + world.log(), /SYNC5020/);
    await disk.grow(64);
    const second = world.start();
    await world.caughtUp(second);
    await world.equal('notes');
    const {bavail, bsize} = statfsSync(world.stateDir);
    const filler = join(world.stateDir, 'filler');
    t.throws(() => writeFileSync(filler, Buffer.alloc(bavail * bsize + 1)), {code: 'ENOSPC'});
    await world.mysql.query("INSERT INTO notes (note) VALUES ('no room for it')");
    t.not(await second.exit, 0, 'nothing has room');
    rmSync(filler);
    const third = world.start();
    await world.caughtUp(third);
    await world.equal('notes');
    await world.stop(third);
  },
);
