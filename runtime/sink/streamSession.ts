// One stream upload session (protocol section 12): rows show with each write, and there is no commit. A write without an
// answer may have arrived: it is raised as SYNC4035, and repeated only for a session whose rows may arrive twice.
import {assert, must} from '../base/assert.ts';
import {fail, isSyncError, isTrouble} from '../base/errors.ts';
import {secondMs} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import type {TargetClient, TargetRequest, TargetResponse} from './client.ts';
import {
  answerObject,
  isAddress,
  listOf,
  sessionColumns,
  shown,
  slotAddress,
  tablePath,
  type SessionColumn,
} from './tunnelAnswer.ts';
import type {BlockEncoding} from './uploadSession.ts';

export interface StreamOptions {
  /** `year=2026,month=11`; made when it is missing. null for a table without partitions. */
  partition: string | null;
  /** Slots wished for; writes take them in turn. */
  slots: number;
  /** Write for this version of the table only; null takes the newest. */
  schemaVersion: string | null;
  /** What a write does whose answer is lost: raise SYNC4035, or send its rows again. */
  inDoubt: 'raise' | 'repeat';
  signal: AbortSignal;
}

interface Slot {
  id: string;
  /** `host:port`, a hint for the front end; the request still goes to the tunnel endpoint. */
  server: string;
}

interface StreamState {
  id: string;
  status: string;
  slots: Slot[];
  columns: SessionColumn[];
  schemaVersion: string;
}

/** What the service's own clients wait for a table version that is not known everywhere yet. */
const versionPauseMs = 5 * secondMs;
const versionTriesMax = 12;

/** Disposing of a session sends nothing: what was written stands in the table, and the session expires. */
export class StreamSession implements AsyncDisposable {
  readonly id: string;
  readonly table: string;
  readonly partition: string | null;
  /** Data columns that records are written with, by number from 1. */
  readonly columns: readonly SessionColumn[];
  readonly schemaVersion: string;
  readonly #client: TargetClient;
  readonly #inDoubt: StreamOptions['inDoubt'];
  readonly #disposed = new AbortController();
  #slots: Slot[];
  #next = 0;

  private constructor(
    client: TargetClient,
    table: string,
    options: StreamOptions,
    state: StreamState,
  ) {
    this.id = state.id;
    this.table = table;
    this.partition = options.partition;
    this.columns = state.columns;
    this.schemaVersion = state.schemaVersion;
    this.#client = client;
    this.#inDoubt = options.inDoubt;
    this.#slots = state.slots;
  }

  /** Makes a session; waits, bounded, for a table version that is not known yet and for slots that are not ready. */
  static async create(
    client: TargetClient,
    table: string,
    options: StreamOptions,
  ): Promise<StreamSession> {
    assert(options.slots > 0, 'a stream session has a slot');
    const state = await createState(client, table, options);
    const session = new StreamSession(client, table, options, state);
    for (let tries = 1; state.status === 'init'; tries++) {
      if (tries > client.bounds.countMax) throw fail('SYNC4037', {table, session: state.id});
      await wait(Math.min(tries * client.bounds.firstMs, client.bounds.pauseMsMax), options.signal);
      const again = await session.#reload(options.signal);
      if (again.status !== 'init') break;
    }
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort(new DOMException(`stream session ${this.id} is closed`, 'AbortError'));
  }

  /** Slots at the moment; as many writes at once make sense. */
  get slots(): number {
    return this.#slots.length;
  }

