// Which codes of the error catalogue a whole test run never raised. tests/support/raisedCodes.ts writes them down.
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

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
      const missing = Object.keys(codes).filter(code => !raised.includes(code));
      if (missing.length > 0) console.log(`codes that no test raised: ${missing.join(', ')}`);
    },
  };
}
