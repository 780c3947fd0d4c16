// The end of every record: END_RECORD and the record's checksum (protocol section 14.1).
import {countRecord, type RecordBuffer} from './recordBuffer.ts';

/** Key bytes 80 c0 ff 7f of END_RECORD as one little-endian word. */
const endTag = 0x7fffc080;

/** Closes the record that ends at `o`. Room for its nine bytes must be there. */
export function finishRecord(out: RecordBuffer, o: number, crc: number): void {
  out.view.setInt32(o, endTag, true);
  o += 4;
  const {bytes} = out;
  let rest = crc;
  while ((rest & -128) !== 0) {
    bytes[o++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[o++] = rest;
  out.length = o;
  countRecord(out, crc);
}
