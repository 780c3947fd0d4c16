// The pages: their links, their lengths.
import {posix} from 'node:path';
import {filesOf, type Tree} from './tree.ts';

const linesMax: Record<string, number> = {'README.md': 200, 'AGENTS.md': 80};

/** Links of pages that lead to no file or no heading, as one sentence each. Addresses of the web are not asked. */
export function deadLinks(tree: Tree, exists: (path: string) => boolean): string[] {
  return filesOf(tree, /\.md$/).flatMap(([path, text]) =>
    linksOf(text).flatMap(link => {
      if (/^[a-z]+:/.test(link)) return [];
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : posix.join(posix.dirname(path), file);
      if (!tree.has(target) && !exists(target)) return [`${path} links to ${target}, not there`];
      const page = tree.get(target);
      return anchor === undefined || page === undefined || anchorsOf(page).includes(anchor)
        ? []
        : [`${path} links to ${target}#${anchor}, no such heading`];
    }),
  );
}

/** Pages that sources name to users and that are not there. */
export function missingPages(tree: Tree): string[] {
  return filesOf(tree, /^(runtime|provider|scripts|bin)\/.*$/).flatMap(([path, text]) =>
    [...text.matchAll(/\bdocs\/[\w./-]+\.md\b/g)]
      .filter(([page]) => !tree.has(page))
      .map(([page]) => `${path} names ${page}, not there`),
  );
}

/** Pages of the docs that no other page links to. */
export function lostPages(tree: Tree): string[] {
  const linked = new Set(
    filesOf(tree, /\.md$/).flatMap(([path, text]) =>
      linksOf(text).map(link => posix.join(posix.dirname(path), link.split('#')[0] ?? '')),
    ),
  );
  return filesOf(tree, /^docs\/(?!errors\/|decisions\/).*\.md$/)
    .map(([path]) => path)
    .filter(path => !linked.has(path));
}

/** Pages over their length. */
export function longPages(tree: Tree): string[] {
  return Object.entries(linesMax).flatMap(([path, max]) => {
    const count = (tree.get(path) ?? '').trimEnd().split('\n').length;
    if (!tree.has(path)) return [`${path} is missing`];
    return count > max ? [`${path} has ${count} lines, over ${max}`] : [];
  });
}

function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(match => match[1]!);
}

/** Anchors as GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(match =>
    match[1]!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
