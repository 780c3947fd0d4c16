// The error catalogue: its wording, its use in the product, its documentation.
import {filesOf, type Tree} from './tree.ts';

/** What this check needs of one code. */
export interface CatalogueEntry {
  title: string;
  /** The text of the fix as written, with or without its placeholders filled in. */
  fix: string;
}

const titleLengthMax = 60;

/** Words that hide the observed fact. */
const emptyWords = /\b(invalid|failed to|please|unexpected)\b/i;

/** Verbs that a fix may begin with. A list, so that a new one is a decision. */
const verbs =
  'Add Allow Ask Bring Call Change Check Choose Close Connect Copy Correct Create Declare Delete Drop End Exclude Export Find Fix Free Give Grant Include Install Keep Leave Let Load Look Make Map Move Name Open Pass Pick Point Put Quote Raise Read Reload Remove Rename Repair Repeat Replace Report Request Resolve Restart Restore Resume Retry Rewrite Run Send Set Shorten Sign Start Stop Switch Take Try Turn Undo Unlock Update Upgrade Upload Use Wait Widen Write'.split(
    ' ',
  );

/** Each fault of wording, as one sentence. */
export function wordingFaults(entries: Record<string, CatalogueEntry>): string[] {
  return Object.entries(entries).flatMap(([code, {title, fix}]) => {
    const faults = [];
    if (!/^SYNC[1-79]\d{3}$/.test(code)) faults.push('is not SYNC and four digits of a room');
    if (title.length > titleLengthMax) faults.push(`has a title over ${titleLengthMax} characters`);
    if (title.endsWith('.')) faults.push('has a title with a full stop');
    if (emptyWords.test(title)) faults.push('has a title with an empty word');
    if (!startsWithVerb(fix)) faults.push(`has a fix that starts with no known verb: ${fix}`);
    return faults.map(fault => `${code} ${fault}`);
  });
}

/** Codes that no source outside the catalogue names. */
export function unusedCodes(codes: string[], tree: Tree): string[] {
  const sources = filesOf(tree, /^(runtime|provider)\/(?!base\/codes).*\.ts$/);
  const used = new Set(sources.flatMap(([, text]) => text.match(/\bSYNC\d{4}\b/g) ?? []));
  return codes.filter(code => !used.has(code));
}

/** Codes that no test names. Naming is not raising, but a code that nobody names is raised by accident at most. */
export function untestedCodes(codes: string[], tree: Tree): string[] {
  const tests = filesOf(tree, /^tests\/(?!tidy\/).*\.ts$/).map(([, text]) => text);
  const named = new Set(tests.flatMap(text => text.match(/\bSYNC\d{4}\b/g) ?? []));
  return codes.filter(code => !named.has(code));
}

/** Codes named anywhere in sources or docs that the catalogue does not have. */
export function unknownCodes(codes: string[], tree: Tree): string[] {
  return filesOf(tree, /^(runtime|provider|docs|README\.md)(\/.*)?$/).flatMap(([path, text]) =>
    [...new Set(text.match(/\bSYNC\d{4}\b/g) ?? [])]
      .filter(code => !codes.includes(code) && code !== 'SYNC0000')
      .map(code => `${path} names ${code}, which is not in the catalogue`),
  );
}

/** Differences between the catalogue and the sections of docs/errors/*.md. */
export function docsFaults(codes: string[], tree: Tree): string[] {
  const sections = filesOf(tree, /^docs\/errors\/.*\.md$/).flatMap(([path, text]) =>
    text
      .split(/^(?=## )/m)
      .filter(section => section.startsWith('## '))
      .map(section => ({
        path,
        code: /^## (.*)$/m.exec(section)?.[1] ?? '',
        body: section.split('\n').slice(1).join('\n').trim(),
      })),
  );
  return [
    ...codes
      .filter(code => !sections.some(section => section.code === code))
      .map(code => `${code} has no section in docs/errors`),
    ...sections.flatMap(({path, code, body}, i) => [
      ...(codes.includes(code) ? [] : [`${path} documents ${code}, which is not in the catalogue`]),
      ...(body === '' ? [`${path} says nothing under ${code}`] : []),
      ...(sections.findIndex(other => other.code === code) < i ? [`${path} repeats ${code}`] : []),
    ]),
  ];
}

function startsWithVerb(fix: string): boolean {
  if (/^nothing to do: /i.test(fix)) return true;
  // A fix may be the statement to run.
  return (
    /^(SET|GRANT|ALTER|CREATE|DROP|PURGE) /.test(fix) || verbs.includes(/^\w+/.exec(fix)?.[0] ?? '')
  );
}
