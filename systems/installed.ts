/**
 * Programs of real systems: found where Debian puts them, or missed by the name of the package that has them.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join, resolve } from 'node:path';
import { ClusterError } from '../harness/cluster/cluster-error.ts';
import type { TestedProgram } from '../harness/contracts.ts';

/** Where servers are, also for users whose PATH has no sbin. */
const ALSO = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** The path of an installed program; null when there is none. */
export function findProgram(name: string, path: string = process.env['PATH'] ?? ''): string | null {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...ALSO];
  const files = folders.map((folder) => join(folder, name));
  return files.find(isExecutable) ?? null;
}

/** The path of an installed program. Throws `ClusterError` naming the Debian package that has it. */
export function installedProgram(name: string, debianPackage: string): string {
  const found = findProgram(name);
  if (found !== null) return found;
  throw missing(name, debianPackage);
}

/** What to say of something that is not installed. */
export function missing(what: string, debianPackage: string): ClusterError {
  return new ClusterError(`${what} is not installed on this machine: apt-get install ${debianPackage}`);
}

/** A program as runs remember it; nothing where it is not installed. */
export function tested(name: string, ask: readonly string[] = ['--version'], file?: string): TestedProgram[] {
  const found = file ?? findProgram(name);
  return found === null ? [] : [{ name, file: found, ask }];
}

/** A command line as runs remember it: its program, and the files among its words. They say no version. */
export function testedFiles([program, ...words]: readonly string[], cwd: string): TestedProgram[] {
  if (program === undefined) return [];
  const file = program.includes('/') ? resolve(cwd, program) : findProgram(program);
  const files = words.map((word) => (isAbsolute(word) ? word : resolve(cwd, word))).filter(isFile);
  return [...(file === null ? [] : [file]), ...files].map((one) => ({ name: basename(one), file: one }));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
