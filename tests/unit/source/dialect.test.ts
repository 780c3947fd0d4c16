import test from 'ava';
import {dialectOf, statementLimit, toVersionNumber} from '../../../runtime/source/dialect.ts';

test('a server is known by its greeting, whatever stands before its version', t => {
  t.like(dialectOf('5.5.5-10.11.18-MariaDB-0+deb12u1-log'), {
    isMariadb: true,
    versionNumber: 101118,
    binlogStatusSql: 'SHOW MASTER STATUS',
  });
  t.like(dialectOf('11.8.9-MariaDB'), {isMariadb: true, versionNumber: 110809});
  t.like(dialectOf('9.7.4'), {
    isMariadb: false,
    versionNumber: 90704,
    waitsForGtids: true,
    binlogStatusSql: 'SHOW BINARY LOG STATUS',
    replicaStatusSql: 'SHOW REPLICA STATUS',
  });
  t.like(dialectOf('5.6.24-log'), {
    waitsForGtids: false,
    binlogStatusSql: 'SHOW MASTER STATUS',
    replicaStatusSql: 'SHOW SLAVE STATUS',
  });
  t.is(toVersionNumber('unknown'), 0);
});

test('a bound on statements is said in the words of both, each inside a comment of its own', t => {
  t.is(
    statementLimit(1500),
    '/*!50708 , SESSION max_execution_time = 1500 */' +
      '/*M!100101 , SESSION max_statement_time = 1.5 */',
  );
});
