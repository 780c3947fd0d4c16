// Every setting there is, by path, out of the schema itself: what a misspelt key probably meant.
import {z} from 'zod';
import {nearName} from './nearName.ts';

interface Node {
  properties?: Record<string, Node>;
  items?: Node;
  anyOf?: Node[];
  additionalProperties?: Node | boolean;
}

/** Words of other tools for settings that have another name or place here. */
const otherWords: Readonly<Record<string, string>> = {
  password: 'sourcePassword',
  passwd: 'sourcePassword',
  username: 'source.user',
  hostname: 'source.host',
  ssl: 'source.tls',
  accesskeysecret: 'targetAccessKeySecret',
  securitytoken: 'targetSecurityToken',
  databases: 'objects',
  dblist: 'objects',
  filter: 'objects[].tables[].where',
  rename: 'objects[].tables[].as',
  webhooks: 'alertWebhooks',
  lifecycle: 'log.lifecycleDays',
  partitions: 'log.partitionBy',
  threads: 'full.workers',
  parallelism: 'full.workers',
};

/** The paths of all settings of `schema`, `[]` for each element. */
export function settingPaths(schema: z.ZodType): string[] {
  const root = z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any', reused: 'inline'});
  return pathsOf(root as Node, '');
}

/** The path that an unknown key was probably meant to be; null when nothing is near. */
export function meantSetting(unknown: string, paths: readonly string[]): string | null {
  const dot = unknown.lastIndexOf('.');
  const parent = unknown.slice(0, Math.max(0, dot));
  const key = unknown.slice(dot + 1);
  const general = parent.replaceAll(/\[\d+\]/g, '[]');
  const beside = paths.filter(path => parentOf(path) === general);
  const near = nearName(key, beside.map(lastOf));
  if (near !== null) return parent === '' ? near : `${parent}.${near}`;
  const word = otherWords[key.toLowerCase()];
  if (word !== undefined && paths.includes(word)) return word;
  const elsewhere = paths.filter(path => lastOf(path).toLowerCase() === key.toLowerCase());
  return elsewhere.length === 1 ? elsewhere[0]! : null;
}

function pathsOf(node: Node, at: string): string[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, inner]) => {
    const path = at === '' ? key : `${at}.${key}`;
    return [path, ...pathsOf(inner, path)];
  });
  const items = node.items === undefined ? [] : pathsOf(node.items, `${at}[]`);
  return [...own, ...items, ...(node.anyOf ?? []).flatMap(branch => pathsOf(branch, at))];
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
