// Wrong task files, TLS, load, secrets and target: each is answered with exactly its own field, value, cause and fix.
import test from 'ava';
import {answered} from '../../support/wrongTask.ts';

test(
  answered,
  'TLS as a switch',
  {'source.tls': true},
  {
    where: 'source.tls',
    observed: 'true',
    cause: 'source.tls: must be an object; it is true.',
    fix: 'Change source.tls: it must be an object.',
  },
);
test(
  answered,
  'a TLS mode in capitals',
  {'source.tls': {mode: 'REQUIRED'}},
  {
    where: 'source.tls.mode',
    observed: '"REQUIRED"',
    cause:
      'source.tls.mode: must be one of preferred, disabled, required, verify-ca, verify-identity; it is "REQUIRED".',
    fix: "Write source.tls.mode: 'required'.",
  },
);
test(
  answered,
  'a TLS mode of another tool',
  {'source.tls': {mode: 'verify_identity'}},
  {
    where: 'source.tls.mode',
    observed: '"verify_identity"',
    cause:
      'source.tls.mode: must be one of preferred, disabled, required, verify-ca, verify-identity; it is "verify_identity".',
    fix: "Write source.tls.mode: 'verify-identity'.",
  },
);
test(
  answered,
  'a certificate authority as a path',
  {'source.tls': {ca: '/etc/ssl/ca.pem'}},
  {
    where: 'source.tls.ca',
    observed: '"/etc/ssl/ca.pem"',
    cause: 'source.tls.ca: must be the text of a PEM file, not its path; it is "/etc/ssl/ca.pem".',
    fix: 'Change source.tls.ca: it must be the text of a PEM file, not its path.',
  },
);
test(
  answered,
  'a client certificate without its key',
  {'source.tls': {certificate: '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----'}},
  {
    where: 'sourceTlsKey',
    observed: null,
    cause: 'sourceTlsKey: is required with source.tls.certificate.',
    fix: 'Add sourceTlsKey: {"env": "NAME"}.',
  },
);
test(
  answered,
  'a client key without its certificate',
  {sourceTlsKey: {env: 'KEY'}},
  {
    where: 'source.tls.certificate',
    observed: null,
    cause: 'source.tls.certificate: is required with sourceTlsKey.',
    fix: 'Add source.tls.certificate, or remove sourceTlsKey.',
  },
);
test(
  answered,
  'certificates with TLS disabled',
  {
    'source.tls': {
      mode: 'disabled',
      ca: '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----',
    },
  },
  {
    where: 'source.tls.mode',
    observed: '"disabled"',
    cause: 'source.tls.mode: is disabled, and certificates are given; it is "disabled".',
    fix: "Write source.tls.mode: 'verify-identity', or remove the certificates.",
  },
);
test(
  answered,
  'a load query with two statements',
  {'source.load': {query: 'SELECT 1; DROP TABLE x'}},
  {
    where: 'source.load.query',
    observed: '"SELECT 1; DROP TABLE x"',
    cause:
      'source.load.query: must be one SELECT statement without a semicolon; it is "SELECT 1; DROP TABLE x".',
    fix: 'Change source.load.query: it must be one SELECT statement without a semicolon.',
  },
);
test(
  answered,
  'a load query that is no SELECT',
  {'source.load': {query: 'DELETE FROM x'}},
  {
    where: 'source.load.query',
    observed: '"DELETE FROM x"',
    cause:
      'source.load.query: must be one SELECT statement without a semicolon; it is "DELETE FROM x".',
    fix: 'Change source.load.query: it must be one SELECT statement without a semicolon.',
  },
);
test(
  answered,
  'no threads that may run',
  {'source.load': {threadsRunningMax: 0}},
  {
    where: 'source.load.threadsRunningMax',
    observed: '0',
    cause: 'source.load.threadsRunningMax: must be at least 1; it is 0.',
    fix: 'Change source.load.threadsRunningMax: it must be at least 1.',
  },
);
test(
  answered,
  'an empty password',
  {sourcePassword: ''},
  {
    where: 'sourcePassword',
    observed: null,
    cause: 'sourcePassword: must not be empty.',
    fix: 'Change sourcePassword: it must not be empty.',
  },
);
test(
  answered,
  'a number as password',
  {sourcePassword: 123456},
  {
    where: 'sourcePassword',
    observed: null,
    cause: 'sourcePassword: must be a text or {"env": "NAME"}.',
    fix: 'Change sourcePassword: it must be a text or {"env": "NAME"}.',
  },
);
test(
  answered,
  'a variable that is no name',
  {sourcePassword: {env: 'DB PASSWORD'}},
  {
    where: 'sourcePassword.env',
    observed: null,
    cause: 'sourcePassword.env: must be the name of an environment variable.',
    fix: 'Change sourcePassword.env: it must be the name of an environment variable.',
  },
);
test(
  answered,
  'a shell variable as password',
  {sourcePassword: '${DB_PASSWORD}'},
  {
    where: 'sourcePassword',
    observed: null,
    cause: 'sourcePassword: is written as a shell variable; write {"env": "NAME"}.',
    fix: 'Change sourcePassword; docs/spec.md lists every setting with its range.',
  },
);
test(
  answered,
  'an endpoint without scheme',
  {'target.endpoint': 'service.cn-shanghai.maxcompute.aliyun.com/api'},
  {
    where: 'target.endpoint',
    observed: '"service.cn-shanghai.maxcompute.aliyun.com/api"',
    cause:
      'target.endpoint: must be an http:// or https:// address; it is "service.cn-shanghai.maxcompute.aliyun.com/api".',
    fix: 'Change target.endpoint: it must be an http:// or https:// address.',
  },
);
test(
  answered,
  'an endpoint of another protocol',
  {'target.endpoint': 'ftp://h/api'},
  {
    where: 'target.endpoint',
    observed: '"ftp://h/api"',
    cause: 'target.endpoint: must be an http:// or https:// address; it is "ftp://h/api".',
    fix: 'Change target.endpoint: it must be an http:// or https:// address.',
  },
);
test(
  answered,
  'an endpoint with credentials',
  {'target.endpoint': 'http://id:hidden-value@h/api'},
  {
    where: 'target.endpoint',
    observed: '"http://…@h/api"',
    cause:
      'target.endpoint: must not hold credentials, which are target.accessKeyId and targetAccessKeySecret; it is "http://…@h/api".',
    fix: 'Change target.endpoint: it must not hold credentials, which are target.accessKeyId and targetAccessKeySecret.',
  },
);
test(
  answered,
  'an endpoint with a query',
  {'target.endpoint': 'http://h/api?project=x'},
  {
    where: 'target.endpoint',
    observed: '"http://h/api?project=x"',
    cause: 'target.endpoint: must not have a ? or # part; it is "http://h/api?project=x".',
    fix: 'Change target.endpoint: it must not have a ? or # part.',
  },
);
test(
  answered,
  'a tunnel endpoint that is a host',
  {'target.tunnelEndpoint': 'dt.cn-shanghai.maxcompute.aliyun.com'},
  {
    where: 'target.tunnelEndpoint',
    observed: '"dt.cn-shanghai.maxcompute.aliyun.com"',
    cause:
      'target.tunnelEndpoint: must be an http:// or https:// address; it is "dt.cn-shanghai.maxcompute.aliyun.com".',
    fix: 'Change target.tunnelEndpoint: it must be an http:// or https:// address.',
  },
);
test(
  answered,
  'a project with a hyphen',
  {'target.project': 'my-project'},
  {
    where: 'target.project',
    observed: '"my-project"',
    cause:
      'target.project: must be 3 to 28 letters, digits or _, a letter first; it is "my-project".',
    fix: 'Change target.project: it must be 3 to 28 letters, digits or _, a letter first.',
  },
);
test(
  answered,
  'a project of one letter',
  {'target.project': 'p'},
  {
    where: 'target.project',
    observed: '"p"',
    cause: 'target.project: must be 3 to 28 letters, digits or _, a letter first; it is "p".',
    fix: 'Change target.project: it must be 3 to 28 letters, digits or _, a letter first.',
  },
);
test(
  answered,
  'a schema with a dot',
  {'target.schema': 'a.b'},
  {
    where: 'target.schema',
    observed: '"a.b"',
    cause: 'target.schema: must be letters, digits or _, a letter first; it is "a.b".',
    fix: 'Change target.schema: it must be letters, digits or _, a letter first.',
  },
);
test(
  answered,
  'a region that is a city',
  {'target.region': 'Shanghai'},
  {
    where: 'target.region',
    observed: '"Shanghai"',
    cause: 'target.region: must be a region id such as cn-shanghai; it is "Shanghai".',
    fix: 'Change target.region: it must be a region id such as cn-shanghai.',
  },
);
test(
  answered,
  'an empty quota',
  {'target.quota': ''},
  {
    where: 'target.quota',
    observed: '""',
    cause: 'target.quota: must not be empty; it is "".',
    fix: 'Change target.quota: it must not be empty.',
  },
);
test(
  answered,
  'an access key without its id',
  {target: {endpoint: 'http://h/api', project: 'local'}},
  {
    where: 'target.accessKeyId',
    observed: null,
    cause: "target.accessKeyId: is needed with credentials 'access-key'.",
    fix: 'Add target.accessKeyId, or choose another target.credentials.',
  },
);
test(
  answered,
  'an access key without its secret',
  {targetAccessKeySecret: undefined},
  {
    where: 'targetAccessKeySecret',
    observed: null,
    cause: 'targetAccessKeySecret: is required with target.accessKeyId.',
    fix: 'Add targetAccessKeySecret: {"env": "NAME"}.',
  },
);
test(
  answered,
  'credentials of another tool',
  {'target.credentials': 'sts'},
  {
    where: 'target.credentials',
    observed: '"sts"',
    cause: 'target.credentials: must be one of access-key, ram-role, environment; it is "sts".',
    fix: 'Change target.credentials: it must be one of access-key, ram-role, environment.',
  },
);
