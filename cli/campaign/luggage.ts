/**
 * What travels with a night: the files its commands name, the modules of the user's own with all they are made of, and
 * what the campaign lists under `files`. What cannot travel keeps its runs with workers that were started in a checkout
 * of the project.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { LoadedCampaign } from '../../harness/campaign/load.ts';
import { isPlain } from '../../harness/campaign/workers/project.ts';
import { findConfig } from '../../harness/config/load.ts';
import { moduleFiles } from '../../harness/config/module-files.ts';
import { UsageError } from '../../harness/registry.ts';
import { registeredPlugins } from '../../plugins/registered.ts';

/** What workers are given. */
export interface Luggage {
  /** Relative to the folder of the night. */
  paths: string[];
  /** Why modules of the user's own need a checkout all the same; null: they travel. */
  staysBecause: string | null;
  /** Programs of the user's own travel: the campaign says what they need. */
  programs: boolean;
}

/** So many files, and bytes, are taken for a mistake: a folder of packages, a disk image. */
const MOST_FILES = 5_000;
const MOST_BYTES = 256 * 1024 * 1024;
/** Below a folder that is listed: never of use to a program elsewhere. */
const LEFT = new Set(['node_modules', '.git', '.faultline']);

/** What travels with the night of these commands. Throws `UsageError` for listed files that are not there. */
export async function packed(
  loaded: LoadedCampaign,
  named: readonly string[],
  cwd: string,
): Promise<Luggage> {
  // Commands load what the configuration of their folder names.
  const project = registeredPlugins().length > 0 ? findConfig(cwd) : null;
  const commands = [...named, ...(project === null ? [] : [project])];
  const modules = [...commands, ...registeredPlugins().map(({ file }) => file)].filter(isProgram);
  const { files, packages } = await moduleFiles(modules);
  const outside = files.filter((path) => !isPlain(relative(cwd, path)));
  const listed = (loaded.config.files ?? []).flatMap((given) =>
    below(resolve(loaded.directory, given), given),
  );
  refuseMasses(listed);
  const paths = [...commands, ...files.filter((path) => !outside.includes(path)), ...listed];
  return {
    paths: [...new Set(paths)].map((path) => relative(cwd, path)),
    staysBecause: whyNot(packages, outside, listed.length > 0),
    programs: listed.length > 0,
  };
}

function isProgram(path: string): boolean {
  return /\.[mc]?[jt]s$/.test(path);
}

function whyNot(packages: readonly string[], outside: readonly string[], isListed: boolean): string | null {
  if (outside.length > 0) return `${outside[0]} is outside of this folder`;
  // Who lists files may well list those of a package.
  if (packages.length > 0 && !isListed) return `a module of yours imports the package "${packages[0]}"`;
  return null;
}

function below(path: string, given: string): string[] {
  if (!existsSync(path)) {
    throw new UsageError(`there is no "${given}" to give to workers`, { hint: `looked for ${path}` });
  }
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory()) return LEFT.has(entry.name) ? [] : below(join(path, entry.name), given);
      return entry.isFile() ? [join(path, entry.name)] : [];
    });
}

function refuseMasses(files: readonly string[]): void {
  const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
  if (files.length <= MOST_FILES && bytes <= MOST_BYTES) return;
  const size = `${files.length} files of ${Math.round(bytes / 1024 / 1024)} MiB`;
  throw new UsageError(`"files" lists ${size}: too much to give to workers`, {
    hint: `at most ${MOST_FILES} files and ${MOST_BYTES / 1024 / 1024} MiB; list what the programs need, or start workers in checkouts`,
  });
}