  /**
   * Writes one record stream of `records` rows: all of them show, or none. SYNC4034 when the table changed,
   * SYNC4043 when the session is gone, SYNC4035 when no answer came.
   */
  async write(
    body: Buffer,
    records: number,
    encoding: BlockEncoding,
    signal: AbortSignal,
  ): Promise<void> {
    const slot = must(this.#slots[this.#next++ % this.#slots.length], 'a session has a slot');
    let doubt = false;
    try {
      const answer = await this.#client.request({
        ...this.#writeRequest(slot, body, records, encoding),
        repeatable: this.#inDoubt === 'repeat',
        signal: AbortSignal.any([signal, this.#disposed.signal]),
        onDoubt: () => (doubt = true),
        reroute: async () => {
          await this.#reload(signal);
          return this.#slots.find(other => other.id === slot.id)?.server ?? null;
        },
      });
      await this.#follow(slot, answer, signal);
    } catch (error) {
      if (!doubt || !isTrouble(error) || this.#inDoubt === 'repeat') throw error;
      throw fail('SYNC4035', {table: this.table, session: this.id, records}, error);
    }
  }

  #writeRequest(slot: Slot, body: Buffer, records: number, encoding: BlockEncoding) {
    const query: Record<string, string> = {
      ...this.#query(),
      slotid: slot.id,
      schema_version: this.schemaVersion,
      record_count: String(records),
    };
    const headers: Record<string, string> = {
      'Content-Type': 'application/octet-stream',
      'odps-tunnel-routed-server': slot.server,
      'odps-tunnel-slot-num': String(this.#slots.length),
    };
    if (encoding !== 'none') headers['Content-Encoding'] = encoding;
    return {
      operation: `stream ${records} rows to ${shown(this.table, this.partition)}`,
      side: 'tunnel',
      method: 'PUT',
      path: [...tablePath(this.#client, this.table), 'streams'],
      query,
      headers,
      body,
    } satisfies Omit<TargetRequest, 'repeatable' | 'signal'>;
  }

  /** Another address moves the slot; another count means that there are more or fewer. The rows have arrived all the same. */
  async #follow(slot: Slot, answer: TargetResponse, signal: AbortSignal): Promise<void> {
    const server = answer.headers['odps-tunnel-routed-server'];
    if (server !== undefined && isAddress(server)) slot.server = server;
    const count = Number(answer.headers['odps-tunnel-slot-num'] ?? this.#slots.length);
    if (!Number.isInteger(count) || count === this.#slots.length) return;
    await this.#reload(signal).catch((error: unknown) => {
      // The old slots still take rows; the next answer says again that they changed.
      if (!isSyncError(error)) throw error;
      this.#client.log.warn({code: error.code, session: this.id}, 'target: slots not reloaded');
    });
  }

  async #reload(signal: AbortSignal): Promise<StreamState> {
    const operation = `reload stream session ${this.id} of ${shown(this.table, this.partition)}`;
    const answer = await this.#client.request({
      operation,
      side: 'tunnel',
      method: 'GET',
      path: [...tablePath(this.#client, this.table), 'streams'],
      query: {...this.#query(), schema_version: this.schemaVersion},
      repeatable: true,
      signal,
    });
    const state = readState(answer, operation);
    this.#slots = state.slots;
    return state;
  }

  #query(): Record<string, string> {
    return sessionQuery(this.#client, this.partition, {uploadid: this.id});
  }
}

function sessionQuery(
  client: TargetClient,
  partition: string | null,
  query: Record<string, string>,
): Record<string, string> {
  if (partition !== null) query['partition'] = partition;
  if (client.quota !== null) query['quotaName'] = client.quota;
  return query;
}

async function createState(
  client: TargetClient,
  table: string,
  options: StreamOptions,
): Promise<StreamState> {
  const {partition, schemaVersion, slots, signal} = options;
  const query = sessionQuery(client, partition, {});
  if (partition !== null) query['create_partition'] = '';
  if (schemaVersion !== null) query['schema_version'] = schemaVersion;
  const operation = `open a stream session on ${shown(table, partition)}`;
  for (let tries = 1; ; tries++) {
    try {
      const answer = await client.request({
        operation,
        side: 'tunnel',
        method: 'POST',
        path: [...tablePath(client, table), 'streams'],
        query,
        headers: {'odps-slot-num': String(slots), 'odps-tunnel-slot-num': String(slots)},
        repeatable: true,
        signal,
      });
      return readState(answer, operation);
    } catch (error) {
      // Code NoSuchSchema: the version asked for is not known here yet.
      const early = isSyncError(error) && error.code === 'SYNC4007' && schemaVersion !== null;
      if (!early || tries >= versionTriesMax) throw error;
      await wait(Math.min(versionPauseMs, client.bounds.pauseMsMax), signal);
    }
  }
}

function readState(answer: TargetResponse, operation: string): StreamState {
  const json = answerObject(answer, operation, ['session_name', 'status']);
  const slots = listOf(json['slots']).map(slot => {
    const [id, server] = listOf(slot);
    return {id: String(id), server: slotAddress(server, operation)};
  });
  const status = String(json['status']).toLowerCase();
  if (slots.length === 0 && status !== 'init')
    throw fail('SYNC4012', {operation, what: 'the answer holds no slots'});
  return {
    id: String(json['session_name']),
    status,
    slots,
    columns: sessionColumns(json['schema'], operation),
    schemaVersion: String(json['schema_version'] ?? '0'),
  };
}
