// Wrong task files, phases, names, partitions and the two phases: each is answered with exactly its own field, value, cause and fix.
import test from 'ava';
import {answered} from '../../support/wrongTask.ts';

test(
  answered,
  'one phase as a text',
  {phases: 'full'},
  {
    where: 'phases',
    observed: '"full"',
    cause: 'phases: must be a list; it is "full".',
    fix: 'Write phases as a list: ["full"].',
  },
);
test(
  answered,
  'no phase',
  {phases: []},
  {
    where: 'phases',
    observed: 'an empty list',
    cause: 'phases: must have at least 1 entry; it is an empty list.',
    fix: 'Change phases: it must have at least 1 entry.',
  },
);
test(
  answered,
  'a phase named twice',
  {phases: ['full', 'full']},
  {
    where: 'phases',
    observed: 'a list',
    cause: 'phases: must not name a phase twice; it is a list.',
    fix: 'Change phases: it must not name a phase twice.',
  },
);
test(
  answered,
  'a phase of another name',
  {phases: ['snapshot']},
  {
    where: 'phases[0]',
    observed: '"snapshot"',
    cause: 'phases[0]: must be one of schema, full, incremental; it is "snapshot".',
    fix: 'Change phases[0]: it must be one of schema, full, incremental.',
  },
);
test(
  answered,
  'a throttle of a phase that does not run',
  {phases: ['schema', 'incremental'], full: {throttle: {rowsPerSecond: 5}}},
  {
    where: 'full.throttle',
    observed: 'an object',
    cause: 'full.throttle: belongs to the phase full, which phases leaves out; it is an object.',
    fix: "Remove full.throttle, or add 'full' to phases.",
  },
);
test(
  answered,
  'types of a later version',
  {types: 'v3'},
  {
    where: 'types',
    observed: '"v3"',
    cause: 'types: must be one of v2, v1; it is "v3".',
    fix: "Write types: 'v2'.",
  },
);
test(
  answered,
  'a naming rule with a capital',
  {naming: {additionalColumns: 'New'}},
  {
    where: 'naming.additionalColumns',
    observed: '"New"',
    cause: 'naming.additionalColumns: must be one of new, previous; it is "New".',
    fix: "Write naming.additionalColumns: 'new'.",
  },
);
test(
  answered,
  'a case policy of the old service',
  {naming: {case: 'dest_lower'}},
  {
    where: 'naming.case',
    observed: '"dest_lower"',
    cause: 'naming.case: must be one of default, source, lower, upper; it is "dest_lower".',
    fix: 'Change naming.case: it must be one of default, source, lower, upper.',
  },
);
test(
  answered,
  'partitions from fine to coarse',
  {log: {partitionBy: ['hour', 'day']}},
  {
    where: 'log.partitionBy',
    observed: 'a list',
    cause:
      'log.partitionBy: must be a leading run of year, month, day, hour, minute: none left out, none twice; it is a list.',
    fix: 'Change log.partitionBy: it must be a leading run of year, month, day, hour, minute: none left out, none twice.',
  },
);
test(
  answered,
  'partitions with a gap',
  {log: {partitionBy: ['year', 'day']}},
  {
    where: 'log.partitionBy',
    observed: 'a list',
    cause:
      'log.partitionBy: must be a leading run of year, month, day, hour, minute: none left out, none twice; it is a list.',
    fix: 'Change log.partitionBy: it must be a leading run of year, month, day, hour, minute: none left out, none twice.',
  },
);
test(
  answered,
  'partitions as one text',
  {log: {partitionBy: 'day'}},
  {
    where: 'log.partitionBy',
    observed: '"day"',
    cause: 'log.partitionBy: must be a list; it is "day".',
    fix: 'Write log.partitionBy as a list: ["day"].',
  },
);
test(
  answered,
  'a partition by weeks',
  {log: {partitionBy: ['week']}},
  {
    where: 'log.partitionBy[0]',
    observed: '"week"',
    cause: 'log.partitionBy[0]: must be one of year, month, day, hour, minute; it is "week".',
    fix: 'Change log.partitionBy[0]: it must be one of year, month, day, hour, minute.',
  },
);
test(
  answered,
  'a zone that is a city without its continent',
  {log: {timeZone: 'Beijing'}},
  {
    where: 'log.timeZone',
    observed: '"Beijing"',
    cause: 'log.timeZone: must be an IANA time zone such as Asia/Shanghai; it is "Beijing".',
    fix: 'Change log.timeZone: it must be an IANA time zone such as Asia/Shanghai.',
  },
);
test(
  answered,
  'an offset as zone of partitions',
  {log: {timeZone: '+08:00'}},
  {
    where: 'log.timeZone',
    observed: '"+08:00"',
    cause: 'log.timeZone: must be an IANA time zone such as Asia/Shanghai; it is "+08:00".',
    fix: 'Change log.timeZone: it must be an IANA time zone such as Asia/Shanghai.',
  },
);
test(
  answered,
  'a lifecycle of no days',
  {log: {lifecycleDays: 0}},
  {
    where: 'log.lifecycleDays',
    observed: '0',
    cause: 'log.lifecycleDays: must be at least 1; it is 0.',
    fix: 'Change log.lifecycleDays: it must be at least 1.',
  },
);
test(
  answered,
  'a lifecycle with its unit',
  {log: {lifecycleDays: '30 days'}},
  {
    where: 'log.lifecycleDays',
    observed: '"30 days"',
    cause: 'log.lifecycleDays: must be a number; it is "30 days".',
    fix: 'Write log.lifecycleDays as a number alone: its unit is the one in its name.',
  },
);
test(
  answered,
  'a lifecycle of a log without partitions',
  {log: {partitionBy: [], lifecycleDays: 30}},
  {
    where: 'log.lifecycleDays',
    observed: '30',
    cause:
      'log.lifecycleDays: would drop the whole `_log` table, which has no partitions; it is 30.',
    fix: 'Remove log.lifecycleDays, or partition by year, month and day.',
  },
);
test(
  answered,
  'a conflict policy of another tool',
  {conflictingTables: 'overwrite'},
  {
    where: 'conflictingTables',
    observed: '"overwrite"',
    cause: 'conflictingTables: must be one of report, ignore, adopt; it is "overwrite".',
    fix: 'Change conflictingTables: it must be one of report, ignore, adopt.',
  },
);
test(
  answered,
  'no worker',
  {full: {workers: 0}},
  {
    where: 'full.workers',
    observed: '0',
    cause: 'full.workers: must be at least 1; it is 0.',
    fix: 'Change full.workers: it must be at least 1.',
  },
);
test(
  answered,
  'a hundred workers',
  {full: {workers: 100}},
  {
    where: 'full.workers',
    observed: '100',
    cause: 'full.workers: must be at most 64; it is 100.',
    fix: 'Change full.workers: it must be at most 64.',
  },
);
test(
  answered,
  'a throttle below zero',
  {full: {throttle: {rowsPerSecond: -1}}},
  {
    where: 'full.throttle.rowsPerSecond',
    observed: '-1',
    cause: 'full.throttle.rowsPerSecond: must be above 0; it is -1.',
    fix: 'Change full.throttle.rowsPerSecond: it must be above 0.',
  },
);
test(
  answered,
  'a throttle with its unit',
  {full: {throttle: {mebibytesPerSecond: '10MB/s'}}},
  {
    where: 'full.throttle.mebibytesPerSecond',
    observed: '"10MB/s"',
    cause: 'full.throttle.mebibytesPerSecond: must be a number; it is "10MB/s".',
    fix: 'Write full.throttle.mebibytesPerSecond as a number alone: its unit is the one in its name.',
  },
);
test(
  answered,
  'a throttle of queries while following',
  {incremental: {throttle: {queriesPerSecond: 100}}},
  {
    code: 'SYNC1002',
    where: 'incremental.throttle.queriesPerSecond',
    observed: null,
    cause: 'incremental.throttle.queriesPerSecond is not a setting of a task.',
    fix: 'Write full.throttle.queriesPerSecond instead of incremental.throttle.queriesPerSecond; docs/spec.md lists every setting.',
  },
);
test(
  answered,
  'a commit interval with its unit',
  {incremental: {commitSeconds: '10s'}},
  {
    where: 'incremental.commitSeconds',
    observed: '"10s"',
    cause: 'incremental.commitSeconds: must be a number; it is "10s".',
    fix: 'Write incremental.commitSeconds as a number alone: its unit is the one in its name.',
  },
);
test(
  answered,
  'a commit interval of nothing',
  {incremental: {commitSeconds: 0}},
  {
    where: 'incremental.commitSeconds',
    observed: '0',
    cause: 'incremental.commitSeconds: must be above 0; it is 0.',
    fix: 'Change incremental.commitSeconds: it must be above 0.',
  },
);
test(
  answered,
  'a commit of 5 GiB',
  {incremental: {commitMebibytes: 5000}},
  {
    where: 'incremental.commitMebibytes',
    observed: '5000',
    cause: 'incremental.commitMebibytes: must be at most 1024; it is 5000.',
    fix: 'Change incremental.commitMebibytes: it must be at most 1024.',
  },
);
test(
  answered,
  'a delivery of another tool',
  {incremental: {delivery: 'at-least-once'}},
  {
    where: 'incremental.delivery',
    observed: '"at-least-once"',
    cause: 'incremental.delivery: must be one of exactly-once, low-latency; it is "at-least-once".',
    fix: 'Change incremental.delivery: it must be one of exactly-once, low-latency.',
  },
);
test(
  answered,
  'a heartbeat in words',
  {incremental: {heartbeat: 'yes', heartbeatTable: 'ops.beat'}},
  {
    where: 'incremental.heartbeat',
    observed: '"yes"',
    cause: 'incremental.heartbeat: must be true or false; it is "yes".',
    fix: 'Write incremental.heartbeat: true, without quotes.',
  },
);
test(
  answered,
  'a heartbeat table without heartbeat',
  {incremental: {heartbeatTable: 'ops.beat'}},
  {
    where: 'incremental.heartbeatTable',
    observed: '"ops.beat"',
    cause:
      'incremental.heartbeatTable: has no effect without incremental.heartbeat: true; it is "ops.beat".',
    fix: 'Add incremental.heartbeat: true, or remove the table.',
  },
);
test(
  answered,
  'a heartbeat table without database',
  {incremental: {heartbeat: true, heartbeatTable: 'beat'}},
  {
    where: 'incremental.heartbeatTable',
    observed: '"beat"',
    cause: 'incremental.heartbeatTable: must read database.table; it is "beat".',
    fix: 'Change incremental.heartbeatTable: it must read database.table.',
  },
);
test(
  answered,
  'tables of production that a delete would drop, said once',
  {environment: 'production', onDelete: {targetTables: 'drop'}},
  {
    where: 'onDelete.targetTables',
    observed: '"drop"',
    cause:
      'onDelete.targetTables: drops the tables of environment \'production\' and is said once; it is "drop".',
    fix: "Choose 'keep', or add onDelete.inProduction: true.",
  },
);
