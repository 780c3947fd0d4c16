// Which of the two engines transcodes: WebAssembly where there is any, else generated JavaScript. Both give the same bytes.

import {webAssembly} from './webAssembly.ts';

export type Engine = 'wasm' | 'js';

/** What is used unless a test asks for the other. */
export const usualEngine: Engine = webAssembly === null ? 'js' : 'wasm';
