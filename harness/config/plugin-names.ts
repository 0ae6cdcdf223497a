/**
 * Modules of the user's own in a configuration or a campaign: those under `plugins`, and those that stand, as a path,
 * where a name may. Whoever knows how to load them is handed in; what is left holds names alone.
 */
import { dirname, resolve } from 'node:path';
import { UsageError } from '../registry.ts';
import type { Path } from './problem.ts';
import type { Source } from './source.ts';

/** What a name stands for. */
export type NamedKind = 'system' | 'workload' | 'fault' | 'checker';

/**
 * Loads the module at an absolute path, `shown` as the user wrote it. With a kind it resolves with the name of the one
 * plug-in of this kind in it. Throws `UsageError`.
 */
export type PluginLoader = (path: string, shown: string, kind: NamedKind | null) => Promise<string>;

/** A path of a module, and after it what may follow the name of a fault: `./slow.ts:heavy@leader`. */
const PATH = /^(\.{0,2}\/.*?\.[cm]?[jt]s)((?:[:@].*)?)$/;

/** Is this the path of a module rather than a name? */
export function isPluginPath(word: string): boolean {
  return PATH.test(word);
}

/** The word with the name of the plug-in in place of the path of its module; a name stays as it is. */
export async function namedWord(
  word: string,
  kind: NamedKind,
  directory: string,
  load: PluginLoader,
): Promise<string> {
  const found = PATH.exec(word);
  if (found === null) return word;
  const [, path = '', rest = ''] = found;
  return (await load(resolve(directory, path), path, kind)) + rest;
}

/** Keys of a document under which names of a kind stand. */
const KEYS: Readonly<Record<string, NamedKind>> = {
  system: 'system',
  systems: 'system',
  workload: 'workload',
  workloads: 'workload',
  nemesis: 'fault',
  nemeses: 'fault',
  checkers: 'checker',
  foundBy: 'checker',
};

/** Keys of an object among them that hold a name. */
const NAMING = ['name', 'fault', 'system', 'workload'];

/**
 * Loads every module the document mentions and puts names in place of paths; the key `plugins` is gone then. A mistake
 * in how they are mentioned is left to the schema. Throws `UsageError` at the place of what cannot be loaded.
 */
export async function resolvePlugins(source: Source, file: string, load: PluginLoader): Promise<void> {
  const { value } = source;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const { plugins, ...document } = value as Record<string, unknown>;
  const directory = dirname(file);
  const tell: PluginLoader = async (path, shown, kind) => {
    try {
      return await load(path, shown, kind);
    } catch (error) {
      throw told(error, source, shown, document, plugins);
    }
  };
  if (plugins !== undefined) {
    if (!Array.isArray(plugins) || !plugins.every((path) => typeof path === 'string' && path !== '')) return;
    for (const path of plugins as string[]) await tell(resolve(directory, path), path, null);
  }
  for (const [key, kind] of Object.entries(KEYS)) {
    if (document[key] !== undefined) document[key] = await named(document[key], kind, key, directory, tell);
  }
  source.value = document;
}

async function named(
  value: unknown,
  kind: NamedKind,
  key: string,
  directory: string,
  load: PluginLoader,
): Promise<unknown> {
  if (typeof value === 'string') {
    if (kind !== 'fault') return namedWord(value, kind, directory, load);
    const words: string[] = [];
    for (const word of value.split(',')) words.push(await namedWord(word.trim(), kind, directory, load));
    return words.join(',');
  }
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) items.push(await named(item, kind, '', directory, load));
    return items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, unknown][] = [];
  for (const [name, inner] of Object.entries(value)) {
    // Packages of faults by their names, or one of them with its settings.
    const holds = NAMING.includes(name) || key === 'nemeses' || name === 'nemesis';
    entries.push([name, holds ? await named(inner, kind, '', directory, load) : inner]);
  }
  return Object.fromEntries(entries);
}

/** The same error, at the line that mentions the module when it is the mention that is wrong. */
function told(
  error: unknown,
  source: Source,
  shown: string,
  document: Record<string, unknown>,
  plugins: unknown,
): unknown {
  if (!(error instanceof UsageError) || error.line !== undefined || error.message !== MISSING) return error;
  const path = pathTo({ ...document, plugins }, shown) ?? [];
  return source.place({ path, at: 'value', message: `${MISSING} ${shown}`, hint: error.hint ?? '' });
}

/** What `compilePlugin` says of a module that is not there. */
const MISSING = 'there is no such plug-in';

/** Where a text stands in a document, or null. */
function pathTo(value: unknown, text: string): Path | null {
  if (typeof value === 'string') return value.includes(text) ? [] : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const below = pathTo(inner, text);
    if (below !== null) return [Array.isArray(value) ? Number(key) : key, ...below];
  }
  return null;
}
