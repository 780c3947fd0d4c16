// The limits of the service that the endpoint keeps (protocol section 18). On by default; whoever starts an endpoint may set others.
import {hourMs, KiB, MiB} from '../base/sizes.ts';

export interface Limits {
  /** Columns of a table, partition columns included. */
  columnsMax: number;
  partitionLevelsMax: number;
  /** Partitions of one table. */
  partitionsMax: number;
  nameBytesMax: number;
  commentBytesMax: number;
  /** Blocks of an upload session; their ids are 0 to one less. */
  blocksMax: number;
  /** Life of upload, download and upsert sessions. */
  sessionMsMax: number;
  sqlBytesMax: number;
  /** Upload sessions made for one table in five minutes. */
  uploadsMax: number;
  /** Download sessions made for one table in five minutes. */
  downloadsMax: number;
  /** Commits of one table in fifteen seconds. */
  commitsMax: number;
  /** Sessions of one table that send blocks, commit or read at once. */
  sessionsMax: number;
  /** Requests of the project that carry rows at once. */
  slotsMax: number;
  /** Requests of the project in a second. */
  requestsMax: number;
}

export const serviceLimits: Readonly<Limits> = {
  columnsMax: 1200,
  partitionLevelsMax: 6,
  partitionsMax: 60_000,
  nameBytesMax: 128,
  commentBytesMax: KiB,
  blocksMax: 20_000,
  sessionMsMax: 24 * hourMs,
  sqlBytesMax: 2 * MiB,
  uploadsMax: 500,
  downloadsMax: 200,
  commitsMax: 75,
  sessionsMax: 32,
  slotsMax: 300,
  requestsMax: 10_000,
};
