// Young garbage given back when we say so. Through TLS each socket read makes a buffer of 64 KiB outside the heap, and V8
// lets 64 MiB of those gather in each thread before it looks: with four load workers more than everything else together.
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

/** Collects what died young in this thread; takes well under a millisecond where little is alive. */
export type CollectGarbage = () => void;

/** Without the engine's collector on call this does nothing, and memory peaks higher. */
export function garbageCollector(): CollectGarbage {
  // A flag set now is seen by contexts made from now on.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('typeof gc === "function" ? gc : null');
  if (typeof collect !== 'function') return () => undefined;
  const young = {type: 'minor'};
  return () => void (collect as (options: object) => void)(young);
}
