// docs/spec.md: one row a setting of the task, out of the schema's own descriptions and defaults.
import {z} from 'zod';
import {taskSpec} from '../../runtime/spec/task.ts';
import {unavailable} from '../../runtime/spec/unavailable.ts';

/** The parts of JSON Schema that zod writes for a task. */
interface Node {
  type?: string | string[];
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  anyOf?: Node[];
  oneOf?: Node[];
  additionalProperties?: Node | boolean;
  pattern?: string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  $ref?: string;
}

/** The page that lists every setting. */
export function specPage(): string {
  const root = z.toJSONSchema(taskSpec, {io: 'input', unrepresentable: 'any', reused: 'inline'});
  const rows = settings(root as Node, '');
  return `${head}\n| setting | value | default | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function settings(node: Node, path: string): string[] {
  const required = new Set(node.required);
  return Object.entries(node.properties ?? {}).flatMap(([key, setting]) => {
    const here = path === '' ? key : `${path}.${key}`;
    const standard = required.has(key) ? 'required' : defaultText(setting);
    const row = `| \`${here}\` | ${valueText(setting)} | ${standard} | ${cell(setting.description ?? '')}${availability(here)} |`;
    return [row, ...nested(setting, here)];
  });
}

/** What a setting cannot do yet, as the finding says it. */
function availability(path: string): string {
  const found = unavailable.find(setting => setting.path === path);
  return found === undefined
    ? ''
    : ` *Not fully carried out in this version.* ${cell(found.instead)}`;
}

function nested(node: Node, path: string): string[] {
  const branches = node.anyOf ?? node.oneOf ?? [];
  const item = node.items;
  return [
    ...settings(node, path),
    ...(item === undefined ? [] : nested(item, `${path}[]`)),
    ...branches.flatMap(branch => (isSecretReference(branch) ? [] : nested(branch, path))),
    ...(typeof node.additionalProperties === 'object'
      ? nested(node.additionalProperties, `${path}.<name>`)
      : []),
  ];
}

/** A secret may be `{env: 'NAME'}`; the page says so once, not at each secret. */
function isSecretReference(node: Node): boolean {
  return Object.keys(node.properties ?? {}).join() === 'env';
}

function valueText(node: Node): string {
  if (node.const !== undefined) return code(node.const);
  if (node.enum !== undefined) return node.enum.map(code).join(', ');
  const branches = node.anyOf ?? node.oneOf;
  if (branches !== undefined) {
    const texts = branches.filter(branch => branch.type !== 'null').map(valueText);
    return branches.some(isSecretReference) ? 'secret' : [...new Set(texts)].join(' or ');
  }
  if (node.type === 'array') return `list of ${valueText(node.items ?? {})}`;
  if (node.type === 'object') return node.properties === undefined ? 'map' : 'object';
  const type = [node.type ?? 'any'].flat().filter(name => name !== 'null');
  return `${type.join(' or ')}${range(node)}`;
}

function range(node: Node): string {
  const {minimum, exclusiveMinimum, maximum} = node;
  const bounds = [
    minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? '' : `≥ ${minimum}`,
    exclusiveMinimum === undefined ? '' : `> ${exclusiveMinimum}`,
    maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? '' : `≤ ${maximum}`,
  ].filter(bound => bound !== '');
  return bounds.length === 0 ? '' : ` ${bounds.join(', ')}`;
}

function defaultText(node: Node): string {
  if (node.default === undefined || node.default === null) return '';
  return JSON.stringify(node.default) === '{}' ? '' : code(node.default);
}

function code(value: unknown): string {
  return `\`${cell(typeof value === 'string' ? value : JSON.stringify(value))}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

const head = `# Settings of a task

<!-- Made by \`npm run docs\` from the schema (runtime/spec). Change that. -->

The same settings are the arguments of \`new SyncTask\` and the keys of a task file. An unknown key is refused by its
path. \`[]\` stands for each entry of a list, \`<name>\` for each key of a map. A **secret** is a string, or
\`{env: 'NAME'}\`, which is read from the environment where the runtime runs.
`;
