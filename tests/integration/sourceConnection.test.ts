// Connections to a real server: what they read, how each refusal is named, TLS in every mode.
import {readFileSync} from 'node:fs';
import net from 'node:net';
import {randomBytes} from 'node:crypto';
import test, {type ExecutionContext} from 'ava';
import {SourceConnection, type TlsMode} from '../../runtime/source/connection.ts';
import {connectTo, createDatabase, startPrivateServer, testServer} from '../support/mysql.ts';
import {codeOf, connect, optionsOf, signalOf} from '../support/source.ts';

const certificate = (name: string) =>
  readFileSync(new URL(`../vectors/tls/${name}`, import.meta.url), 'utf8');

/** A user of its own with the attributes given; dropped when `t` ends. */
async function createUser(t: ExecutionContext, attributes: string): Promise<string> {
  const server = await testServer();
  const admin = await connectTo(server);
  const name = `u_${randomBytes(4).toString('hex')}`;
  await admin.query(`CREATE USER '${name}'@'%' IDENTIFIED BY 'Secret-of-${name}' ${attributes}`);
  t.teardown(async () => {
    await admin.query(`DROP USER '${name}'@'%'`);
    admin.destroy();
  });
  return name;
}

test('numbers that JavaScript cannot hold, decimals and times come as text', async t => {
  const connection = await connect(t, optionsOf(await testServer()));
  const row = await connection.queryOne(
    "SELECT 12 a, 18446744073709551615 b, 1.50 c, TIMESTAMP'2020-01-02 03:04:05.000006' d, NULL e, 'é€😀' f, ? g",
    ["quote ' and \\ back"],
  );
  t.deepEqual(row, {
    a: 12,
    b: '18446744073709551615',
    c: '1.50',
    d: '2020-01-02 03:04:05.000006',
    e: null,
    f: 'é€😀',
    g: "quote ' and \\ back",
  });
});

test('the session reads in UTC and UTF-8, in a repeatable read, and never waits long for a lock', async t => {
  const connection = await connect(t, optionsOf(await testServer()));
  const row = await connection.queryOne(
    'SELECT @@time_zone z, @@character_set_results c, @@sql_mode m, @@transaction_isolation i, @@lock_wait_timeout l, ' +
      '@@net_write_timeout >= 3600 w, @@local_infile IS NOT NULL n',
  );
  t.like(row, {z: '+00:00', c: 'utf8mb4', m: '', i: 'REPEATABLE-READ', l: 5, w: 1});
});

test('a wrong password is a mistake, and is in no part of the error', async t => {
  const server = await testServer();
  const password = 'Very-Secret-42';
  const error = await t.throwsAsync(
    SourceConnection.open(optionsOf(server, {user: 'nobody', password}), signalOf(t)),
  );
  t.like(error, {code: 'SYNC2001', kind: 'mistake'});
  const shown = [error?.stack, JSON.stringify(error), String((error?.cause as Error)?.stack)];
  t.false(shown.join('\n').includes(password));
});

test('a port that nobody listens on is trouble, a name without an address a mistake', async t => {
  const server = await testServer();
  const free = await new Promise<number>(resolve => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const {port} = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
  const refused = SourceConnection.open(optionsOf(server, {port: free}), signalOf(t));
  t.like(await t.throwsAsync(refused), {code: 'SYNC2003', kind: 'trouble'});
  const unknown = SourceConnection.open(
    optionsOf(server, {host: 'no-such-host.invalid'}),
    signalOf(t),
  );
  t.is(await codeOf(t, unknown), 'SYNC2002');
});

test('a locked account, an expired password and a used-up limit have their own codes', async t => {
  const server = await testServer();
  const open = (user: string) => {
    const options = optionsOf(server, {user, password: `Secret-of-${user}`});
    return SourceConnection.open(options, signalOf(t));
  };
  t.is(await codeOf(t, open(await createUser(t, 'ACCOUNT LOCK'))), 'SYNC2015');
  t.is(await codeOf(t, open(await createUser(t, 'PASSWORD EXPIRE'))), 'SYNC2015');
  const limited = await createUser(t, 'WITH MAX_USER_CONNECTIONS 1');
  await using first = await open(limited);
  t.is(await codeOf(t, open(limited)), 'SYNC2006');
  t.truthy(first);
});

test('missing tables, missing rights, refused and slow statements have their own codes', async t => {
  const database = await createDatabase(t);
  const connection = await connect(t, optionsOf(database.server));
  const name = `\`${database.name}\``;
  t.is(await codeOf(t, connection.query(`SELECT * FROM ${name}.nothing`)), 'SYNC2010');
  t.is(await codeOf(t, connection.query('SELECT FROM WHERE')), 'SYNC2013');
  const slow =
    'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) ' +
    'SELECT /*+ MAX_EXECUTION_TIME(20) */ COUNT(*) FROM n a, n b, n c';
  t.is(await codeOf(t, connection.query(slow)), 'SYNC2005');
  const {syncUser: user, syncPassword: password} = database.server;
  const sync = await connect(t, optionsOf(database.server, {user, password}));
  t.is(await codeOf(t, sync.query(`CREATE TABLE ${name}.x (id INT)`)), 'SYNC2011');
});

test('a lock that another session holds is trouble, after a short wait', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE held (id INT PRIMARY KEY)');
  const holder = await database.connect();
  await holder.query('LOCK TABLES held WRITE');
  const connection = await connect(t, optionsOf(database.server));
  await connection.query('SET SESSION lock_wait_timeout = 1');
  const waiting = connection.query(`LOCK TABLES \`${database.name}\`.held READ`);
  t.like(await t.throwsAsync(waiting), {code: 'SYNC2009', kind: 'trouble'});
  holder.destroy();
});

