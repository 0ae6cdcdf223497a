/**
 * The files that a module of the user's own is made of: itself, what it imports from beside it, and what it names as
 * `new URL('./node.ts', import.meta.url)`. With them, and nothing else, it does on another machine what it does here.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, resolve } from 'node:path';

/** What a module is made of. */
export interface ModuleFiles {
  /** Absolute paths, sorted. */
  files: string[];
  /** Packages it imports, beside faultline and what Node brings along. */
  packages: string[];
}

const MODULE = /\.[cm]?[jt]sx?$/;
/** Files named by their place beside the module. */
const BESIDE = /new URL\(\s*(['"`])(\.{1,2}\/[^'"`$]+)\1\s*,\s*import\.meta\.url\s*\)/g;

/** Follows these modules. A file that cannot be compiled is a file like any other: who loads it says what is wrong. */
export async function moduleFiles(paths: readonly string[]): Promise<ModuleFiles> {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = paths.map((path) => resolve(path));
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path) || !existsSync(path) || !statSync(path).isFile()) continue;
    files.add(path);
    if (!MODULE.test(path)) continue;
    const found = await imported(path);
    for (const name of found.packages) packages.add(name);
    for (const file of [path, ...found.files]) {
      files.add(file);
      for (const [, , beside = ''] of readFileSync(file, 'utf8').matchAll(BESIDE))
        waiting.push(resolve(dirname(file), beside));
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}

async function imported(path: string): Promise<ModuleFiles> {
  const { build } = await import('esbuild');
  const folder = dirname(path);
  try {
    const { metafile } = await build({
      ...{ entryPoints: [path], absWorkingDir: folder, bundle: true, packages: 'external' },
      ...{
        platform: 'node',
        format: 'esm',
        target: 'node20',
        metafile: true,
        write: false,
        logLevel: 'silent',
      },
    });
    const inputs = Object.entries(metafile.inputs);
    const external = inputs.flatMap(([, { imports }]) => imports.filter((one) => one.external));
    return {
      files: inputs.map(([file]) => resolve(folder, file)),
      packages: external
        .map((one) => one.path)
        .filter((name) => !isBuiltin(name) && !/^faultline(\/|$)/.test(name)),
    };
  } catch {
    return { files: [], packages: [] };
  }
}
