/**
 * The names of the plug-ins of a project, where shells find them: a file in the store with a line `systems kvs` for each.
 * It is what the last command that knows names had loaded, so that completing a word starts no process, and above all
 * carries out no module of whatever folder one happens to be in.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeAtomic } from '../harness/store/atomic.ts';
import { Store } from '../harness/store/store.ts';
import type { PluginKind } from '../plugins/define.ts';
import { registeredPlugins } from '../plugins/registered.ts';
import type { Family } from './registries.ts';

/** Name of the file in the store. */
export const OWN_NAMES = '.plugin-names';

const FAMILY_OF: Readonly<Record<PluginKind, Family>> = {
  system: 'systems',
  workload: 'workloads',
  fault: 'faults',
  checker: 'checkers',
};

/** Writes down what is plugged in, if it is not what stands there; without plug-ins there is no file. */
export function rememberNames(cwd: string): void {
  const path = join(new Store(cwd).root, OWN_NAMES);
  const names = registeredPlugins().map(({ kind, name }) => `${FAMILY_OF[kind]} ${name}\n`);
  const text = names.sort().join('');
  try {
    const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (before === text) return;
    mkdirSync(dirname(path), { recursive: true });
    if (text === '') rmSync(path);
    else writeAtomic(path, text);
  } catch {
    // A folder that cannot be written: its names are typed out, and the command says itself what it cannot write.
  }
}
