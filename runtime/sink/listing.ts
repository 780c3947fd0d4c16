// Which of many tables the project has: one listing, page by page, where asking for each would be thousands of calls.
import {getTable} from './catalog.ts';
import type {TargetClient} from './client.ts';
import {elementsAt, parseXml, textAt} from './xml.ts';

/** More tables than this are asked for by one listing rather than one by one. */
const askedOneByOneMax = 32;
const listedAtOnceMax = 1000;

/**
 * Those of `names` that the project has, as written. A few are asked for one by one, many are looked up in a listing of
 * the project, page by page.
 */
export async function presentNames(
  client: TargetClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Set<string>> {
  if (names.length > askedOneByOneMax) {
    const listed = await listTableNames(client, signal);
    return new Set(names.filter(name => listed.has(name.toLowerCase())));
  }
  const found = await Promise.all(
    names.map(async name => ((await getTable(client, name, signal)) === null ? [] : [name])),
  );
  return new Set(found.flat());
}

/** The names of all tables of the project (and schema), lower case. */
async function listTableNames(client: TargetClient, signal: AbortSignal): Promise<Set<string>> {
  const names = new Set<string>();
  let marker = '';
  do {
    const query: Record<string, string> = {
      expectmarker: 'true',
      maxitems: String(listedAtOnceMax),
      ...(marker !== '' && {marker}),
    };
    const answer = await client.request({
      operation: `list the tables of ${client.project}`,
      side: 'rest',
      method: 'GET',
      path: ['projects', client.project, 'tables'],
      query,
      repeatable: true,
      signal,
    });
    const xml = parseXml(answer.body.toString());
    for (const table of elementsAt(xml, 'Tables', 'Table'))
      names.add((textAt(table, 'Name') ?? '').toLowerCase());
    marker = textAt(xml, 'Tables', 'Marker') ?? '';
  } while (marker !== '');
  return names;
}
