// MySQL out of Debian's unstable packages.
import {join} from 'node:path';
import {cacheDir} from './cache.mjs';
import {debianLoader, fetchDebianPackages} from './debianPackages.mjs';

/**
 * The folder with the unpacked packages, brought if need be.
 * @returns {Promise<string>}
 */
export async function fetchDebianMysql() {
  const root = join(cacheDir, 'mysql-sid', 'root');
  await fetchDebianPackages({
    root,
    lock: 'mysql-sid',
    suite: 'sid',
    packages: ['mysql-server-core', 'mysql-client-core', 'libc-bin'],
    proof: 'usr/sbin/mysqld',
    label: 'MySQL as Debian packages (64 MB, once)',
  });
  return root;
}

/**
 * How to start a program of the unpacked packages.
 * @param {string} root
 */
export function debianMysqlCommand(root) {
  const loader = debianLoader(root);
  return {
    /** @param {string} tool */
    command: tool => [
      ...loader,
      join(root, tool === 'mysqld' ? 'usr/sbin/mysqld' : `usr/bin/${tool}`),
    ],
    settings: {
      basedir: join(root, 'usr'),
      'lc-messages-dir': join(root, 'usr/share/mysql'),
      'character-sets-dir': join(root, 'usr/share/mysql/charsets'),
      'plugin-dir': join(root, 'usr/lib/mysql/plugin'),
    },
  };
}
