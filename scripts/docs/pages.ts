// The files that are generated: docs/errors.md from the catalogue and docs/errors/*.md, docs/spec.md and the plugin's
// schema.json from the task's schema.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {codes} from '../../runtime/base/codes.ts';
import type {Entry} from '../../runtime/base/codes/entry.ts';
import {pulumiSchema} from '../../provider/plugin/schema.ts';
import {specPage} from './specPage.ts';

/** Rooms in the order of their codes' first digit. */
const rooms = ['spec', 'rules', 'source', 'codec', 'sink', 'task', 'endpoint', 'provider', 'bug'];

/** Path → text of each generated file. */
export function pages(checkout: string): Map<string, string> {
  return new Map([
    ['docs/errors.md', errorsPage(checkout)],
    ['docs/spec.md', specPage()],
    ['schema.json', `${JSON.stringify(pulumiSchema(versionOf(checkout)), null, 2)}\n`],
  ]);
}

function versionOf(checkout: string): string {
  const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  return (manifest as {version: string}).version;
}

function errorsPage(checkout: string): string {
  const texts = new Map(
    rooms.flatMap(room =>
      readFileSync(join(checkout, 'docs/errors', `${room}.md`), 'utf8')
        .split(/^(?=## )/m)
        .filter(section => section.startsWith('## '))
        .map(section => {
          const [heading = '', ...body] = section.split('\n');
          // The page lies one folder above the texts: links to other pages of docs/ lose that step.
          const text = body.join('\n').trim().replaceAll('](../', '](');
          return [heading.slice(3).trim(), text] as const;
        }),
    ),
  );
  const sections = Object.entries(codes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, entry]) => {
      const {title, kind} = entry as unknown as Entry<unknown>;
      return `## ${code}\n\n**${title}** · ${kind}\n\n${texts.get(code) ?? ''}\n`;
    });
  return `${errorsHead}\n${sections.join('\n')}`;
}

const errorsHead = `# Errors

<!-- Made by \`npm run docs\` from the catalogue (runtime/base/codes) and docs/errors/. Change those. -->

Every error and finding has a code that never changes its meaning. The first digit says where to look: 1 the task's
settings, 2 the source, 3 the values, 4 the target, 5 the task and its checkpoint, 6 the embedded endpoint, 7 the
Pulumi provider, 9 a bug of ours.

- **mistake**: something to put right by you; it is never retried.
- **trouble**: the world's; it is retried within bounds first, and shown when those have ended.
- **bug**: ours; the task stops, keeps its position, and asks for a report.
`;
