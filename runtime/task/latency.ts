// How long changes took from their commit at the source until they could be read at the target, over the last batches.
// Source time is the transaction's own commit time; clocks of source and runtime are taken to agree.

/** Batches that are looked back on. */
const batchesMax = 2000;
/** A batch is taken as spread evenly between its oldest and its newest change, in this many steps. */
const stepsPerBatch = 8;

export interface LatencyQuantiles {
  p50Ms: number;
  p99Ms: number;
}

export interface Latency {
  /** A batch became visible: commit times of its oldest and newest change (microseconds since 1970), and its changes. */
  note: (oldestMicros: number, newestMicros: number, changes: number) => void;
  /** Null before the first batch. */
  quantiles: () => LatencyQuantiles | null;
}

interface Batch {
  oldestMs: number;
  newestMs: number;
  changes: number;
}

/** A record of nothing yet. `nowMs` is a clock since 1970. */
export function createLatency(nowMs: () => number = Date.now): Latency {
  const batches: Batch[] = [];
  let next = 0;
  return {
    note: (oldestMicros, newestMicros, changes) => {
      // Servers before 8.0 do not say when a transaction was committed.
      if (oldestMicros === 0 || changes === 0) return;
      const now = nowMs();
      batches[next++ % batchesMax] = {
        oldestMs: Math.max(0, now - oldestMicros / 1000),
        newestMs: Math.max(0, now - newestMicros / 1000),
        changes,
      };
    },
    quantiles: () => quantilesOf(batches),
  };
}

function quantilesOf(batches: readonly Batch[]): LatencyQuantiles | null {
  const steps = batches.flatMap(({oldestMs, newestMs, changes}) =>
    Array.from({length: stepsPerBatch}, (_, i) => ({
      ms: newestMs + ((oldestMs - newestMs) * (i + 0.5)) / stepsPerBatch,
      weight: changes / stepsPerBatch,
    })),
  );
  if (steps.length === 0) return null;
  steps.sort((left, right) => left.ms - right.ms);
  const total = steps.reduce((sum, {weight}) => sum + weight, 0);
  const at = (part: number): number => {
    let seen = 0;
    const found = steps.find(({weight}) => (seen += weight) >= part * total - 1e-9);
    return Math.round((found ?? steps.at(-1)!).ms);
  };
  return {p50Ms: at(0.5), p99Ms: at(0.99)};
}
