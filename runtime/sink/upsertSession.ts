// One upsert session of a Delta table (protocol section 13): rows go to buckets by the hash of their key, show at the commit,
// and the later row of a key wins. Flushes of a bucket go one after another, so that its order holds.
import {assert, must} from '../base/assert.ts';
import {asSyncError, fail, isSyncError, isTrouble} from '../base/errors.ts';
import {MiB, secondMs} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import {createBucketer, type HasherName} from '../codec/keyHash.ts';
import {parseOdpsType} from '../codec/odpsType.ts';
import type {RecordValue} from '../codec/recordStream.ts';
import {createRecordWriter, type RecordWriter} from '../codec/recordWriter.ts';
import type {TargetClient, TargetResponse} from './client.ts';
import {compressWhole} from './compress.ts';
import {
  answerObject,
  listOf,
  objectOf,
  parseObject,
  sessionColumns,
  shown,
  slotAddress,
  tablePath,
  type SessionColumn,
} from './tunnelAnswer.ts';

export interface UpsertOptions {
  /** Must exist; null for a table without partitions. */
  partition: string | null;
  signal: AbortSignal;
}

interface Opened {
  id: string;
  status: string;
  columns: SessionColumn[];
  keys: number[];
  hasher: HasherName;
  /** Slot and server of each bucket. */
  buckets: {slot: string; server: string}[];
  /** The table takes rows that name the columns they write. */
  isPartial: boolean;
}

interface Bucket {
  writer: RecordWriter;
  pieces: Buffer[];
  bytes: number;
  records: number;
}

/** Service columns after the data columns. */
const serviceColumns = [
  {name: '__version', type: parseOdpsType('bigint')},
  {name: '__app_version', type: parseOdpsType('bigint')},
  {name: '__operation', type: parseOdpsType('tinyint')},
  {name: '__key_cols', type: parseOdpsType('array<bigint>')},
  {name: '__value_cols', type: parseOdpsType('array<bigint>')},
];
const upsertMark = 85;
const deleteMark = 68;
/** A bucket is sent at this size and all of them at that, as the service's own clients do. */
const bucketBytesMax = MiB;
const sessionBytesMax = 64 * MiB;
/** The session is asked for this often while it is open, else the service lets it go. */
const keepAliveMs = 30 * secondMs;

/** Disposing of an open session aborts it. */
export class UpsertSession implements AsyncDisposable {
  readonly id: string;
  readonly table: string;
  readonly partition: string | null;
  readonly columns: readonly SessionColumn[];
  readonly #client: TargetClient;
  readonly #keys: readonly number[];
  readonly #bucketOf: (keys: readonly RecordValue[]) => number;
  readonly #held: Bucket[];
  readonly #isPartial: boolean;
  readonly #disposed = new AbortController();
  #places: Opened['buckets'];
  #bytes = 0;
  /** Buckets with a flush that was given up without an answer: it may land late, over rows sent after it. */
  readonly #doubtful = new Set<number>();
  #open = true;

  private constructor(
    client: TargetClient,
    table: string,
    partition: string | null,
    opened: Opened,
  ) {
    this.id = opened.id;
    this.table = table;
    this.partition = partition;
    this.columns = opened.columns;
    this.#client = client;
    this.#keys = opened.keys;
    this.#places = opened.buckets;
    this.#isPartial = opened.isPartial;
    const types = opened.keys.map(i => opened.columns[i]!.type);
    this.#bucketOf = createBucketer(types, opened.hasher, opened.buckets.length);
    const all = [...opened.columns, ...serviceColumns];
    this.#held = opened.buckets.map(() => emptyBucket(createRecordWriter(all)));
  }

  /** Makes a session. One whose answer is lost stays behind empty and expires. */
  static async create(
    client: TargetClient,
    table: string,
    options: UpsertOptions,
  ): Promise<UpsertSession> {
    const operation = `open an upsert session on ${shown(table, options.partition)}`;
    const answer = await client.request({
      operation,
      side: 'tunnel',
      method: 'POST',
      path: [...tablePath(client, table), 'upserts'],
      query: sessionQuery(client, options.partition, {slotnum: '1'}),
      repeatable: true,
      signal: options.signal,
    });
    const opened = readSession(answer, operation, table);
    const session = new UpsertSession(client, table, options.partition, opened);
    void session.#keepAlive();
    return session;
  }

  /** Aborts a session that was not committed; one whose abort fails expires by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#open) await this.abort(new AbortController().signal).catch(() => undefined);
    this.#disposed.abort(new DOMException(`upsert session ${this.id} is closed`, 'AbortError'));
  }

  /** Writes a whole row: absent cells become NULL. */
  async upsert(row: readonly RecordValue[], signal: AbortSignal): Promise<void> {
    await this.#add(row, upsertMark, [], signal);
  }

