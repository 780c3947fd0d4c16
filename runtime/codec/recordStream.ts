// Record streams, the bodies of the tunnel: what is where. Format: protocol section 14.
// recordReader.ts takes a stream apart into column sinks, piece by piece; recordCells.ts reads each type's cells;
// recordValues.ts and recordWriter.ts go to and from JavaScript values; recordBuffer.ts is what transcoders write to.
export {
  createRecordReader,
  isStreamRefusal,
  type RecordColumn,
  type RecordReader,
} from './recordReader.ts';
export {readRecords, type Moment, type RecordRows, type RecordValue} from './recordValues.ts';
export {createRecordWriter, writeRecords, type RecordWriter} from './recordWriter.ts';
