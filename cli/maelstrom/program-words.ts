/**
 * Which program `--bin` means: a file, by its path or in this folder, or a program that can be found on the path.
 */
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { splitCommand } from '../../harness/config/split-command.ts';
import { suggest, UsageError } from '../../harness/registry.ts';
import { quoted } from '../command-line.ts';

/** The words that start a node. Throws `UsageError` when there is no such program, or it cannot be run. */
export function programWords(
  bin: string | undefined,
  args: readonly string[],
  cwd: string,
  path: string,
): string[] {
  if (bin === undefined || bin.trim() === '') {
    throw new UsageError('--bin is missing: nothing says which program the nodes run', {
      hint: 'faultline maelstrom -w echo --bin ./node, with arguments of the program after the flags',
    });
  }
  const file = fileOf(bin, cwd, path);
  if (file !== null) return [file, ...args];
  const words = splitCommand(bin) ?? [];
  const first = words.length > 1 ? fileOf(words[0]!, cwd, path) : null;
  if (first !== null) return [first, ...words.slice(1), ...args];
  throw new UsageError(`--bin: there is no program ${bin}`, { hint: nearby(bin, cwd) });
}

/** The program as it is started from this folder, null when there is none. */
function fileOf(bin: string, cwd: string, path: string): string | null {
  const here = resolve(cwd, bin);
  if (existsSync(here) && statSync(here).isFile()) {
    if (!executable(here)) {
      throw new UsageError(`--bin: ${bin} may not be executed`, {
        hint: `chmod +x ${quoted([bin])}, or name its interpreter: --bin python3 ${quoted([bin])}`,
      });
    }
    return bin.includes('/') ? bin : `./${bin}`;
  }
  if (bin.includes('/')) return null;
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return folders.some((folder) => executable(join(folder, bin))) ? bin : null;
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** What is there instead. */
function nearby(bin: string, cwd: string): string {
  const folder = resolve(cwd, dirname(bin));
  if (!existsSync(folder)) return `there is no folder ${dirname(bin)}`;
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && executable(join(folder, entry.name)))
    .map((entry) => entry.name);
  return files.length === 0 ? `no file in ${dirname(bin)} may be executed` : suggest(basename(bin), files);
}
