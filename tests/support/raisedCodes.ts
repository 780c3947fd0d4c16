// Loaded by AVA into each test worker: writes down every error code that a test raises, once a worker.
import {appendFileSync} from 'node:fs';
import {subscribe} from 'node:diagnostics_channel';

const file = process.env['SYNCTASK_RAISED_CODES'];
const seen = new Set<unknown>();
if (file !== undefined)
  subscribe('synctask:raised', code => {
    if (seen.has(code)) return;
    seen.add(code);
    appendFileSync(file, `${String(code)}\n`);
  });
