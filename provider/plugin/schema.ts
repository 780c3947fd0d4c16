// The Pulumi package schema of the plugin, made from the task's own schema: one source for what a task file, a TypeScript
// program and every other language may say. Defaults are told in words alone: an SDK that filled them in would make each later
// change of a default an edit of every task.
// Format: the package schema of pulumi/pulumi (pkg/codegen/schema/pulumi.json); `pulumi schema check` judges it in a test.
import {z} from 'zod';
import {taskSpec} from '../../runtime/spec/task.ts';
import {deploySpecs} from '../../runtime/places/deploySpec.ts';
import {editRules} from '../edits.ts';
import {outputNames, secretInputs} from '../inputs.ts';
import {outputSchema} from './outputSchema.ts';

export const token = 'synctask:index:SyncTask';

/** A type in the package schema. */
export interface PulumiType {
  type?: string;
  $ref?: string;
  items?: PulumiType;
  additionalProperties?: PulumiType;
  oneOf?: PulumiType[];
}

export interface PulumiProperty extends PulumiType {
  description?: string;
  secret?: boolean;
  willReplaceOnChanges?: boolean;
}

export interface PulumiObject {
  type: 'object' | 'string';
  description?: string;
  properties?: Record<string, PulumiProperty>;
  required?: string[];
  enum?: {value: string}[];
}

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
}

type Types = Record<string, PulumiObject>;

