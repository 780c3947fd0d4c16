// Who may import whom: the table of the architecture, and what breaks it.
import {posix} from 'node:path';
import {filesOf, type Tree} from './tree.ts';

/** For each room the rooms, or single files of a room, that it may import. Anything else is refused. */
const mayImport: Record<string, string[]> = {
  base: [],
  spec: ['base'],
  codec: ['base'],
  rules: ['base', 'spec', 'codec'],
  source: ['base', 'spec', 'codec'],
  sink: ['base', 'spec', 'codec'],
  endpoint: ['base', 'codec'],
  task: ['base', 'spec', 'codec', 'rules', 'source', 'sink'],
  places: ['base', 'spec'],
  status: ['base', 'task/control', 'task/handle', 'task/progress'],
  cli: 'base spec codec rules source sink endpoint task status places'.split(' '),
  main: 'base spec codec rules source sink endpoint task status places cli'.split(' '),
  // Control of a runtime, and the entries of precheck and setup; the runtime itself is a process of its own.
  provider: [
    'base',
    'spec',
    'places',
    'task/control',
    'task/knownPlans',
    'task/precheckTask',
    'task/progress',
    'task/sharedPlanning',
    'task/targetTables',
    'task/taskPlan',
  ],
};

/** Libraries that one room alone may know. */
const librariesOfRooms: [RegExp, string][] = [
  [/^@pulumi\//, 'provider'],
  [/^@duckdb\//, 'endpoint'],
  [/^zongji(\/|$)/, 'source'],
  [/^(dockerode|@kubernetes\/client-node)$/, 'provider'],
];

/** Each import that the table does not allow, as one sentence. */
export function roomBreaches(tree: Tree): string[] {
  return filesOf(tree, /^(runtime|provider)\/.*\.ts$/).flatMap(([path, text]) =>
    importsOf(text).flatMap(specifier => breachOf(path, specifier)),
  );
}

/** The module names that a source file imports, types included, statically or not. */
export function importsOf(text: string): string[] {
  // Comments may quote imports.
  const code = text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const found = code.matchAll(
    /(?:\bfrom\s+|^\s*import\s+|\bimport\s*\(\s*)['"`]([^'"`\n]+)['"`]/gm,
  );
  return [...found].map(match => match[1]!);
}

function breachOf(path: string, specifier: string): string[] {
  const room = roomOf(path);
  if (specifier === '..' || specifier === '.') return [`${path} imports a folder: ${specifier}`];
  if (!specifier.startsWith('.')) {
    const rule = librariesOfRooms.find(([library]) => library.test(specifier));
    return rule === undefined || rule[1] === room
      ? []
      : [`${path} imports ${specifier}, which only ${rule[1]} may`];
  }
  const target = posix.join(posix.dirname(path), specifier);
  const targetRoom = roomOf(target);
  const allowed = mayImport[room];
  if (allowed === undefined) return [`${path} lies in no room of the table`];
  if (targetRoom === room) return [];
  const file = target.replace(/^runtime\//, '').replace(/\.[^.]*$/, '');
  return allowed.includes(targetRoom) || allowed.includes(file)
    ? []
    : [`${path} imports ${target}, which ${room} may not`];
}

function roomOf(path: string): string {
  const [top, next] = path.split('/');
  if (top !== 'runtime') return top ?? '';
  return path.split('/').length === 2 ? (next ?? '').replace(/\.ts$/, '') : (next ?? '');
}
