// One writer a task (rule C12): an operating-system lock on `lease.db` that dies with its process, kill -9 included.
import {mkdirSync, statfsSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {fail} from '../base/errors.ts';

/** f_type of NFS in statfs(2): its locks do not fence. */
const nfsMagic = 0x6969;
/** SQLITE_BUSY. */
const sqliteBusy = 5;

/** Takes the lock of `stateDir`, made if missing. Raises SYNC5010 when another runtime holds it, SYNC5014 on NFS. */
export function takeLease(
  stateDir: string,
  fileSystemOf: (path: string) => {type: number} = path => statfsSync(path),
): Disposable {
  mkdirSync(stateDir, {recursive: true, mode: 0o700});
  if (fileSystemOf(stateDir).type === nfsMagic) throw fail('SYNC5014', {stateDir});
  const db = new DatabaseSync(join(stateDir, 'lease.db'));
  try {
    db.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if ((error as {errcode?: number}).errcode === sqliteBusy)
      throw fail('SYNC5010', {stateDir}, error);
    throw fail(
      'SYNC5011',
      {path: join(stateDir, 'lease.db'), problem: String((error as Error).message)},
      error,
    );
  }
  return {[Symbol.dispose]: () => db.close()};
}
