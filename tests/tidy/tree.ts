// The checkout as text, for checks that read it: path (with forward slashes) → content, without what git ignores.
import {readdirSync, readFileSync} from 'node:fs';
import {extname, join} from 'node:path';
import {checkoutDir} from '../../scripts/setup/cache.mjs';

export type Tree = Map<string, string>;

/** Folders that are not ours to check: made by tools, or bytes made by others. */
const skipped = ['.git', 'node_modules', 'dist', 'tests/vectors'];
const textual = ['', '.ts', '.js', '.mjs', '.json', '.md', '.yaml', '.yml', '.sh', '.sql', '.py'];

let whole: Tree | null = null;

/** All our text files. */
export function readTree(): Tree {
  whole ??= new Map(readFolder(''));
  return whole;
}

/** The files that `wanted` accepts by path. */
export function filesOf(tree: Tree, wanted: RegExp): [string, string][] {
  return [...tree].filter(([path]) => wanted.test(path));
}

function readFolder(folder: string): [string, string][] {
  return readdirSync(join(checkoutDir, folder), {withFileTypes: true}).flatMap(entry => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (skipped.some(part => path === part || entry.name === part)) return [];
    if (entry.isDirectory()) return readFolder(path);
    if (!entry.isFile() || !textual.includes(extname(entry.name))) return [];
    return [[path, readFileSync(join(checkoutDir, path), 'utf8')]];
  });
}
