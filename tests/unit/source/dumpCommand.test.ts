import test from 'ava';
import {dumpCommand, dumpOffset, dumpSessionSql} from '../../../runtime/source/dumpCommand.ts';

const place = {
  epoch: 1,
  serverUuid: '',
  gtidSet: '',
  file: 'binlog.000007',
  offset: 1234,
  fingerprint: null,
};
const mysql = {isMariadb: false};
const GiB = 1024 ** 3;

test('a dump by file starts at its offset', t => {
  const command = dumpCommand(mysql, place, 9, true);
  t.is(command[0], 0x12);
  t.is(command.readUInt32LE(1), 1234);
  t.is(command.readUInt16LE(5), 1);
  t.is(command.toString('latin1', 11), 'binlog.000007');
});

test('a place beyond what the command can say is read to from the start of its file', t => {
  const far = {...place, offset: 5 * GiB};
  t.is(dumpOffset(far), 4);
  t.is(dumpCommand(mysql, far, 9, false).readUInt32LE(1), 4);
  t.is(dumpOffset({...place, offset: 4 * GiB - 1}), 4 * GiB - 1);
});

test('with a set the server finds the place, however far it is', t => {
  const gtidSet = '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5';
  const far = {...place, gtidSet, offset: 5 * GiB};
  t.is(dumpOffset(far), 5 * GiB);
  const command = dumpCommand(mysql, far, 9, false);
  t.is(command[0], 0x1e);
  t.is(command.readUInt32LE(19), command.length - 23);
});

test('MariaDB is told the last transaction of each domain, and its command says nothing', t => {
  const far = {...place, gtidSet: '0-1-100,0-2-150,7-1-3'};
  const command = dumpCommand({isMariadb: true}, far, 9, false);
  t.is(command[0], 0x12);
  t.is(command.readUInt32LE(1), 4);
  t.is(command.length, 11);
  const dump = {position: far, serverId: 9, replicaName: 'shop', heartbeatSeconds: 2};
  const said = dumpSessionSql({isMariadb: true}, dump).join(';');
  t.true(said.includes("@slave_connect_state = '0-2-150,7-1-3'"), said);
  t.true(said.includes('@mariadb_slave_capability = 4'));
});
