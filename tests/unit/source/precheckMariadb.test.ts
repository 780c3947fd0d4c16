import test from 'ava';
import {finding} from '../../../runtime/base/errors.ts';
import {inMariadbWords, judgeCluster} from '../../../runtime/source/precheckMariadb.ts';

test('a node that counts by itself is told, one that shares its count is not', t => {
  const codes = (...set: [string, string][]) =>
    judgeCluster('db:3306', new Map(set)).map(f => f.code);
  t.deepEqual(codes(['wsrep_on', 'ON'], ['wsrep_gtid_mode', 'OFF']), ['SYNC2341']);
  t.deepEqual(codes(['wsrep_on', 'ON'], ['wsrep_gtid_mode', 'ON']), []);
  t.deepEqual(codes(['wsrep_on', 'OFF']), []);
  t.deepEqual(codes(), []);
});

test('a fix is said in words that MariaDB knows', t => {
  const binlog = finding('SYNC2321', {server: 'db:3306', value: 'sync_binlog = 0'});
  t.is(
    inMariadbWords(binlog).fix,
    'SET GLOBAL sync_binlog = 1, GLOBAL innodb_flush_log_at_trx_commit = 1; Put it into the option file too.',
  );
  const off = finding('SYNC2304', {server: 'db:3306'});
  t.is(inMariadbWords(off), off);
});