  /**
   * Writes only the columns named, and the key of a row that is not there yet; other cells of `row` are not looked at.
   * SYNC4047 where the table does not take such rows.
   */
  async update(
    row: readonly RecordValue[],
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const wanted = new Set(names.map(name => name.toLowerCase()));
    const written = this.columns.filter(column => wanted.has(column.name));
    assert(
      written.length === wanted.size && written.length > 0,
      'columns written are of the table',
    );
    const ids = written.flatMap(({id}) => (id === null ? [] : [BigInt(id)]));
    if (!this.#isPartial || ids.length < written.length)
      throw fail('SYNC4047', {table: this.table});
    const cells = this.columns.map(({name}, i) =>
      wanted.has(name) || this.#keys.includes(i) ? (row[i] ?? null) : null,
    );
    await this.#add(cells, upsertMark, ids, signal);
  }

  /** Deletes the row of a key; only the key cells of `row` are looked at. A missing key is fine. */
  async delete(row: readonly RecordValue[], signal: AbortSignal): Promise<void> {
    const keys = row.map((value, i) => (this.#keys.includes(i) ? value : null));
    await this.#add(keys, deleteMark, [], signal);
  }

  /** Sends every row held. */
  async flush(signal: AbortSignal): Promise<void> {
    for (const bucket of this.#held.keys()) await this.#send(bucket, signal);
  }

  /**
   * Sends what is held and commits. Returns only when the service says committed, or no longer knows the session after
   * a commit was sent. SYNC4013: a flush is in doubt, nothing was committed by this call. SYNC4015: it ended otherwise.
   */
  async commit(signal: AbortSignal): Promise<void> {
    await this.flush(signal);
    if (this.#doubtful.size > 0) throw this.#inDoubt();
    const {bounds} = this.#client;
    const startedMs = performance.now();
    let status = 'normal';
    for (let attempts = 0; ; attempts++) {
      const elapsedMs = performance.now() - startedMs;
      if (attempts >= bounds.countMax || elapsedMs > bounds.elapsedMsMax) {
        const {table, id: session} = this;
        throw fail('SYNC4016', {table, session, status, attempts});
      }
      if (attempts > 0)
        await wait(Math.min(bounds.pauseMsMax, bounds.firstMs * 2 ** (attempts - 1)), signal);
      status = await this.#postCommit(attempts > 0, signal);
      if (status === 'committed') break;
      if (status !== 'normal' && status !== 'committing')
        throw fail('SYNC4015', {table: this.table, session: this.id, status});
    }
    this.#open = false;
  }

  /** Gives the session up: none of its rows show. */
  async abort(signal: AbortSignal): Promise<void> {
    this.#open = false;
    await this.#client.request({
      operation: `abort upsert session ${this.id} of ${this.table}`,
      side: 'tunnel',
      method: 'DELETE',
      ...this.#call({}),
      repeatable: true,
      signal,
    });
  }

  /** `written` are the ids of the columns to write; none for all of them. */
  async #add(
    row: readonly RecordValue[],
    mark: number,
    written: readonly bigint[],
    signal: AbortSignal,
  ): Promise<void> {
    assert(this.#open, 'rows go to an open session');
    const keys = this.#keys.map(i => row[i] ?? null);
    const missing = keys.indexOf(null);
    if (missing >= 0) {
      const column = this.columns[this.#keys[missing]!]!.name;
      throw fail('SYNC4039', {table: this.table, column});
    }
    const index = this.#bucketOf(keys);
    const bucket = this.#held[index]!;
    const cells = this.columns.map((_, i) => row[i] ?? null);
    bucket.writer.write([...cells, null, null, mark, null, [...written]]);
    const piece = bucket.writer.take();
    bucket.pieces.push(piece);
    bucket.bytes += piece.length;
    bucket.records++;
    this.#bytes += piece.length;
    if (bucket.bytes >= bucketBytesMax) await this.#send(index, signal);
    else if (this.#bytes >= sessionBytesMax) await this.flush(signal);
  }

  async #send(index: number, signal: AbortSignal): Promise<void> {
    const bucket = this.#held[index]!;
    if (bucket.records === 0) return;
    if (this.#doubtful.size > 0) throw this.#inDoubt();
    const plain = Buffer.concat([...bucket.pieces, bucket.writer.end()]);
    const body = await compressWhole(plain);
    const {records} = bucket;
    this.#bytes -= bucket.bytes;
    const all = [...this.columns, ...serviceColumns];
    this.#held[index] = emptyBucket(createRecordWriter(all));
    const place = this.#places[index]!;
    // In doubt until it is answered: the rows are no longer held, so no commit may come without them.
    this.#doubtful.add(index);
    try {
      await this.#client.request({
        operation: `upsert ${records} rows into ${shown(this.table, this.partition)}`,
        side: 'tunnel',
        method: 'PUT',
        ...this.#call({
          bucketid: String(index),
          slotid: place.slot,
          record_count: String(records),
        }),
        headers: {
          'Content-Type': 'application/octet-stream',
          'Content-Encoding': 'zstd',
          'odps-tunnel-routed-server': place.server,
        },
        body,
        // The same rows land on the same keys.
        repeatable: true,
        signal: AbortSignal.any([signal, this.#disposed.signal]),
        reroute: async () => {
          await this.#reload(signal);
          return this.#places[index]?.server ?? null;
        },
      });
    } catch (error) {
      if (!isTrouble(error)) throw error;
      throw this.#inDoubt(error);
    }
    this.#doubtful.delete(index);
  }

  /** The status after a POST. An unknown session is committed when a POST was sent before: the service forgets after it. */
  async #postCommit(again: boolean, signal: AbortSignal): Promise<string> {
    const operation = `commit upsert session ${this.id} of ${shown(this.table, this.partition)}`;
    let doubt = false;
    try {
      const answer = await this.#client.request({
        operation,
        side: 'tunnel',
        method: 'POST',
        ...this.#call({}),
        headers: {'odps-tunnel-routed-server': this.#places[0]!.server},
        repeatable: false,
        signal,
        onDoubt: () => (doubt = true),
      });
      return String(parseObject(answer.body.toString())['status']).toLowerCase();
    } catch (error) {
      const {code} = asSyncError(error);
      if (isSyncError(error) && code === 'SYNC4043' && again) return 'committed';
      if (!isTrouble(error) || !doubt) throw error;
      this.#client.log.warn({operation, code}, 'target: commit without a good answer');
      return 'committing';
    }
  }

  async #reload(signal: AbortSignal): Promise<void> {
    const operation = `reload upsert session ${this.id} of ${shown(this.table, this.partition)}`;
    const answer = await this.#client.request({
      operation,
      side: 'tunnel',
      method: 'GET',
      ...this.#call({}),
      repeatable: true,
      signal,
    });
    const opened = readSession(answer, operation, this.table);
    if (opened.buckets.length !== this.#places.length)
      throw fail('SYNC4040', {table: this.table, buckets: opened.buckets.length});
    this.#places = opened.buckets;
  }

  /** Trouble here is met again by the next flush or the commit, which speak of it. */
  async #keepAlive(): Promise<void> {
    const {signal} = this.#disposed;
    try {
      for (;;) {
        await wait(keepAliveMs, signal);
        if (!this.#open) return;
        await this.#reload(signal);
      }
    } catch (error) {
      if (!signal.aborted && isSyncError(error))
        this.#client.log.warn(
          {code: error.code, session: this.id},
          'target: session not kept alive',
        );
    }
  }

  #inDoubt(cause?: unknown) {
    const blocks = [...this.#doubtful];
    return fail('SYNC4013', {table: this.table, session: this.id, blocks}, cause);
  }

  #call(query: Record<string, string>) {
    return {
      path: [...tablePath(this.#client, this.table), 'upserts'],
      query: sessionQuery(this.#client, this.partition, {upsertid: this.id, ...query}),
    };
  }
}

function emptyBucket(writer: RecordWriter): Bucket {
  return {writer, pieces: [], bytes: 0, records: 0};
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

function readSession(answer: TargetResponse, operation: string, table: string): Opened {
  const json = answerObject(answer, operation, ['id', 'status', 'hasher']);
  const columns = sessionColumns(json['schema'], operation);
  const hashKey = listOf(json['hash_key']).map(String);
  const keys = hashKey.map(name => columns.findIndex(c => c.name === name.toLowerCase()));
  const hasher = String(json['hasher']).toLowerCase();
  const buckets: Opened['buckets'] = [];
  let named = 0;
  for (const slot of listOf(json['slots']).map(objectOf)) {
    const server = slotAddress(slot['worker_addr'], operation);
    for (const bucket of listOf(slot['buckets'])) {
      buckets[Number(bucket)] = {slot: String(slot['slot_id']), server};
      named++;
    }
  }
  const whole = named > 0 && named === buckets.length && !buckets.includes(undefined as never);
  if (!whole || !isHasher(hasher) || keys.length === 0 || keys.includes(-1))
    throw fail('SYNC4040', {table, buckets: named});
  return {
    id: String(json['id']),
    status: must(json['status'], 'checked above') as string,
    columns,
    keys,
    hasher,
    buckets,
    isPartial: json['enable_partial_update'] === true,
  };
}

function isHasher(text: string): text is HasherName {
  return text === 'default' || text === 'legacy';
}
