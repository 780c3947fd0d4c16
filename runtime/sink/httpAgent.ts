// undici's agent without the rest of undici: its index also loads fetch, WebSockets, caches and mocks, which take 3 MiB of
// heap and 8 MiB of memory in each thread that talks to the target. The paths are those of the version in package.json;
// tests/unit/sink/httpAgent.test.ts fails where another one has moved them.
import {createRequire} from 'node:module';
import type undici from 'undici';

const load = createRequire(import.meta.url);

/** As `undici.Agent`. */
export const HttpAgent = load('undici/lib/dispatcher/agent.js') as typeof undici.Agent;
export type HttpAgent = undici.Agent;

// What the index does: a dispatcher has `request` and its kind from here.
Object.assign(HttpAgent.prototype, load('undici/lib/api/index.js'));

/** As `undici.errors`. */
export const httpErrors = load('undici/lib/core/errors.js') as typeof undici.errors;
