// Removes all that the quick start made and started. What is gone already is passed over.
import {existsSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {cacheDir} from '../setup/cache.mjs';
import {stopServer} from '../setup/mysqlServer.mjs';
import {runMain, say} from '../setup/progress.mjs';
import {mysqlName, place} from './place.ts';
import {stopProcesses} from './processes.ts';
import {hasStack, show} from './stack.ts';

await runMain(async () => {
  if (!existsSync(place)) {
    say('nothing of the quick start is there');
    return;
  }
  if (hasStack()) await show('destroy', '--yes', '--skip-preview');
  await stopProcesses();
  await stopServer(mysqlName);
  rmSync(join(cacheDir, 'servers', mysqlName), {recursive: true, force: true});
  rmSync(place, {recursive: true, force: true});
  say('the quick start is gone; what set-up brought stays in the cache');
});
