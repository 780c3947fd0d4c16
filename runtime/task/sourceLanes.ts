// The few connections by which the load plans and asks, shared by all tables: a thousand small tables need no thousand
// handshakes. A lane that fails is closed; whoever used it opens another one.
import PQueue from 'p-queue';
import {minuteMs} from '../base/sizes.ts';
import {retry, type RetryBounds} from '../base/wait.ts';
import {SourceConnection, type SourceOptions} from '../source/connection.ts';

/** Planning is short and reading is not: two are ahead of any number of workers. */
const lanesMax = 2;

export class SourceLanes implements AsyncDisposable {
  readonly #options: SourceOptions;
  readonly #bounds: RetryBounds;
  readonly #signal: AbortSignal;
  readonly #queue = new PQueue({concurrency: lanesMax});
  readonly #idle: SourceConnection[] = [];

  constructor(options: SourceOptions, connectionMinutes: number, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#bounds = {
      countMax: Infinity,
      elapsedMsMax: connectionMinutes * minuteMs,
      firstMs: 500,
      pauseMsMax: 30_000,
    };
  }

  /** Runs `work` on a lane; from its beginning again when the source was lost meanwhile. */
  async use<T>(work: (connection: SourceConnection) => Promise<T>): Promise<T> {
    return await this.#queue.add(() =>
      retry(this.#bounds, this.#signal, async () => {
        const connection =
          this.#idle.pop() ?? (await SourceConnection.open(this.#options, this.#signal));
        try {
          const result = await work(connection);
          this.#idle.push(connection);
          return result;
        } catch (error) {
          connection.destroy();
          throw error;
        }
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(connection => connection.close()));
  }
}
