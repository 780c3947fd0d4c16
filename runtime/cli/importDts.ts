// synctask import-dts: the object list of the managed service as `objects` of a task, on stdout; the report on stderr.
import {readFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {z} from 'zod';
import {fail} from '../base/errors.ts';
import {objectSpec} from '../spec/objects.ts';
import {importDbList} from './dtsObjects.ts';
import {usageError} from './usageError.ts';

/** Text of `synctask import-dts --help`. */
export const usage = `
Usage: synctask import-dts DBLIST.json

Translates the DbList of a DTS job into the setting objects of a task, {"objects": [...]} on stdout. What has no
place in a task is named on stderr, one line each: path, then what became of it. Changes no file and connects to nothing.
`;

/** Prints the translation: 0 when it is one that a task accepts. Raises SYNC1003 for a file that is no DbList. */
export async function run(args: string[]): Promise<number> {
  const {positionals} = parseArgs({args, options: {}, allowPositionals: true});
  const [path, ...more] = positionals;
  if (path === undefined) throw usageError('import-dts', 'the path of a DbList is missing');
  if (more.length > 0)
    throw usageError('import-dts', `${JSON.stringify(more[0])} is one argument more`);
  const imported = importDbList(readJson(path));
  const parsed = imported && z.array(objectSpec).min(1).safeParse(imported.objects);
  if (imported === null || parsed?.success !== true) {
    const issue = parsed?.error?.issues[0];
    const problem = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`;
    throw fail('SYNC1003', {path, problem: `is no DbList that a task can have${problem}`});
  }
  for (const {path: at, note} of imported.notes) process.stderr.write(`${at}: ${note}\n`);
  const count = imported.objects.reduce((sum, o) => sum + (o['tables'] as unknown[]).length, 0);
  process.stderr.write(
    `${imported.objects.length} databases, ${count} tables or patterns, ${imported.notes.length} notes\n`,
  );
  process.stdout.write(`${JSON.stringify({objects: imported.objects}, null, 2)}\n`);
  return 0;
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    throw fail('SYNC1003', {path, problem: `cannot be read (${code})`}, error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fail('SYNC1003', {path, problem: 'is not JSON'}, error);
  }
}
