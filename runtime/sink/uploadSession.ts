// One batch upload session of a table or partition: blocks in, one commit. The rules are C9 and C10: a block given up
// in doubt dooms the session, and a session in doubt is committed again, never replaced, until the service says its end.
import type {Readable} from 'node:stream';
import {asSyncError, fail, isSyncError, isTrouble} from '../base/errors.ts';
import type {TargetClient, TargetResponse} from './client.ts';
import {listOf, objectOf, parseObject, shown, tablePath} from './tunnelAnswer.ts';

export interface SessionOptions {
  /** `year=2026,month=11`, partition columns in table order, no quotes; null for a table without partitions. */
  partition: string | null;
  /** The commit replaces what the table or partition holds. */
  overwrite: boolean;
  signal: AbortSignal;
}

const statuses = [
  'NORMAL',
  'CLOSING',
  'COMMITTING',
  'CLOSED',
  'CANCELED',
  'EXPIRED',
  'CRITICAL',
  'UNKNOWN',
] as const;
export type SessionStatus = (typeof statuses)[number];

export interface SessionState {
  status: SessionStatus;
  /** Ids of the blocks that arrived whole, rising. */
  blocks: number[];
}

export type BlockEncoding = 'none' | 'zstd' | 'deflate';

/** Block ids are 0 … 19,999. */
export const blockIdMax = 19_999;
/** A session lives 24 hours; blocks stop four hours before, so that its commit has time (rule C20). */
export const sessionAgeMsMax = 20 * 3600 * 1000;

/** Disposing of a session sends nothing: the service has no call for it, an uncommitted session expires by itself. */
export class UploadSession implements AsyncDisposable {
  readonly id: string;
  readonly table: string;
  readonly partition: string | null;
  /** Not before the real creation, so that "expired for sure" is never concluded early. */
  readonly createdMs: number;
  readonly #client: TargetClient;
  /** Blocks sent without an answer. */
  readonly #doubtful = new Set<number>();
  readonly #disposed = new AbortController();

  private constructor(
    client: TargetClient,
    table: string,
    partition: string | null,
    state: Opened,
  ) {
    this.#client = client;
    this.table = table;
    this.partition = partition;
    this.id = state.id;
    this.createdMs = state.createdMs;
  }

  /** Makes a session. One whose answer is lost stays behind empty and expires. */
  static async create(
    client: TargetClient,
    table: string,
    options: SessionOptions,
  ): Promise<UploadSession> {
    const query: Record<string, string> = {uploads: '1'};
    if (options.partition !== null) {
      query['partition'] = options.partition;
      query['create_partition'] = 'true';
    }
    if (options.overwrite) query['overwrite'] = 'true';
    if (client.quota !== null) query['quotaName'] = client.quota;
    const operation = `open a session on ${shown(table, options.partition)}`;
    const answer = await client.request({
      operation,
      side: 'tunnel',
      method: 'POST',
      path: tablePath(client, table),
      query,
      repeatable: true,
      signal: options.signal,
    });
    const {id} = readSession(answer, operation);
    return new UploadSession(client, table, options.partition, {id, createdMs: Date.now()});
  }

  /** The session `id` as the service knows it. Raises SYNC4043 when it does not. */
  static async reopen(
    client: TargetClient,
    table: string,
    id: string,
    partition: string | null,
    signal: AbortSignal,
  ): Promise<UploadSession> {
    const answer = await getSession(client, table, id, partition, signal);
    const {initiatedMs} = readSession(answer, `reload session ${id}`);
    return new UploadSession(client, table, partition, {id, createdMs: initiatedMs ?? Date.now()});
  }

  /** The session `id`, made or asked for before, without asking again. */
  static known(
    client: TargetClient,
    table: string,
    {id, createdMs}: {id: string; createdMs: number},
  ): UploadSession {
    return new UploadSession(client, table, null, {id, createdMs});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort(new DOMException(`session ${this.id} is closed`, 'AbortError'));
  }