/** The whole package schema. */
export function pulumiSchema(version: string): Record<string, unknown> {
  const types: Types = {};
  const task = nodeOf(taskSpec);
  task.properties!['deploy'] = {
    ...nodeOf(deploySpecs),
    description: task.properties!['deploy']!.description!,
  };
  const inputs = propertiesOf(task, '', types);
  for (const key of secretInputs) inputs[key]!.secret = true;
  const required = ['source', 'target', 'objects'];
  const outputs = outputSchema(types);
  return {
    ...description(version),
    types: Object.fromEntries(Object.entries(types).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    resources: {
      [token]: {
        description: 'A task that copies tables of MySQL into MaxCompute and keeps following them.',
        inputProperties: inputs,
        requiredInputs: required,
        properties: {...inputs, ...outputs},
        required: [...required, 'name', 'environment', ...outputNames.filter(isAlwaysThere)],
        aliases: [{type: 'pulumi-nodejs:dynamic/synctask:SyncTask'}],
      },
    },
  };
}

function isAlwaysThere(name: string): boolean {
  return !['stateDir', 'statusUrl', 'phase'].includes(name);
}

function description(version: string): Record<string, unknown> {
  const defaults = {
    environment: {type: 'string', description: 'Default environment. Without it: the stack.'},
    preflight: {type: 'string', description: 'Default of `preflight`: offline or live.'},
  };
  return {
    name: 'synctask',
    version,
    displayName: 'SyncTask',
    description: 'Declarative MySQL to MaxCompute synchronization.',
    license: 'Apache-2.0',
    publisher: 'pulumi-synctask',
    keywords: ['pulumi', 'mysql', 'maxcompute', 'cdc', 'category/database', 'kind/native'],
    config: {variables: defaults},
    provider: {description: 'Settings of all tasks of a stack.', inputProperties: defaults},
    language: {
      nodejs: {packageName: 'pulumi-synctask-sdk', respectSchemaVersion: true},
      python: {
        packageName: 'pulumi_synctask',
        respectSchemaVersion: true,
        pyproject: {enabled: true},
      },
    },
  };
}

function nodeOf(schema: z.ZodType): Node {
  return z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any', reused: 'inline'}) as Node;
}

function propertiesOf(node: Node, path: string, types: Types): Record<string, PulumiProperty> {
  return Object.fromEntries(
    Object.entries(node.properties ?? {}).map(([key, inner]) => {
      const here = path === '' ? key : `${path}.${key}`;
      const text = describe(inner);
      return [
        key,
        {
          ...typeOf(inner, here, types),
          ...(text === '' ? {} : {description: text}),
          ...(editRules[here]?.kind === 'replace' ? {willReplaceOnChanges: true} : {}),
        },
      ];
    }),
  );
}

function describe({description: text = '', default: value}: Node): string {
  const shown = JSON.stringify(value) ?? 'null';
  const isTold = !['null', '{}', '[]'].includes(shown) && !text.includes('Default:');
  return isTold ? `${text} Default: ${shown.replaceAll('"', '`')}.`.trim() : text;
}

function typeOf(node: Node, path: string, types: Types): PulumiType {
  const branches = (node.anyOf ?? node.oneOf ?? []).flatMap(inner => inner.anyOf ?? [inner]);
  const filled = branches.filter(({type}) => type !== 'null');
  if (filled.length > 0) return unionOf(filled, path, types);
  if (node.enum !== undefined) return enumOf(node.enum, path, types);
  if (node.const !== undefined) return {type: 'string'};
  const type = [node.type ?? 'any'].flat().find(name => name !== 'null');
  if (type === 'array') return {type: 'array', items: itemOf(node.items ?? {}, path, types)};
  if (type === 'object') return objectOf([node], path, types);
  if (type === 'any') return {$ref: 'pulumi.json#/Any'};
  return {type: type!};
}

/** An entry of `tables` may be the name alone: the schema's preprocessing takes it, which JSON Schema cannot say. */
function itemOf(node: Node, path: string, types: Types): PulumiType {
  const item = typeOf(node, `${path}[]`, types);
  return path === 'objects[].tables' ? {oneOf: [{type: 'string'}, item]} : item;
}

/** Languages know no unions of objects: their properties are put together in one type. */
function unionOf(branches: Node[], path: string, types: Types): PulumiType {
  const objects = branches.filter(({properties}) => properties !== undefined);
  const others = branches.filter(({properties}) => properties === undefined);
  const found = [
    ...others.map(node => typeOf(node, path, types)),
    ...(objects.length === 0 ? [] : [objectOf(objects, path, types)]),
  ];
  return found.length === 1 ? found[0]! : {oneOf: found};
}

function objectOf(branches: Node[], path: string, types: Types): PulumiType {
  const [first] = branches;
  const values = first!.additionalProperties;
  if (first!.properties === undefined)
    return {
      type: 'object',
      additionalProperties:
        typeof values === 'object' && Object.keys(values).length > 0
          ? typeOf(values, `${path}.<name>`, types)
          : {$ref: 'pulumi.json#/Any'},
    };
  // A loose object takes keys that no type can name.
  if (typeof values === 'object')
    return {type: 'object', additionalProperties: {$ref: 'pulumi.json#/Any'}};
  const isSecret = Object.keys(first!.properties).join() === 'env';
  const name = `synctask:index:${isSecret ? 'SecretReference' : typeName(path)}`;
  const properties = Object.assign({}, ...branches.map(node => propertiesOf(node, path, types)));
  const kinds = branches.flatMap(({properties: own}) => own?.['kind']?.const ?? []);
  if (kinds.length > 1) properties['kind'] = enumOf(kinds, `${path}.kind`, types);
  const required = (first!.required ?? []).filter(key =>
    branches.every(node => node.required?.includes(key)),
  );
  types[name] = {type: 'object', properties, ...(required.length > 0 ? {required} : {})};
  return {$ref: `#/types/${name}`};
}

function enumOf(values: unknown[], path: string, types: Types): PulumiType {
  const name = `synctask:index:${typeName(path)}`;
  types[name] = {type: 'string', enum: values.map(value => ({value: String(value)}))};
  return {$ref: `#/types/${name}`};
}

/** `objects[].tables[].columns` → `ObjectTableColumns` */
function typeName(path: string): string {
  return path
    .split('.')
    .filter(part => part !== '<name>')
    .map(part => (part.endsWith('[]') ? part.slice(0, -2).replace(/s$/, '') : part))
    .map(part => part[0]!.toUpperCase() + part.slice(1))
    .join('');
}
