// MySQL packets out of socket chunks: framed in place, copied only where a packet is split over chunks or longer than
// 16 MiB. Format: MySQL "Client/Server Protocol", packets. Knows nothing of what is in them.

const headerBytes = 4;
/** A frame of this length goes on in the next one. */
export const frameBytesMax = 0xffffff;
/** A joined packet's buffer above this is given back after use. */
const carryBytesKept = 1 << 20;

/** Framing state of one connection, and the packet found last: input[at, end), valid until the next call. */
export interface PacketFrames {
  input: Buffer;
  /** A view on the same bytes as `input`, offset for offset. */
  view: DataView;
  at: number;
  end: number;
  /** Sequence number of the packet's last frame. */
  sequence: number;
  chunk: Buffer;
  chunkView: DataView;
  chunkAt: number;
  carry: Buffer;
  carryView: DataView;
  carried: number;
  /** Header bytes of a split header, and how many are there. */
  header: Buffer;
  headerHave: number;
  /** Bytes of the current frame still to come; -1 before its header. */
  frameLeft: number;
  frameLength: number;
  /** Whether a packet longer than one frame, whose first bytes are given, is to be given in pieces as they arrive. */
  comesInPieces: (first: Buffer) => boolean;
  /** input[at, end) is a piece of such a packet, and the last one. */
  isPiece: boolean;
  isLastPiece: boolean;
}

/** A packet is known by this many bytes: its own first byte and an event's header. */
const firstBytes = 20;

export function createPacketFrames(): PacketFrames {
  const chunk = Buffer.alloc(0);
  const carry = Buffer.allocUnsafeSlow(1 << 16);
  return {
    input: chunk,
    view: viewOf(chunk),
    at: 0,
    end: 0,
    sequence: 0,
    chunk,
    chunkView: viewOf(chunk),
    chunkAt: 0,
    carry,
    carryView: viewOf(carry),
    carried: 0,
    header: Buffer.alloc(headerBytes),
    headerHave: 0,
    frameLeft: -1,
    frameLength: 0,
    comesInPieces: () => false,
    isPiece: false,
    isLastPiece: false,
  };
}

/** Gives the next bytes. The chunk before must have been read to its end (`nextPacket` returned false). */
export function feedPackets(frames: PacketFrames, chunk: Buffer): void {
  frames.chunk = chunk;
  frames.chunkView = viewOf(chunk);
  frames.chunkAt = 0;
}

/** Steps to the next whole packet; false when more bytes are needed. */
export function nextPacket(frames: PacketFrames): boolean {
  if (frames.isPiece && !frames.isLastPiece) return nextPiece(frames);
  frames.isPiece = false;
  const {chunk, chunkAt} = frames;
  if (frames.carried === 0 && frames.headerHave === 0 && chunkAt + headerBytes <= chunk.length) {
    const length = chunk[chunkAt]! | (chunk[chunkAt + 1]! << 8) | (chunk[chunkAt + 2]! << 16);
    const end = chunkAt + headerBytes + length;
    if (end <= chunk.length && length < frameBytesMax) {
      frames.sequence = chunk[chunkAt + 3]!;
      frames.input = chunk;
      frames.view = frames.chunkView;
      frames.at = chunkAt + headerBytes;
      frames.end = frames.chunkAt = end;
      return true;
    }
  }
  return nextSplitPacket(frames);
}

/** Where the next packet's header is in `frames.chunk`; -1 when a packet has begun in an earlier chunk. */
export function nextPacketAt(frames: PacketFrames): number {
  const isBegun = frames.isPiece || frames.carried > 0 || frames.headerHave > 0;
  return isBegun ? -1 : frames.chunkAt;
}

/** Whether a packet has begun and not ended: an end of the stream here is a cut. */
export function isMidPacket(frames: PacketFrames): boolean {
  const isInPieces = frames.isPiece && !frames.isLastPiece;
  return isInPieces || frames.carried > 0 || frames.headerHave > 0 || frames.frameLeft > 0;
}

