/**
 * Suites: configurations that say what they are expected to end as. Those of the real systems come with faultline, a
 * folder for each system.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suggest, UsageError } from '../harness/registry.ts';

/** One suite: its file, and what to call it. */
export interface Suite {
  name: string;
  file: string;
}

const TYPE = /\.(yaml|yml|json)$/;

/** The suites that come with faultline, by name: `etcd/register`. */
export function ownSuites(): Suite[] {
  const root = ['../suites', '../../suites']
    .map((up) => fileURLToPath(new URL(up, import.meta.url)))
    .find((folder) => existsSync(join(folder, 'README.md')));
  if (root === undefined) return [];
  return suitesIn(root).map((file) => ({
    name: relative(root, file).split(sep).join('/').replace(TYPE, ''),
    file,
  }));
}

/** What was asked for: a file, a folder, a system that has suites, or one of them. None given: all that come along. */
export function chosenSuites(what: readonly string[], cwd: string): Suite[] {
  const own = ownSuites();
  if (what.length === 0) return own;
  return what.flatMap((word) => {
    const known = own.filter(({ name }) => name === word || name.startsWith(`${word}/`));
    if (known.length > 0) return known;
    const path = resolve(cwd, word);
    if (existsSync(path)) {
      const files = statSync(path).isDirectory() ? suitesIn(path) : [path];
      if (files.length > 0) return files.map((file) => ({ name: relative(cwd, file), file }));
    }
    const names = own.map(({ name }) => name);
    throw new UsageError(`there is no suite "${word}"`, {
      hint: suggest(word, [...new Set(names.map((name) => name.split('/')[0]!)), ...names]),
    });
  });
}

function suitesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return suitesIn(path);
      return TYPE.test(entry.name) ? [path] : [];
    });
}
