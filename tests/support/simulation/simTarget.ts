// A tunnel of upload sessions as the service's texts describe it, with everything that can go wrong on the way: answers that
// are lost before or after their effect, blocks that land late, commits that close late, sessions that are forgotten.
import {fail} from '../../../runtime/base/errors.ts';
import {silentLog} from '../../../runtime/base/log.ts';
import {hourMs} from '../../../runtime/base/sizes.ts';
import type {TargetClient, TargetRequest, TargetResponse} from '../../../runtime/sink/client.ts';
import type {Life, SimClock} from './simClock.ts';
import {readRecords, type LogRow} from './simRecords.ts';

interface SimSession {
  table: string;
  partition: string;
  blocks: Map<number, Buffer>;
  status: 'NORMAL' | 'COMMITTING' | 'CLOSED';
  createdMs: number;
}

const log = silentLog();

/** Sessions are forgotten after this, committed and uncommitted alike. */
const sessionMs = 24 * hourMs;

export class SimTarget {
  /** Committed rows by table. */
  readonly rows = new Map<string, (LogRow & {partition: string})[]>();
  readonly #clock: SimClock;
  readonly #sessions = new Map<string, SimSession>();
  #lastId = 0;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** The client of one life; `faultShare` of its requests meet one. */
  clientOf(life: Life, faultShare: number): TargetClient {
    const clock = this.#clock;
    const client = {
      project: 'p',
      schema: null,
      quota: null,
      log,
      bounds: {countMax: 1e9, elapsedMsMax: Infinity, firstMs: 1, pauseMsMax: 8},
      bytesPerSecond: null,
      ddlMs: 0,
      noteDdl: () => undefined,
      pause: (ms: number) => clock.sleep(ms),
      request: (request: TargetRequest) => this.#request(life, faultShare, request),
    };
    return client as unknown as TargetClient;
  }

  /** As the real client: what may be repeated is, within bounds; what may not ends in doubt. */
  async #request(life: Life, faultShare: number, request: TargetRequest): Promise<TargetResponse> {
    const clock = this.#clock;
    for (let tries = 1; ; tries++) {
      const fault = clock.chance(faultShare) ? clock.below(3) : -1;
      const isLost = fault === 0;
      const answer = await life.after(() => (isLost ? null : this.#effect(request)));
      if (answer !== null && fault !== 1) return answer;
      request.onDoubt?.();
      if (request.repeatable && tries < 3) continue;
      // What was given up may still land.
      if (isLost && clock.chance(0.5))
        void clock.sleep(1 + clock.below(40)).then(() => this.#late(request));
      const call = {
        operation: request.operation,
        status: null,
        code: 'ECONNRESET',
        requestId: null,
      };
      throw fail('SYNC4001', {...call, message: '', host: 'tunnel'} as never);
    }
  }

  #late(request: TargetRequest): void {
    try {
      this.#effect(request);
    } catch {
      // Its session is gone.
    }
  }

  #effect(request: TargetRequest): TargetResponse {
    const {query = {}, method, side} = request;
    if (side === 'rest') return this.#count(String(request.body));
    const table = request.path.at(-1)!;
    if (query['uploads'] !== undefined) return this.#create(table, query['partition'] ?? '');
    const id = query['uploadid']!;
    const session = this.#sessions.get(id);
    if (session === undefined || this.#clock.nowMs - session.createdMs > sessionMs) {
      const call = {
        operation: request.operation,
        status: 404,
        code: 'NoSuchUpload',
        requestId: null,
      };
      throw fail('SYNC4043', {...call, message: ''} as never);
    }
    if (method === 'PUT' && session.status === 'NORMAL')
      session.blocks.set(Number(query['blockid']), Buffer.concat(request.body as Buffer[]));
    if (method === 'POST') this.#commit(session);
    return this.#tell(id, session);
  }

  #create(table: string, partition: string): TargetResponse {
    const id = `s${++this.#lastId}`;
    const session = {table, partition, blocks: new Map(), createdMs: this.#clock.nowMs};
    this.#sessions.set(id, {...session, status: 'NORMAL'});
    return this.#tell(id, this.#sessions.get(id)!);
  }

  #commit(session: SimSession): void {
    if (session.status !== 'NORMAL') return;
    session.status = 'COMMITTING';
    const close = () => {
      if (session.status === 'CLOSED') return;
      session.status = 'CLOSED';
      const rows = this.rows.get(session.table) ?? [];
      for (const block of session.blocks.values())
        for (const row of readRecords(block)) rows.push({...row, partition: session.partition});
      this.rows.set(session.table, rows);
    };
    if (this.#clock.chance(0.8)) close();
    else void this.#clock.sleep(this.#clock.below(30)).then(close);
  }

  #tell(id: string, {status, blocks}: SimSession): TargetResponse {
    const list = [...blocks.keys()].map(BlockID => ({BlockID}));
    const body = JSON.stringify({UploadID: id, Status: status, UploadedBlockList: list});
    return {status: 200, headers: {}, body: Buffer.from(body)};
  }

  /** `SELECT COUNT(*), COUNT(DISTINCT id) … WHERE partition AND id BETWEEN a AND b`. */
  #count(xml: string): TargetResponse {
    const [, table = ''] = /FROM `(\w+)`/.exec(xml) ?? [];
    const [, first, last] = /BETWEEN (\d+) AND (\d+)/.exec(xml)!;
    const values = [...xml.matchAll(/= '([^']*)'/g)].map(([, value]) => value);
    const found = (this.rows.get(table) ?? []).filter(
      row =>
        row.recordId >= Number(first) &&
        row.recordId <= Number(last) &&
        values.every(value => row.partition.includes(`=${value}`)),
    );
    const distinct = new Set(found.map(row => row.recordId)).size;
    const csv = `row_count,id_count\n${found.length},${distinct}\n`;
    const body = `<Instance><Tasks><Task><Result>${csv}</Result></Task></Tasks></Instance>`;
    return {status: 200, headers: {}, body: Buffer.from(body)};
  }
}
