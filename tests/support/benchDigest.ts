// The records of some rows of the benchmark's table by both paths, as one digest. As a program it prints that.
import {createHash} from 'node:crypto';
import {createCounters, logTranscoder} from '../../runtime/codec/logTranscoder.ts';
import {createRecordBuffer, sealRecords} from '../../runtime/codec/recordBuffer.ts';
import {snapshotTranscoder} from '../../runtime/codec/snapshotTranscoder.ts';
import {benchMap, benchPlan, image, lay, packet} from './benchTable.ts';

export function benchDigest(): string {
  const counters = createCounters(benchPlan);
  const out = createRecordBuffer(1024);
  const images = lay(image, 200);
  const toLog = logTranscoder(benchPlan, benchMap);
  toLog(images.input, images.view, 0, images.input.length, 'insert', 1, 1, out, counters);
  const packets = lay(packet, 200);
  const toBase = snapshotTranscoder(benchPlan);
  let at = 0;
  for (const end of packets.ends) {
    toBase(packets.input, packets.view, at, end, out, counters);
    at = end;
  }
  return createHash('sha256').update(sealRecords(out)).digest('hex');
}

if (import.meta.main) console.log(benchDigest());
