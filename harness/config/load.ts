/**
 * Finds a configuration file, reads it and checks it. Every problem is reported at once, each where it stands.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { suggest, UsageError } from '../registry.ts';
import { check, type KnownNames } from './checks.ts';
import { importModule } from './module-config.ts';
import type { OriginOf } from './origin.ts';
import { resolvePlugins } from './plugin-names.ts';
import type { Path } from './problem.ts';
import { CONFIG_SCHEMA } from './schema.ts';
import { joined, moduleSource, parseSource, type Source } from './source.ts';
import type { Config } from './types.ts';
import { validate } from './validate.ts';

/** Names looked for in a folder, in this order. */
export const CONFIG_NAMES = [
  'faultline.config.ts',
  'faultline.config.mjs',
  'faultline.config.js',
  'faultline.yaml',
  'faultline.yml',
  'faultline.json',
] as const;

const TEXT_TYPES = ['.yaml', '.yml', '.json'];
const MODULE_TYPES = ['.ts', '.mts', '.js', '.mjs'];

/** A configuration that passed all checks. */
export interface LoadedConfig {
  config: Config;
  /** Absolute path of the file. */
  file: string;
  /** Folder that relative paths in it count from. */
  directory: string;
  /** Where in the file a value stands. */
  origin: OriginOf;
}

/** The configuration file of a folder, or null. */
export function findConfig(directory: string): string | null {
  const found = CONFIG_NAMES.map((name) => join(directory, name)).find((path) => existsSync(path));
  return found ?? null;
}

/**
 * Reads and checks a configuration: a file, or a folder that has one. Throws one `UsageError` that holds all
 * problems, each with file, line, column, an excerpt, and what would be right.
 */
export async function loadConfig(path: string, known: KnownNames = {}): Promise<LoadedConfig> {
  const file = configFile(resolve(path), path);
  const source = await readSource(file);
  if (known.load !== undefined) await resolvePlugins(source, file, known.load);
  const config = checked(source, known);
  return {
    config,
    file,
    directory: dirname(file),
    origin: (path) => ({ from: 'file', at: placeOf(source, path) }),
  };
}

/** Checks a parsed document. Throws one `UsageError` that holds all problems. */
export function checked(source: Source, known: KnownNames = {}): Config {
  if (source.value === null || source.value === undefined) {
    throw new UsageError('this configuration is empty', {
      file: source.file,
      hint: 'say at least what to start: system: raft, or command: { start: [...] }',
    });
  }
  let problems = validate(CONFIG_SCHEMA, source.value);
  // Checks beyond the schema rely on the shapes it demands.
  if (problems.length === 0) problems = check(source.value as Config, known);
  if (problems.length > 0) {
    const all = problems.map((problem) => source.place(problem));
    all.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    throw joined(all);
  }
  return source.value as Config;
}

/** Where a value stands: `faultline.yaml:12`, or the file alone where its text has no places. */
export function placeOf(source: Source, path: Path): string {
  const { line } = source.place({ path, at: 'key', message: '' });
  return line === undefined ? source.file : `${source.file}:${line}`;
}

function configFile(path: string, shown: string): string {
  if (!existsSync(path)) {
    throw new UsageError('there is no such configuration', {
      file: shown,
      hint: `looked for ${path}`,
    });
  }
  if (!statSync(path).isDirectory()) return path;
  const found = findConfig(path);
  if (found !== null) return found;
  throw new UsageError('there is no configuration in this folder', {
    file: shown,
    hint: `one of: ${CONFIG_NAMES.join(', ')}`,
  });
}

/** The text of a configuration, parsed; what is wrong with it can be shown in it. Throws `UsageError`. */
export async function readSource(file: string): Promise<Source> {
  const type = extname(file);
  const shown = shownPath(file);
  if (MODULE_TYPES.includes(type)) return moduleSource(await importModule(file, shown), shown);
  if (TEXT_TYPES.includes(type)) return parseSource(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''), shown);
  throw new UsageError(`a configuration cannot be a "${type}" file`, {
    file: shown,
    hint: suggest(type, [...TEXT_TYPES, ...MODULE_TYPES]),
  });
}

/** Relative where that is shorter. */
function shownPath(file: string): string {
  const short = relative(process.cwd(), file);
  return short !== '' && short.length < file.length ? short : file;
}
