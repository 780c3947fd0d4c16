// Takes in waiting rows (waitingRows.ts) while nobody asks for anything: one transaction of about a session after another, so
// that a request that comes meanwhile waits for one of them at most. What fails is tried again after the next request.
import type {Log} from '../base/log.ts';
import type {Catalog} from './catalog.ts';
import type {Store} from './store.ts';
import {takeOldest} from './waitingRows.ts';

export class QuietIntake implements AsyncDisposable {
  readonly #store: Store;
  readonly #catalog: Catalog;
  readonly #quietMs: number;
  readonly #log: Log;
  /** Requests under way. */
  #requests = 0;
  #timer: NodeJS.Timeout | null = null;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  /** Begins when nothing was asked for `quietMs`. */
  constructor(store: Store, catalog: Catalog, quietMs: number, log: Log) {
    this.#store = store;
    this.#catalog = catalog;
    this.#quietMs = quietMs;
    this.#log = log;
    this.#waitForQuiet();
  }

  /** Notes a request; what it gives ends it, once. */
  enter(): () => void {
    this.#requests++;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    return () => {
      this.#requests--;
      this.#waitForQuiet();
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#work;
    await this.#catalog.waiting.removals;
  }

  #waitForQuiet(): void {
    if (this.#closed || this.#requests > 0 || this.#timer !== null) return;
    if (this.#catalog.waiting.byTable.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#work = this.#work.then(() => this.#takeIn());
    }, this.#quietMs);
    this.#timer.unref();
  }

  async #takeIn(): Promise<void> {
    const {waiting} = this.#catalog;
    try {
      while (!this.#closed && this.#requests === 0 && waiting.byTable.size > 0) {
        await this.#store.write(connection =>
          takeOldest(connection, this.#store, this.#catalog, 1),
        );
        await waiting.removals;
        this.#log.debug({waitingBytes: waiting.bytes}, 'waiting rows were taken in');
      }
    } catch (error) {
      this.#log.warn({err: error}, 'waiting rows could not be taken in');
    }
  }
}
