// What a program may leave out because the stack says it: the name of the task, its environment, and the provider's settings.
// The dynamic face does the same where the program runs (provider/index.ts).
import type {Properties} from '../inputs.ts';
import {defaultTaskName} from '../taskName.ts';

/** Settings of the provider, `synctask:…` in a stack's configuration. */
export interface StackDefaults {
  /** Default of every task's `environment`; without it the name of the stack. */
  environment?: string;
  /** Default of every task's `preflight`. */
  preflight?: string;
}

/** `news` with name, environment and preflight filled in. A task keeps the name that it has. */
export function withDefaults(
  news: Properties,
  olds: Properties,
  urn: string,
  defaults: StackDefaults,
): Properties {
  const {stack, project, name} = partsOf(urn);
  return {
    ...news,
    name: news['name'] ?? olds['name'] ?? defaultTaskName(project, stack, name),
    environment: news['environment'] ?? defaults.environment ?? stack,
    ...(news['preflight'] === undefined && defaults.preflight !== undefined
      ? {preflight: defaults.preflight}
      : {}),
  };
}

/** `urn:pulumi:STACK::PROJECT::TYPE::NAME`; a name may hold colons. */
function partsOf(urn: string): {stack: string; project: string; name: string} {
  const [stack = '', project = '', , ...name] = urn.replace(/^urn:pulumi:/, '').split('::');
  return {stack, project, name: name.join('::')};
}
