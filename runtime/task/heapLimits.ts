// How V8 keeps the heaps of the runtime's threads: one of the conductor, one of the ledger, one of each load worker. By itself
// it lets each grow to half again of what is alive before it looks, and gives each a nursery of 32 MB: twice what they need.
import {setFlagsFromString} from 'node:v8';

/** A heap is collected when it has grown by this since the last time: a tenth more processor time with a thousand tables, 50 MiB less. */
const growthPercent = 20;
/** Nursery of threads: rows make no objects. `resourceLimits` of a worker has no say where the command line names a size. */
const nurseryMebibytes = 1;

/** For heaps of threads that start from now on, and for the growth of all. The conductor's nursery is the launcher's. */
export function limitHeaps(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  setFlagsFromString(`--max-semi-space-size=${nurseryMebibytes}`);
}