function nextSplitPacket(frames: PacketFrames): boolean {
  while (readHeader(frames)) {
    const take = Math.min(frames.frameLeft, frames.chunk.length - frames.chunkAt);
    reserveCarry(frames, frames.frameLeft);
    frames.chunk.copy(frames.carry, frames.carried, frames.chunkAt, frames.chunkAt + take);
    const carriedBefore = frames.carried;
    frames.carried += take;
    frames.chunkAt += take;
    frames.frameLeft -= take;
    const isKnown = carriedBefore < firstBytes && frames.carried >= firstBytes;
    const isLong = isKnown && frames.frameLength === frameBytesMax;
    if (isLong && frames.comesInPieces(frames.carry)) return firstPiece(frames);
    if (frames.frameLeft > 0) return false;
    frames.headerHave = 0;
    frames.frameLeft = -1;
    if (frames.frameLength < frameBytesMax) {
      frames.input = frames.carry;
      frames.view = frames.carryView;
      frames.at = 0;
      frames.end = frames.carried;
      frames.carried = 0;
      return true;
    }
  }
  return false;
}

/** What is carried already; the rest is given where the socket put it. */
function firstPiece(frames: PacketFrames): boolean {
  frames.isPiece = true;
  frames.isLastPiece = false;
  frames.input = frames.carry;
  frames.view = frames.carryView;
  frames.at = 0;
  frames.end = frames.carried;
  frames.carried = 0;
  endFrame(frames);
  return true;
}

function nextPiece(frames: PacketFrames): boolean {
  if (!readHeader(frames)) return false;
  const take = Math.min(frames.frameLeft, frames.chunk.length - frames.chunkAt);
  if (take === 0 && frames.frameLeft > 0) return false;
  frames.input = frames.chunk;
  frames.view = frames.chunkView;
  frames.at = frames.chunkAt;
  frames.end = frames.chunkAt += take;
  frames.frameLeft -= take;
  const isEnd = frames.frameLeft === 0;
  frames.isLastPiece = isEnd && frames.frameLength < frameBytesMax;
  endFrame(frames);
  return true;
}

function endFrame(frames: PacketFrames): void {
  if (frames.frameLeft > 0) return;
  frames.headerHave = 0;
  frames.frameLeft = -1;
}

function readHeader(frames: PacketFrames): boolean {
  if (frames.frameLeft >= 0) return true;
  while (frames.headerHave < headerBytes) {
    if (frames.chunkAt === frames.chunk.length) return false;
    frames.header[frames.headerHave++] = frames.chunk[frames.chunkAt++]!;
  }
  frames.frameLeft = frames.frameLength = frames.header.readUIntLE(0, 3);
  frames.sequence = frames.header[3]!;
  return true;
}

function reserveCarry(frames: PacketFrames, bytesMore: number): void {
  const needed = frames.carried + bytesMore;
  const fits = needed <= frames.carry.length;
  const isWasteful = frames.carried === 0 && frames.carry.length > carryBytesKept;
  if (fits && !(isWasteful && needed <= carryBytesKept)) return;
  const grown = Buffer.allocUnsafeSlow(
    fits
      ? carryBytesKept
      : Math.max(needed, Math.min(2 * frames.carry.length, needed + frameBytesMax)),
  );
  frames.carry.copy(grown, 0, 0, frames.carried);
  frames.carry = grown;
  frames.carryView = viewOf(grown);
}

/** One packet to send: `payload` below 16 MiB, starting a command. */
export function framePacket(payload: Buffer): Buffer {
  const packet = Buffer.allocUnsafe(headerBytes + payload.length);
  packet.writeUIntLE(payload.length, 0, 3);
  packet[3] = 0;
  payload.copy(packet, headerBytes);
  return packet;
}

/** The error packet in input[at, end) as mysql2 would show it: number and message. */
export function readErrorPacket(
  input: Buffer,
  at: number,
  end: number,
): {errno: number; sqlMessage: string} {
  const errno = input.readUInt16LE(at + 1);
  const hasState = input[at + 3] === 0x23;
  return {errno, sqlMessage: input.toString('utf8', at + (hasState ? 9 : 3), end)};
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
