/**
 * A place that cannot be written to is the user's to change: what to type when the system refused to make a folder or
 * a file, or had no room for it.
 */
import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';

const REFUSED: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);
/** Calls that write where they are refused; `open` may have been to read. */
const WRITING: ReadonlySet<string> = new Set(['mkdir', 'rename', 'symlink', 'write', 'fsync', 'copyfile']);

/** The advice under an error of that kind; null for any other error. Looks at the causes of errors as well. */
export function adviceOn(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code = '', syscall = '', path } = at as NodeJS.ErrnoException;
    if (NO_ROOM.has(code)) return '--out <folder> names another, on a disk with room';
    if (!REFUSED.has(code)) continue;
    if (WRITING.has(syscall) || (syscall === 'open' && path !== undefined && isClosed(dirname(path)))) {
      return '--out <folder> names another, in a place you may write to';
    }
  }
  return null;
}

function isClosed(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch {
    return true;
  }
}