  /** Raises SYNC4043 when the service no longer knows the session. */
  async status(signal: AbortSignal): Promise<SessionState> {
    const answer = await getSession(this.#client, this.table, this.id, this.partition, signal);
    const {status, blocks} = readSession(answer, `reload session ${this.id}`);
    return {status, blocks};
  }

  /**
   * Sends a block until it is answered, always the same id and bytes. Given up in doubt it raises SYNC4013, and the
   * session cannot be committed any more unless the same block is sent again with success. A function makes the bytes
   * of each attempt anew: they may differ only where any of them will do, as in a base whose log replays over it.
   */
  async putBlock(
    blockId: number,
    body: Buffer | readonly Buffer[] | (() => Readable),
    encoding: BlockEncoding,
    signal: AbortSignal,
  ): Promise<void> {
    const headers: Record<string, string> = {'Content-Type': 'application/octet-stream'};
    if (encoding !== 'none') headers['Content-Encoding'] = encoding;
    // In doubt from the first byte on: a cancelled send may have arrived as well. An older doubt outlives a refusal.
    const olderDoubt = this.#doubtful.has(blockId);
    this.#doubtful.add(blockId);
    let doubt = false;
    try {
      await this.#client.request({
        operation: `write block ${blockId} of ${shown(this.table, this.partition)}`,
        side: 'tunnel',
        method: 'PUT',
        path: tablePath(this.#client, this.table),
        query: {...this.#query(), blockid: String(blockId)},
        headers,
        // Blocks travel chunked, as the service's own clients send them.
        body: Buffer.isBuffer(body) ? [body] : body,
        repeatable: true,
        signal: AbortSignal.any([signal, this.#disposed.signal]),
        onDoubt: () => (doubt = true),
      });
    } catch (error) {
      if (isSyncError(error) && !doubt && !olderDoubt) this.#doubtful.delete(blockId);
      if (!isTrouble(error) || !doubt) throw error;
      throw this.#inDoubt([blockId], error);
    }
    this.#doubtful.delete(blockId);
  }

  /**
   * Commits once every block of `expected`, and no other, has arrived. Returns only when the session is CLOSED.
   * SYNC4042 (expired), SYNC4043 (unknown), SYNC4015 (critical …): decide by what the target holds (C9). SYNC4013, SYNC4014: nothing was committed by this call.
   */
  async commit(expected: readonly number[], signal: AbortSignal): Promise<void> {
    if (this.#doubtful.size > 0) throw this.#inDoubt([...this.#doubtful]);
    const {bounds} = this.#client;
    const startedMs = performance.now();
    for (let attempts = 0; ; attempts++) {
      const state = await this.status(signal);
      if (state.status === 'CLOSED') return;
      if (state.status === 'EXPIRED') throw fail('SYNC4042', {table: this.table, session: this.id});
      if (state.status === 'NORMAL') this.#checkBlocks(expected, state.blocks);
      else if (state.status !== 'COMMITTING' && state.status !== 'CLOSING')
        throw fail('SYNC4015', {table: this.table, session: this.id, status: state.status});
      const elapsedMs = performance.now() - startedMs;
      if (attempts >= bounds.countMax || elapsedMs > bounds.elapsedMsMax) {
        const {table, id: session} = this;
        throw fail('SYNC4016', {table, session, status: state.status, attempts});
      }
      if (attempts > 0)
        await this.#client.pause(
          Math.min(bounds.pauseMsMax, bounds.firstMs * 2 ** (attempts - 1)),
          signal,
        );
      if (await this.#postCommit(signal)) return;
    }
  }

  /** True when the answer says CLOSED; false when only a reload can tell. */
  async #postCommit(signal: AbortSignal): Promise<boolean> {
    const operation = `commit session ${this.id} of ${shown(this.table, this.partition)}`;
    try {
      const answer = await this.#client.request({
        operation,
        side: 'tunnel',
        method: 'POST',
        path: tablePath(this.#client, this.table),
        query: this.#query(),
        // The reload between two attempts decides whether a second commit is needed.
        repeatable: false,
        signal,
      });
      return readSession(answer, operation).status === 'CLOSED';
    } catch (error) {
      // A conflict or an unknown session may be the echo of an earlier commit that worked: SYNC4043, SYNC4032.
      if (!isTrouble(error)) throw error;
      const {code} = asSyncError(error);
      this.#client.log.warn({operation, code}, 'target: commit without a good answer');
      return false;
    }
  }

  #checkBlocks(expected: readonly number[], found: readonly number[]): void {
    const missing = expected.filter(block => !found.includes(block));
    const extra = found.filter(block => !expected.includes(block));
    if (missing.length === 0 && extra.length === 0) return;
    throw fail('SYNC4014', {table: this.table, session: this.id, missing, extra});
  }

  #inDoubt(blocks: number[], cause?: unknown) {
    return fail('SYNC4013', {table: this.table, session: this.id, blocks}, cause);
  }

  #query(): Record<string, string> {
    return sessionQuery(this.#client, this.id, this.partition);
  }
}

interface Opened {
  id: string;
  createdMs: number;
}

function sessionQuery(client: TargetClient, id: string, partition: string | null) {
  const query: Record<string, string> = {uploadid: id};
  if (partition !== null) query['partition'] = partition;
  if (client.quota !== null) query['quotaName'] = client.quota;
  return query;
}

async function getSession(
  client: TargetClient,
  table: string,
  id: string,
  partition: string | null,
  signal: AbortSignal,
): Promise<TargetResponse> {
  return await client.request({
    operation: `reload session ${id} of ${shown(table, partition)}`,
    side: 'tunnel',
    method: 'GET',
    path: tablePath(client, table),
    query: sessionQuery(client, id, partition),
    repeatable: true,
    signal,
  });
}

function readSession(
  answer: TargetResponse,
  operation: string,
): SessionState & {id: string; initiatedMs: number | null} {
  const json = parseObject(answer.body.toString());
  const id = json['UploadID'];
  const status = String(json['Status']).toUpperCase();
  const list = json['UploadedBlockList'];
  if (typeof id !== 'string' || id === '' || !isStatus(status))
    throw fail('SYNC4012', {operation, what: 'the answer describes no session'});
  const blocks = listOf(list).map(block => Number(objectOf(block)['BlockID']));
  const initiatedMs = Date.parse(String(json['Initiated']));
  return {
    id,
    status,
    blocks: blocks.toSorted((a, b) => a - b),
    initiatedMs: Number.isNaN(initiatedMs) ? null : initiatedMs,
  };
}

function isStatus(text: string): text is SessionStatus {
  return (statuses as readonly string[]).includes(text);
}
