// Which of the two engines transcodes: WebAssembly where there is any, else generated JavaScript. Both give the same bytes.
import type {TablePlan} from './plan.ts';
import {webAssembly} from './webAssembly.ts';

export type Engine = 'wasm' | 'js';

/** What is used unless a test asks for the other. */
export const usualEngine: Engine = webAssembly === null ? 'js' : 'wasm';

/** What transcodes a plan: WebAssembly knows no zones of wall clocks. */
export function engineFor(plan: TablePlan, engine: Engine): Engine {
  return plan.columns.some(({zone}) => zone !== undefined) ? 'js' : engine;
}
