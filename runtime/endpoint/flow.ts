// How much may be under way at once: sessions of a table and slots of the project that move rows, and the project's rate of
// requests. What is beyond is refused with 429, its code and a time to wait (protocol sections 4.2 and 18).
import {secondMs} from '../base/sizes.ts';
import type {Limits} from './limits.ts';
import {OdpsError} from './odpsError.ts';

export interface Flow {
  /** Counts a request of the project. */
  request(): void;
  /** Begins to move rows of a session of a table; what it gives ends that, once. */
  enter(tableId: string, session: string): () => void;
}

/** The flow by `limits` on the clock `nowMs`. */
export function createFlow(limits: Limits, nowMs: () => number): Flow {
  let second = 0;
  let requests = 0;
  let slots = 0;
  /** Requests under way, by table and session. */
  const tables = new Map<string, Map<string, number>>();
  const refuse = (code: string, what: string) =>
    new OdpsError(code, 429, `${code}: ${what}; wait a second`, 1);
  return {
    request() {
      const now = Math.floor(nowMs() / secondMs);
      if (now !== second) [second, requests] = [now, 0];
      requests++;
      if (requests > limits.requestsMax) {
        throw refuse('QPSExceeded', `the project has ${limits.requestsMax} requests a second`);
      }
    },
    enter(tableId, session) {
      const sessions = tables.get(tableId) ?? new Map<string, number>();
      if (slots >= limits.slotsMax) throw refuse('SlotExceeded', `${slots} slots are in use`);
      if (sessions.size >= limits.sessionsMax && !sessions.has(session)) {
        throw refuse('FlowExceeded', `${sessions.size} sessions of the table are at work`);
      }
      tables.set(tableId, sessions.set(session, (sessions.get(session) ?? 0) + 1));
      slots++;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        slots--;
        const rest = sessions.get(session)! - 1;
        if (rest > 0) sessions.set(session, rest);
        else sessions.delete(session);
        if (sessions.size === 0) tables.delete(tableId);
      };
    },
  };
}
