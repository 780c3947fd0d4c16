// Benchmarks: `npm run bench [-- NAME … [OPTION …]]` runs the programs of tests/bench one after the other, on a real MySQL.
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {checkoutDir} from './setup/cache.mjs';
import {ensureServer, stopServer} from './setup/mysqlServer.mjs';
import {bringNode24, withNodeFirst} from './setup/node.mjs';
import {bringPackages} from './setup/packages.mjs';
import {runMain, say, SetupError} from './setup/progress.mjs';

await runMain(async () => {
  const node = await bringNode24();
  await bringPackages(node);
  const dir = join(checkoutDir, 'tests/bench');
  const names = readdirSync(dir).filter(file => file.endsWith('.bench.ts'));
  const given = process.argv.slice(2);
  // Names first; from the first option on everything goes to the programs, such as --json FILE.
  const firstOption = given.findIndex(arg => arg.startsWith('-'));
  const asked = firstOption < 0 ? given : given.slice(0, firstOption);
  const options = firstOption < 0 ? [] : given.slice(firstOption);
  const chosen = names.filter(
    name => asked.length === 0 || asked.includes(name.replace(/\.bench\.ts$/, '')),
  );
  if (chosen.length === 0)
    throw new SetupError(`no such benchmark; there are: ${names.join(', ') || 'none'}`);
  const server = `bench-${process.pid}`;
  const running = await ensureServer({name: server, userPid: process.pid});
  try {
    for (const name of chosen) {
      say(name);
      const {status} = spawnSync(node, [join(dir, name), ...options], {
        stdio: 'inherit',
        env: {...withNodeFirst(node), SYNCTASK_TEST_MYSQL: JSON.stringify(running)},
      });
      if (status !== 0) process.exitCode = 1;
    }
  } finally {
    await stopServer(server);
  }
});
