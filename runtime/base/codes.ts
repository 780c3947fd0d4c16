// The error catalogue: every code the product can show, with title, cause and fix. One file a room under codes/.
// Codes are never renumbered or reused; docs/errors.md documents each (a tidy test holds both together).
import {specCodes} from './codes/spec.ts';
import {sourceCodes} from './codes/source.ts';
import {codecCodes} from './codes/codec.ts';
import {sinkCodes} from './codes/sink.ts';
import {taskCodes} from './codes/task.ts';
import {endpointCodes} from './codes/endpoint.ts';
import {providerCodes} from './codes/provider.ts';
import {rulesCodes} from './codes/rules.ts';
import {bugCodes} from './codes/bug.ts';

export const codes = {
  ...specCodes,
  ...sourceCodes,
  ...codecCodes,
  ...sinkCodes,
  ...taskCodes,
  ...endpointCodes,
  ...providerCodes,
  ...rulesCodes,
  ...bugCodes,
};

export type Code = keyof typeof codes;
export type Details<C extends Code> = Parameters<(typeof codes)[C]['cause']>[0];
