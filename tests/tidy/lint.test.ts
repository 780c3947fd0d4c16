// The linter's own rules keep files, functions and cycles small; these tests prove that they can fail.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {checkoutDir} from '../../scripts/setup/cache.mjs';
import {finish} from '../../scripts/setup/command.mjs';

const lines = (count: number) => 'void 0;\n'.repeat(count);

/** The rules that a file, put into the given folder of an empty checkout, breaks. */
const breaks = test.macro<[string, Record<string, string>, string | null]>({
  exec: async (t, folder, files, rule) => {
    const dir = mkdtempSync(join(tmpdir(), 'synctask-lint-'));
    t.teardown(() => rmSync(dir, {recursive: true}));
    mkdirSync(join(dir, folder), {recursive: true});
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, folder, name), text);
    const oxlint = join(checkoutDir, 'node_modules/oxlint/bin/oxlint');
    const config = join(checkoutDir, '.oxlintrc.json');
    const {code, stdout} = await finish([process.execPath, oxlint, '-c', config, '.'], {cwd: dir});
    if (rule === null) t.is(code, 0, stdout.toString());
    else t.regex(stdout.toString(), new RegExp(`\\b${rule}\\b`));
  },
  title: (given = '') => given,
});

test('a file of 401 lines is refused', breaks, 'runtime', {'a.ts': lines(401)}, 'max-lines');
test('a file of 400 lines is accepted', breaks, 'runtime', {'a.ts': lines(400)}, null);
test(
  'a function of 71 lines is refused',
  breaks,
  'runtime',
  {'a.ts': `export function a(): void {\n${lines(69)}}\n`},
  'max-lines-per-function',
);
test(
  'a function of 70 lines is accepted',
  breaks,
  'runtime',
  {'a.ts': `export function a(): void {\n${lines(68)}}\n`},
  null,
);
test(
  'two files that import each other are refused',
  breaks,
  'runtime',
  {
    'a.ts': "import {b} from './b.ts';\nexport const a = () => b;\n",
    'b.ts': "import {a} from './a.ts';\nexport const b = () => a;\n",
  },
  'no-cycle',
);
