// The five columns that begin each `_log` record: record id, operation, UTC seconds, before flag, after flag.
// Four of them are the same for all rows of an event, so their bytes and their share of the checksum are made once.
import {crcBytes, makeCrcTables} from './crc32c.ts';

/** What an event's rows have in common; `before` and `after` are the two images of a row. */
export interface LogHead {
  kind: 'insert' | 'update' | 'delete';
  utcSeconds: number;
  before: ImageHead;
  after: ImageHead;
  /** The images of each kind, kept: inserts, updates and deletes take turns within a second. */
  made: Record<LogHead['kind'], {utcSeconds: number; before: ImageHead; after: ImageHead}>;
}

interface ImageHead {
  /** The bytes of columns 2 to 5, in five words, and how many of them count. */
  words: Int32Array;
  bytes: number;
  /** Register after the five columns with record id 0. */
  crc: number;
}

export function createLogHead(): LogHead {
  const image = () => ({words: new Int32Array(5), bytes: 0, crc: 0});
  const images = () => ({utcSeconds: -1, before: image(), after: image()});
  const made = {insert: images(), update: images(), delete: images()};
  const {before, after} = made.insert;
  return {kind: 'insert', utcSeconds: -1, before, after, made};
}

/** Makes `head` that of an event; an event like the last one of its kind costs nothing. */
export function setLogHead(head: LogHead, kind: LogHead['kind'], utcSeconds: number): void {
  if (head.kind === kind && head.utcSeconds === utcSeconds) return;
  head.kind = kind;
  head.utcSeconds = utcSeconds;
  const made = head.made[kind];
  head.before = made.before;
  head.after = made.after;
  if (made.utcSeconds === utcSeconds) return;
  made.utcSeconds = utcSeconds;
  setImage(made.before, kind, utcSeconds, 'Y', 'N');
  setImage(made.after, kind, utcSeconds, 'N', 'Y');
}

/**
 * The register after the five columns of a record whose id has the halves lo and hi. A CRC is linear: the id's bytes
 * are hashed as if all that follows them were zeros, and the rest comes ready from the head.
 */
export function logHeadCrc(head: ImageHead, lo: number, hi: number): number {
  const low =
    head.crc ^
    id0![lo & 255]! ^
    id1![(lo >>> 8) & 255]! ^
    id2![(lo >>> 16) & 255]! ^
    id3![lo >>> 24]!;
  if (hi === 0) return low;
  return (
    low ^ id4![hi & 255]! ^ id5![(hi >>> 8) & 255]! ^ id6![(hi >>> 16) & 255]! ^ id7![hi >>> 24]!
  );
}

/** Hashed bytes after the id: number and letter of columns 2, 4 and 5, number and int64 of column 3. */
const hashedAfterId = 5 + 12 + 5 + 5;

/** For each byte of the id, low first: byte k is followed by 7 - k bytes of the id and those. */
export const idTables = makeCrcTables(hashedAfterId + 8)
  .slice(hashedAfterId)
  .reverse();

const [id0, id1, id2, id3, id4, id5, id6, id7] = idTables;

const letters = {insert: 'I', update: 'U', delete: 'D'} as const;

function setImage(
  image: ImageHead,
  kind: LogHead['kind'],
  utcSeconds: number,
  before: 'Y' | 'N',
  after: 'Y' | 'N',
): void {
  const hashed = Buffer.alloc(12 + hashedAfterId);
  hashed.writeInt32LE(1, 0);
  let at = 12;
  const wire = Buffer.from(image.words.buffer);
  let end = 0;
  const letter = (field: number, text: string) => {
    hashed.writeInt32LE(field, at);
    hashed.write(text, at + 4, 'latin1');
    at += 5;
    // Wire type 2: one byte of text.
    for (const byte of [field * 8 + 2, 1, text.charCodeAt(0)]) wire[end++] = byte;
  };
  letter(2, letters[kind]);
  hashed.writeInt32LE(3, at);
  hashed.writeBigInt64LE(BigInt(utcSeconds), at + 4);
  at += 12;
  wire[end++] = 3 * 8;
  let rest = utcSeconds * 2;
  for (; rest > 127; rest = Math.floor(rest / 128)) wire[end++] = (rest % 128) | 128;
  wire[end++] = rest;
  letter(4, before);
  letter(5, after);
  image.bytes = end;
  image.crc = crcBytes(-1, hashed, 0, hashed.length);
}
