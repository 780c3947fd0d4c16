// Which codes of the error catalogue have no test: a whole run raised them in no test worker (tests/support/raisedCodes.ts
// writes those down), and no test looks for them in what another process says.
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {checkoutDir} from '../setup/cache.mjs';

/** The environment that makes test workers write down the codes they raise, and the report after the run. */
export function collectRaisedCodes() {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-raised-'));
  const file = join(dir, 'codes');
  return {
    env: {SYNCTASK_RAISED_CODES: file},
    report: async () => {
      const raised = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      rmSync(dir, {recursive: true, force: true});
      const {codes} = await import('../../runtime/base/codes.ts');
      const texts = readTests();
      const missing = Object.keys(codes).filter(
        code => !raised.includes(code) && !texts.some(text => text.includes(code)),
      );
      if (missing.length > 0) console.log(`codes without a test: ${missing.join(', ')}`);
    },
  };
}

function readTests() {
  const dir = join(checkoutDir, 'tests');
  return readdirSync(dir, {recursive: true})
    .map(String)
    .filter(name => name.endsWith('.test.ts'))
    .map(name => readFileSync(join(dir, name), 'utf8'));
}
