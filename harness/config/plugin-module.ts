/**
 * Modules that plug something of the user's own into faultline: compiled with what they import from beside them, so
 * that TypeScript works on every Node and a change in any of their files can be told. What they import from `faultline`
 * is the faultline that runs, whichever is installed beside them.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { threadId } from 'node:worker_threads';
import { build, type Plugin } from 'esbuild';
import { UsageError } from '../registry.ts';
import { compileError, importFile, type ModuleKind } from './module-config.ts';
import { MISSING } from './plugin-names.ts';

/** A module that was compiled: plain data, for other threads. */
export interface CompiledModule {
  /** Absolute path of the module. */
  file: string;
  code: string;
  /** SHA-256 over the module and every file beside it that it imports; packages are left out. */
  sha256: string;
}

const KIND: ModuleKind = {
  noun: 'plug-in',
  exports: 'defineWorkload({ ... })',
  hint: 'a plug-in may import what it needs from "faultline/plugin", and from packages of its own project',
};

/** Modules this thread loaded: each gets a name of its own, as Node remembers modules by name. */
let loads = 0;

/** Compiles a JavaScript or TypeScript module. Throws `UsageError` when it is missing or has a mistake. */
export async function compilePlugin(path: string, shown: string): Promise<CompiledModule> {
  const file = resolve(path);
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw new UsageError(MISSING, { file: shown, hint: `looked for ${file}` });
  }
  try {
    const { outputFiles, metafile } = await build({
      entryPoints: [file],
      absWorkingDir: dirname(file),
      bundle: true,
      packages: 'external',
      plugins: [OURSELVES],
      platform: 'node',
      format: 'esm',
      target: 'node20',
      sourcemap: 'inline',
      metafile: true,
      write: false,
      logLevel: 'silent',
    });
    return { file, code: outputFiles[0]!.text, sha256: hashOf(dirname(file), Object.keys(metafile.inputs)) };
  } catch (error) {
    throw compileError(error, shown);
  }
}

/** What a compiled module exports: its default, and what its kit is told. */
export interface PluginExports {
  exported: unknown;
  kit: unknown;
}

/** Evaluates a compiled module. Throws `UsageError` when that fails, or it has no default export. */
export async function evaluatePlugin({ file, code }: CompiledModule, shown: string): Promise<PluginExports> {
  // Beside the original, so that the packages it imports are those of its project.
  const compiled = join(dirname(file), `.${basename(file)}.${process.pid}-${threadId}-${loads++}.mjs`);
  // What it throws later then says where in the original.
  process.setSourceMapsEnabled(true);
  try {
    writeBeside(compiled, code, shown);
    const module = await importFile(compiled, basename(file), shown, KIND);
    if ('default' in module) return { exported: await module['default'], kit: module['kit'] };
  } finally {
    rmSync(compiled, { force: true });
  }
  throw new UsageError('this plug-in has no default export', {
    file: shown,
    hint: 'write export default defineSystem, defineWorkload, defineFault or defineChecker({ ... })',
  });
}

function writeBeside(compiled: string, code: string, shown: string): void {
  try {
    writeFileSync(compiled, code);
  } catch (error) {
    throw new UsageError(`this plug-in cannot be loaded: ${(error as Error).message}`, {
      file: shown,
      hint: 'the folder of a plug-in must be writable: for a moment its compiled form stands there',
    });
  }
}

function hashOf(folder: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of [...files].sort()) {
    const path = resolve(folder, file);
    hash
      .update(`${relative(folder, path).split(sep).join('/')}\n`)
      .update(readFileSync(path))
      .update('\n');
  }
  return hash.digest('hex');
}

const own = createRequire(import.meta.url);

const OURSELVES: Plugin = {
  name: 'faultline',
  setup(builder) {
    builder.onResolve({ filter: /^faultline(\/|$)/ }, ({ path }) => {
      try {
        return { path: pathToFileURL(own.resolve(path)).href, external: true };
      } catch {
        return {
          errors: [{ text: `the package faultline has no "${path}"; plug-ins import "faultline/plugin"` }],
        };
      }
    });
  },
};
