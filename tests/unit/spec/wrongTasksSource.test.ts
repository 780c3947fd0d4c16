// Wrong task files, name, keys and source: each is answered with exactly its own field, value, cause and fix.
import test from 'ava';
import {answered} from '../../support/wrongTask.ts';

test(
  answered,
  'no name',
  {name: undefined},
  {where: 'name', observed: null, cause: 'name: is required.', fix: 'Add name; it has no default.'},
);
test(
  answered,
  'a name with capitals',
  {name: 'Shop'},
  {
    where: 'name',
    observed: '"Shop"',
    cause: 'name: must be up to 63 lower-case letters, digits or -, a letter first; it is "Shop".',
    fix: 'Change name: it must be up to 63 lower-case letters, digits or -, a letter first.',
  },
);
test(
  answered,
  'a name with an underline',
  {name: 'shop_to_mc'},
  {
    where: 'name',
    observed: '"shop_to_mc"',
    cause:
      'name: must be up to 63 lower-case letters, digits or -, a letter first; it is "shop_to_mc".',
    fix: 'Change name: it must be up to 63 lower-case letters, digits or -, a letter first.',
  },
);
test(
  answered,
  'a name of 64 letters',
  {name: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'},
  {
    where: 'name',
    observed: '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"',
    cause:
      'name: must be up to 63 lower-case letters, digits or -, a letter first; it is "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".',
    fix: 'Change name: it must be up to 63 lower-case letters, digits or -, a letter first.',
  },
);
test(
  answered,
  'a number as name',
  {name: 42},
  {
    where: 'name',
    observed: '42',
    cause: 'name: must be a text; it is 42.',
    fix: 'Change name: it must be a text.',
  },
);
test(
  answered,
  'a misspelt section',
  {sorce: {host: 'db'}},
  {
    code: 'SYNC1002',
    where: 'sorce',
    observed: null,
    cause: 'sorce is not a setting of a task.',
    fix: 'Write source instead of sorce; docs/spec.md lists every setting.',
  },
);
test(
  answered,
  'a section with a capital',
  {Target: {}},
  {
    code: 'SYNC1002',
    where: 'Target',
    observed: null,
    cause: 'Target is not a setting of a task.',
    fix: 'Write target instead of Target; docs/spec.md lists every setting.',
  },
);
test(
  answered,
  'a setting in snake case',
  {conflicting_tables: 'adopt'},
  {
    code: 'SYNC1002',
    where: 'conflicting_tables',
    observed: null,
    cause: 'conflicting_tables is not a setting of a task.',
    fix: 'Write conflictingTables instead of conflicting_tables; docs/spec.md lists every setting.',
  },
);
test(
  answered,
  'the password under its usual name',
  {password: 'hidden-value'},
  {
    code: 'SYNC1002',
    where: 'password',
    observed: null,
    cause: 'password is not a setting of a task.',
    fix: 'Write sourcePassword instead of password; docs/spec.md lists every setting.',
  },
);
test(
  answered,
  'the password beside the user',
  {'source.password': 'hidden-value'},
  {
    code: 'SYNC1002',
    where: 'source.password',
    observed: null,
    cause: 'source.password is not a setting of a task.',
    fix: 'Write sourcePassword instead of source.password; docs/spec.md lists every setting.',
  },
);
test(
  answered,
  'the secret beside its id',
  {'target.accessKeySecret': 'hidden-value'},
  {
    code: 'SYNC1002',
    where: 'target.accessKeySecret',
    observed: null,
    cause: 'target.accessKeySecret is not a setting of a task.',
    fix: 'Write targetAccessKeySecret instead of target.accessKeySecret; docs/spec.md lists every setting.',
  },
);
test(
  answered,
  'a user name under another word',
  {'source.username': 'root'},
  {
    code: 'SYNC1002',
    where: 'source.username',
    observed: null,
    cause: 'source.username is not a setting of a task.',
    fix: 'Write source.user instead of source.username; docs/spec.md lists every setting.',
  },
);
test(
  answered,
  'TLS under its old name',
  {'source.ssl': true},
  {
    code: 'SYNC1002',
    where: 'source.ssl',
    observed: null,
    cause: 'source.ssl is not a setting of a task.',
    fix: 'Write source.tls instead of source.ssl; docs/spec.md lists every setting.',
  },
);
test(
  answered,
  'a setting that nobody has',
  {colour: 'blue'},
  {
    code: 'SYNC1002',
    where: 'colour',
    observed: null,
    cause: 'colour is not a setting of a task.',
    fix: 'Remove colour, or correct its spelling; docs/spec.md lists every setting.',
  },
);
test(
  answered,
  'no host',
  {source: {user: 'u'}},
  {
    where: 'source.host',
    observed: null,
    cause: 'source.host: is required.',
    fix: 'Add source.host; it has no default.',
  },
);
test(
  answered,
  'a host with its port',
  {'source.host': 'db.internal:3306'},
  {
    where: 'source.host',
    observed: '"db.internal:3306"',
    cause: 'source.host: holds a port; it is "db.internal:3306".',
    fix: "Write source.host: 'db.internal' and source.port: 3306.",
  },
);
test(
  answered,
  'a connection address as host',
  {'source.host': 'mysql://root:hidden-value@db/shop'},
  {
    where: 'source.host',
    observed: '"mysql://…@db/shop"',
    cause: 'source.host: is the address of a connection, not of a host; it is "mysql://…@db/shop".',
    fix: 'Write the name or address of the server alone as source.host.',
  },
);
test(
  answered,
  'a host of two words',
  {'source.host': 'my host'},
  {
    where: 'source.host',
    observed: '"my host"',
    cause: 'source.host: is no host name; it is "my host".',
    fix: 'Write the name or address of the server alone as source.host.',
  },
);
test(
  answered,
  'an empty host',
  {'source.host': ''},
  {
    where: 'source.host',
    observed: '""',
    cause: 'source.host: must not be empty; it is "".',
    fix: 'Write the name or address of the server alone as source.host.',
  },
);
test(
  answered,
  'a port in quotes',
  {'source.port': '3306'},
  {
    where: 'source.port',
    observed: '"3306"',
    cause: 'source.port: must be a number; it is "3306".',
    fix: 'Write source.port: 3306, without quotes.',
  },
);
test(
  answered,
  'port 0',
  {'source.port': 0},
  {
    where: 'source.port',
    observed: '0',
    cause: 'source.port: must be at least 1; it is 0.',
    fix: 'Change source.port: it must be at least 1.',
  },
);
test(
  answered,
  'a port above 65535',
  {'source.port': 70000},
  {
    where: 'source.port',
    observed: '70000',
    cause: 'source.port: must be at most 65535; it is 70000.',
    fix: 'Change source.port: it must be at most 65535.',
  },
);
test(
  answered,
  'a port with a fraction',
  {'source.port': 3306.5},
  {
    where: 'source.port',
    observed: '3306.5',
    cause: 'source.port: must be a whole number; it is 3306.5.',
    fix: 'Change source.port: it must be a whole number.',
  },
);
test(
  answered,
  'a source that is a text',
  {source: 'db:3306'},
  {
    where: 'source',
    observed: '"db:3306"',
    cause: 'source: must be an object; it is "db:3306".',
    fix: 'Change source: it must be an object.',
  },
);
test(
  answered,
  'a user of 33 letters',
  {'source.user': 'uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu'},
  {
    where: 'source.user',
    observed: '"uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu"',
    cause:
      'source.user: must have at most 32 characters; it is "uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu".',
    fix: 'Change source.user: it must have at most 32 characters.',
  },
);
test(
  answered,
  'server id 0',
  {'source.serverId': 0},
  {
    where: 'source.serverId',
    observed: '0',
    cause: 'source.serverId: must be at least 1; it is 0.',
    fix: 'Change source.serverId: it must be at least 1.',
  },
);
test(
  answered,
  'a server id beyond 32 bits',
  {'source.serverId': 4294967296},
  {
    where: 'source.serverId',
    observed: '4294967296',
    cause: 'source.serverId: must be at most 4294967295; it is 4294967296.',
    fix: 'Change source.serverId: it must be at most 4294967295.',
  },
);
test(
  answered,
  'further hosts as one text',
  {'source.hosts': 'b:3306,c:3306'},
  {
    where: 'source.hosts',
    observed: '"b:3306,c:3306"',
    cause: 'source.hosts: must be a list; it is "b:3306,c:3306".',
    fix: 'Write source.hosts as a list: ["b:3306","c:3306"].',
  },
);
test(
  answered,
  'a further host with a port beyond TCP',
  {'source.hosts': ['b:99999']},
  {
    where: 'source.hosts[0]',
    observed: '"b:99999"',
    cause: 'source.hosts[0]: must have a port of at most 65535; it is "b:99999".',
    fix: 'Change source.hosts[0]: it must have a port of at most 65535.',
  },
);
test(
  answered,
  'a source zone that is none',
  {'source.timeZone': 'Bejing'},
  {
    where: 'source.timeZone',
    observed: '"Bejing"',
    cause:
      'source.timeZone: must be an IANA time zone such as Asia/Shanghai, or ±hh:mm; it is "Bejing".',
    fix: 'Change source.timeZone: it must be an IANA time zone such as Asia/Shanghai, or ±hh:mm.',
  },
);
