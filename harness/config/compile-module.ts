/**
 * Modules of the user's own, compiled with what they import from beside them, so that TypeScript works on every Node
 * and a change in any of their files can be told. What they import from `faultline` is the faultline that runs,
 * whichever is installed beside them.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { threadId } from 'node:worker_threads';
import type { Plugin } from 'esbuild';
import { UsageError } from '../registry.ts';

/** What a module is meant to be, for messages. */
export interface ModuleKind {
  /** `configuration`. */
  noun: string;
  /** What it exports by default, as code. */
  exports: string;
  /** What it may import or export instead. */
  hint: string;
  /** Where it imports what it is made with: `faultline/plugin`. */
  entry: string;
}

/** A module that was compiled: plain data, for other threads. */
export interface CompiledModule {
  /** Absolute path of the module. */
  file: string;
  code: string;
  /** SHA-256 over the module and every file beside it that it imports; packages are left out. */
  sha256: string;
}

/** What a module exports, by name; it has a `default`. */
export type Exports = Readonly<Record<string, unknown>>;

/** Modules this thread loaded: each gets a name of its own, as Node remembers modules by name. */
let loads = 0;

/** No file is there. */
export function missing(file: string, shown: string, { noun }: ModuleKind): UsageError {
  return new UsageError(`there is no such ${noun}`, { file: shown, hint: `looked for ${file}` });
}

/** Compiles a JavaScript or TypeScript module. Throws `UsageError` when it is missing or has a mistake. */
export async function compileModule(path: string, shown: string, kind: ModuleKind): Promise<CompiledModule> {
  const file = resolve(path);
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw missing(file, shown, kind);
  }
  try {
    const { build } = await import('esbuild');
    const { outputFiles, metafile } = await build({
      entryPoints: [file],
      absWorkingDir: dirname(file),
      bundle: true,
      packages: 'external',
      plugins: [ourselves(kind)],
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

/** Evaluates a compiled module. Throws `UsageError` when that fails, or it has no default export. */
export async function evaluateModule(
  { file, code }: CompiledModule,
  shown: string,
  kind: ModuleKind,
): Promise<Exports> {
  // Beside the original, so that the packages it imports are those of its project.
  const compiled = join(dirname(file), `.${basename(file)}.${process.pid}-${threadId}-${loads++}.mjs`);
  // What it throws later then says where in the original.
  process.setSourceMapsEnabled(true);
  try {
    writeBeside(compiled, code, shown, kind);
    return withDefault(await import(pathToFileURL(compiled).href), shown, kind);
  } catch (error) {
    throw failure(error, basename(file), shown, kind);
  } finally {
    rmSync(compiled, { force: true });
  }
}

/** Imports a module of JavaScript as it is. Throws `UsageError` as `evaluateModule` does. */
export async function importPlain(path: string, shown: string, kind: ModuleKind): Promise<Exports> {
  const file = resolve(path);
  try {
    return withDefault(await import(pathToFileURL(file).href), shown, kind);
  } catch (error) {
    if (!lacksOurselves(error)) throw failure(error, basename(file), shown, kind);
    return await evaluateModule(await compileModule(file, shown, kind), shown, kind);
  }
}

/** No package `faultline` is installed beside the module: then it is to get the one that runs. */
function lacksOurselves(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes("'faultline'");
}

function withDefault(module: Exports, shown: string, kind: ModuleKind): Exports {
  if ('default' in module) return module;
  throw new UsageError(`this ${kind.noun} has no default export`, {
    file: shown,
    hint: `write export default ${kind.exports}`,
  });
}

function writeBeside(compiled: string, code: string, shown: string, kind: ModuleKind): void {
  try {
    writeFileSync(compiled, code);
  } catch (error) {
    throw new UsageError(`this ${kind.noun} cannot be loaded: ${(error as Error).message}`, {
      file: shown,
      hint: `the folder of a ${kind.noun} must be writable: for a moment its compiled form stands there`,
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

function ourselves({ noun, entry }: ModuleKind): Plugin {
  return {
    name: 'faultline',
    setup(builder) {
      builder.onResolve({ filter: /^faultline(\/|$)/ }, ({ path }) => {
        try {
          return { path: pathToFileURL(own.resolve(path)).href, external: true };
        } catch {
          return {
            errors: [{ text: `the package faultline has no "${path}"; a ${noun} imports "${entry}"` }],
          };
        }
      });
    },
  };
}

/** A mistake in the text of a module, where it stands. */
function compileError(error: unknown, shown: string): UsageError {
  const first = (error as { errors?: { text: string; location?: Location | null }[] }).errors?.[0];
  if (first === undefined) return new UsageError(String(error), { file: shown });
  const { location } = first;
  if (location === undefined || location === null) return new UsageError(first.text, { file: shown });
  const { line, column, lineText } = location;
  const number = String(line);
  const excerpt = `  ${number} │ ${lineText}\n  ${' '.repeat(number.length)} │ ${' '.repeat(column)}^`;
  return new UsageError(`cannot be compiled: ${first.text}`, {
    file: shown,
    line,
    column: column + 1,
    excerpt,
  });
}

interface Location {
  line: number;
  column: number;
  lineText: string;
}

/** Why a module named `name` could not be loaded, with the line of it where its program failed. */
function failure(error: unknown, name: string, shown: string, kind: ModuleKind): UsageError {
  if (error instanceof UsageError) return error;
  const { message, stack } = error as Error;
  const place = new RegExp(`(?:^|[^.])${name.replaceAll('.', '\\.')}:(\\d+)`).exec(stack ?? '')?.[1];
  const details = { file: shown, hint: kind.hint };
  const line = place === undefined ? {} : { line: Number(place) };
  return new UsageError(`this ${kind.noun} cannot be loaded: ${message}`, { ...details, ...line });
}