test('a connection that the server ends is trouble', async t => {
  const server = await testServer();
  const connection = await connect(t, optionsOf(server));
  const {id} = await connection.queryOne<{id: number}>('SELECT CONNECTION_ID() AS id');
  const admin = await connectTo(server);
  const sleeping = t.throwsAsync(connection.query('SELECT SLEEP(60)'));
  await admin.query(`KILL ${id}`);
  admin.destroy();
  t.like(await sleeping, {code: 'SYNC2004', kind: 'trouble'});
});

test('an abort ends a query at once with its own reason', async t => {
  const controller = new AbortController();
  const connection = await SourceConnection.open(optionsOf(await testServer()), controller.signal);
  const reason = new Error('enough');
  const waiting = connection.query('SELECT SLEEP(60)');
  controller.abort(reason);
  t.is(await t.throwsAsync(waiting), reason);
  await t.throwsAsync(SourceConnection.open(optionsOf(await testServer()), controller.signal), {
    is: reason,
  });
});

test('caching_sha2_password works without TLS, by the key of the server', async t => {
  const server = await testServer();
  const user = await createUser(t, '');
  const tls = {mode: 'disabled', ca: null, certificate: null, key: null} as const;
  const options = optionsOf(server, {user, password: `Secret-of-${user}`, tls});
  // The first sign-in sends the password under the server's key, the second meets its cache.
  for (const _ of [1, 2]) {
    await using connection = await SourceConnection.open(options, signalOf(t));
    t.false(connection.encrypted);
  }
});

test('each TLS mode verifies what it says, names and addresses alike', async t => {
  const own = await startPrivateServer(t, {'secure-file-priv': ''});
  const admin = await connectTo(own.server);
  const use = async (name: string) => {
    const folder = randomBytes(4).toString('hex');
    for (const file of ['ca.pem', `${name}.pem`, `${name}.key`])
      await admin.query(`SELECT ? INTO DUMPFILE '${folder}-${file}'`, [certificate(file)]);
    await admin.query(
      `SET GLOBAL ssl_ca = '${folder}-ca.pem', ssl_cert = '${folder}-${name}.pem', ssl_key = '${folder}-${name}.key'`,
    );
    await admin.query('ALTER INSTANCE RELOAD TLS');
  };
  const outcome = async (
    mode: TlsMode,
    host: string,
    ca: string | null = certificate('ca.pem'),
  ) => {
    const tls = {mode, ca, certificate: null, key: null};
    const opened = SourceConnection.open(optionsOf(own.server, {host, tls}), signalOf(t));
    return opened.then(
      async connection => {
        await connection.close();
        return connection.encrypted ? 'encrypted' : 'clear';
      },
      (error: {code: string}) => error.code,
    );
  };
  await use('address');
  t.is(await outcome('disabled', '127.0.0.1'), 'clear');
  t.is(await outcome('preferred', '127.0.0.1', null), 'encrypted');
  t.is(await outcome('required', '127.0.0.1', null), 'encrypted');
  t.is(await outcome('verify-ca', '127.0.0.1', null), 'SYNC2007');
  t.is(await outcome('verify-ca', 'localhost'), 'encrypted');
  t.is(await outcome('verify-identity', '127.0.0.1'), 'encrypted');
  t.is(await outcome('verify-identity', 'localhost'), 'SYNC2007');
  await use('name');
  t.is(await outcome('verify-ca', '127.0.0.1'), 'encrypted');
  t.is(await outcome('verify-identity', '127.0.0.1'), 'SYNC2007');
  t.is(await outcome('verify-identity', 'localhost'), 'encrypted');
  await admin.query("CREATE USER x509 IDENTIFIED BY 'x' REQUIRE X509");
  const tls = {mode: 'verify-ca', ca: certificate('ca.pem'), certificate: null, key: null} as const;
  const withClient = {
    ...tls,
    certificate: certificate('client.pem'),
    key: certificate('client.key'),
  };
  const user = {user: 'x509', password: 'x'};
  const without = SourceConnection.open(optionsOf(own.server, {...user, tls}), signalOf(t));
  t.is(await codeOf(t, without), 'SYNC2001');
  await using known = await SourceConnection.open(
    optionsOf(own.server, {...user, tls: withClient}),
    signalOf(t),
  );
  t.true(known.encrypted);
  admin.destroy();
});

test('a server without TLS is used in clear only when TLS is just preferred', async t => {
  const own = await startPrivateServer(t, {'tls-version': ''});
  const open = (mode: TlsMode) =>
    SourceConnection.open(
      optionsOf(own.server, {tls: {mode, ca: null, certificate: null, key: null}}),
      signalOf(t),
    );
  await using plain = await open('preferred');
  t.false(plain.encrypted);
  for (const mode of ['required', 'verify-ca', 'verify-identity'] as const)
    t.is(await codeOf(t, open(mode)), 'SYNC2008');
});
