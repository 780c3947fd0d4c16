// Habits of the whole repository: tests that run, a clean lock file, no left-overs.
import {filesOf, type Tree} from './tree.ts';

/** Tests that are skipped, run alone, or expected to fail. */
export function restrictedTests(tree: Tree): string[] {
  return filesOf(tree, /^tests\/.*\.test\.ts$/).flatMap(([path, text]) =>
    /\btest\.(serial\.)?(skip|only|todo|failing)\b/.test(text) ? [path] : [],
  );
}

/** Sleeps in tests, which wait for a message or a position instead. */
export function sleepingTests(tree: Tree): string[] {
  return filesOf(tree, /^tests\/.*\.test\.ts$/).flatMap(([path, text]) =>
    /\b(setTimeout|sleep)\(/.test(text) ? [path] : [],
  );
}

/** What the lock file may not hold: addresses of downloads, packages that a registry did not know, and a TypeScript whose missing API breaks Pulumi. */
export function lockFaults(lockText: string): string[] {
  const lock = JSON.parse(lockText) as {
    packages: Record<string, {version?: string; resolved?: string}>;
  };
  return Object.entries(lock.packages).flatMap(([path, {version = '', resolved}]) => [
    ...(path !== '' && version === '' ? [`${path} has no version`] : []),
    ...(resolved?.startsWith('http') ? [`${path} has a download address`] : []),
    ...(/(^|\/)node_modules\/typescript$/.test(path) && Number(version.split('.')[0]) >= 7
      ? [`${path} is ${version}: Pulumi's closures need the API that 7 lacks`]
      : []),
  ]);
}

/** Marks of unfinished work, and paths of the machine that somebody wrote on. */
export function leftOvers(tree: Tree): string[] {
  const marks = new RegExp(
    ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].map(m => `\\b${m}\\b`).join('|'),
  );
  const paths = new RegExp(['/wo' + 'rk/', '/ro' + 'ot/', '/ho' + 'me/[a-z]'].join('|'));
  return [...tree].flatMap(([path, text]) =>
    path === 'package-lock.json'
      ? []
      : text.split('\n').flatMap((line, i) => {
          const found = marks.exec(line) ?? paths.exec(line);
          return found === null ? [] : [`${path}:${i + 1} says ${found[0]}`];
        }),
  );
}

/** Names of files that say nothing about what a file answers. */
export function emptyNames(tree: Tree): string[] {
  return [...tree.keys()].filter(path =>
    /(^|[/.])(utils?|helpers?|common|manager|service|misc)([/.]|$)/i.test(path),
  );
}

/** Sources that begin without a comment on what they own. Tests and tables of codes speak for themselves. */
export function silentFiles(tree: Tree): string[] {
  return filesOf(tree, /^(runtime|provider|scripts)\/.*\.(ts|mjs)$/).flatMap(([path, text]) =>
    /^(#!.*\n)?(\/\/|\/\*)/.test(text) ? [] : [path],
  );
}
