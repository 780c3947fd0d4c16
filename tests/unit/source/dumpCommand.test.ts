import test from 'ava';
import {dumpCommand, dumpOffset} from '../../../runtime/source/dumpCommand.ts';

const place = {
  epoch: 1,
  serverUuid: '',
  gtidSet: '',
  file: 'binlog.000007',
  offset: 1234,
  fingerprint: null,
};
const GiB = 1024 ** 3;

test('a dump by file starts at its offset', t => {
  const command = dumpCommand(place, 9, true);
  t.is(command[0], 0x12);
  t.is(command.readUInt32LE(1), 1234);
  t.is(command.readUInt16LE(5), 1);
  t.is(command.toString('latin1', 11), 'binlog.000007');
});

test('a place beyond what the command can say is read to from the start of its file', t => {
  const far = {...place, offset: 5 * GiB};
  t.is(dumpOffset(far), 4);
  t.is(dumpCommand(far, 9, false).readUInt32LE(1), 4);
  t.is(dumpOffset({...place, offset: 4 * GiB - 1}), 4 * GiB - 1);
});

test('with a set the server finds the place, however far it is', t => {
  const gtidSet = '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5';
  const far = {...place, gtidSet, offset: 5 * GiB};
  t.is(dumpOffset(far), 5 * GiB);
  const command = dumpCommand(far, 9, false);
  t.is(command[0], 0x1e);
  t.is(command.readUInt32LE(19), command.length - 23);
});
