import { exitCodes, UserError } from './errors.ts'

/** What a file system says when it will not be written to. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EFBIG: 'it would be larger than this process may write (`ulimit -f`)',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your quota of the disk is used up',
  EMFILE: 'this process has too many files open (`ulimit -n`)',
  ENFILE: 'this machine has too many files open',
  ENOTDIR: 'a part of the path is no directory',
  EEXIST: 'a part of the path is no directory',
}

/** Result codes of SQLite that speak of the disk, not of the database. */
const sqliteReasons: Readonly<Record<number, string>> = {
  8: 'the file system is read-only',
  10: 'the disk does not do what it is told',
  13: 'the disk is full',
  14: 'a file of it cannot be opened or made',
}

/** Calls that mean a file; the same codes of others, such as `listen`, mean something else. */
const fileCalls =
  /^(open|write|mkdir|mkdtemp|rename|copyfile|link|symlink|unlink|rmdir|rm|fsync|chmod|futime|ftruncate|scandir)$/

/** Why something was not written, for the end of a message; nothing for what is no matter of the file system. */
export function whyUnwritable(error: unknown): string | undefined {
  const { code = '', syscall } = error as NodeJS.ErrnoException
  // Node says so of a directory with its parents on a read-only file system.
  if (code === 'ENOENT' && syscall === 'mkdir') return 'no directory can be made there; it may be read-only'
  return reasons[code]
}

/** The message for a path that was to be written; throws what is no matter of the file system. */
export function cannotWrite(path: string, error: unknown): UserError {
  const reason = whyUnwritable(error)
  if (reason === undefined) throw error
  return new UserError(`cannot write ${path}: ${reason}`, exitCodes.failure)
}

/** What a full disk, or one that may only be read, means wherever it shows; nothing for any other error. */
export function diskFailure(error: unknown): UserError | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, errcode, syscall = '', path } = error as NodeJS.ErrnoException & { errcode?: number }
  if (code === 'ERR_SQLITE_ERROR') {
    // The low byte is the code, the others say more of it.
    const reason = sqliteReasons[(errcode ?? 0) & 0xff]
    return reason === undefined
      ? undefined
      : new UserError(`cannot write the state in .al of the project: ${reason}`, exitCodes.failure)
  }
  if (!fileCalls.test(syscall)) return undefined
  const reason = whyUnwritable(error)
  // A write knows no path, only the file that was opened before.
  return reason === undefined
    ? undefined
    : new UserError(`cannot ${path === undefined ? 'write a file' : `write ${path}`}: ${reason}`, exitCodes.failure)
}
