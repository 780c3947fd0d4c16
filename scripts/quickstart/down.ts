// Removes all that the quick start made and started. What is gone already is passed over.
import {existsSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {cacheDir, checkoutDir} from '../setup/cache.mjs';
import {finish} from '../setup/command.mjs';
import {stopServer} from '../setup/mysqlServer.mjs';
import {runMain, say} from '../setup/progress.mjs';
import {mysqlName, place, readJson, type Connection} from './place.ts';
import {stopProcesses} from './processes.ts';
import {hasStack, show} from './stack.ts';

await runMain(async () => {
  if (!existsSync(place)) {
    say('nothing of the quick start is there');
    return;
  }
  if (hasStack()) await show('destroy', '--yes', '--skip-preview').catch(stopRuntime);
  await stopProcesses();
  await stopServer(mysqlName);
  rmSync(join(cacheDir, 'servers', mysqlName), {recursive: true, force: true});
  rmSync(place, {recursive: true, force: true});
  say('the quick start is gone; what set-up brought stays in the cache');
});

/** Where Pulumi cannot stop the runtime any more, it is told itself; its state folder stays. */
async function stopRuntime(error: unknown): Promise<void> {
  say(String(error));
  const stateDir = readJson<Connection>('connection.json')?.stateDir;
  if (stateDir === undefined) return;
  const {code} = await finish([join(checkoutDir, 'bin/synctask'), 'stop', '--state', stateDir]);
  say(`synctask stop ended with ${code}; what the task left is in ${stateDir}`);
}
