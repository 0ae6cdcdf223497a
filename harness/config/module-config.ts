/**
 * Configurations and models that are programs. JavaScript is imported as it is. TypeScript is imported directly where
 * Node strips types, else compiled by the esbuild or typescript of the user's project, else by our own esbuild.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { threadId } from 'node:worker_threads';
import { UsageError } from '../registry.ts';

/** What a module is meant to be, for messages. */
export interface ModuleKind {
  /** `configuration`. */
  noun: string;
  /** What it exports by default, as code. */
  exports: string;
  /** What it may import or export instead. */
  hint: string;
  /** What is wrong with the thing exported, or null. */
  problem?(exported: unknown): string | null;
}

const CONFIGURATION: ModuleKind = {
  noun: 'configuration',
  exports: 'defineConfig({ ... })',
  hint: 'a configuration may import defineConfig from "faultline", or export a plain object',
};

/** Modules this thread compiled: each gets a name of its own, as Node remembers modules by name. */
let compilations = 0;

/** What a module exports by default; a function is called, a promise awaited. Throws `UsageError`. */
export async function importModule(
  path: string,
  shown: string,
  kind: ModuleKind = CONFIGURATION,
): Promise<unknown> {
  const file = resolve(path);
  if (!existsSync(file)) {
    throw new UsageError(`there is no such ${kind.noun}`, { file: shown, hint: `looked for ${file}` });
  }
  const isTypeScript = /\.m?ts$/.test(file);
  const stripsTypes = (process.features as { typescript?: unknown }).typescript;
  const module =
    isTypeScript && !stripsTypes
      ? await importCompiled(file, shown, kind)
      : await importFile(file, basename(file), shown, kind);
  if (!('default' in module)) {
    throw new UsageError(`this ${kind.noun} has no default export`, {
      file: shown,
      hint: `write export default ${kind.exports}`,
    });
  }
  const exported = module['default'];
  const made: unknown = typeof exported === 'function' ? await exported() : await exported;
  const problem = kind.problem?.(made) ?? null;
  if (problem !== null) throw new UsageError(`this is no ${kind.noun}: ${problem}`, { file: shown });
  return made;
}

async function importCompiled(
  file: string,
  shown: string,
  kind: ModuleKind,
): Promise<Record<string, unknown>> {
  const code = await compile(file, shown, kind);
  // Beside the original, so that its relative and bare imports mean the same.
  const compiled = join(dirname(file), `.${basename(file)}.${process.pid}-${threadId}-${compilations++}.mjs`);
  // What it throws later then says where in the original.
  process.setSourceMapsEnabled(true);
  try {
    writeFileSync(compiled, code);
    return await importFile(compiled, basename(file), shown, kind);
  } finally {
    rmSync(compiled, { force: true });
  }
}

interface Esbuild {
  build(options: object): Promise<{ outputFiles: { text: string }[] }>;
}
interface TypeScript {
  transpileModule?(text: string, options: object): { outputText: string };
}

async function compile(file: string, shown: string, kind: ModuleKind): Promise<string> {
  const require = createRequire(file);
  const esbuild =
    optional<Esbuild>(require, 'esbuild') ?? optional<Esbuild>(createRequire(import.meta.url), 'esbuild');
  if (esbuild !== null) {
    try {
      const built = await esbuild.build({
        entryPoints: [file],
        bundle: true,
        packages: 'external',
        platform: 'node',
        format: 'esm',
        sourcemap: 'inline',
        write: false,
        logLevel: 'silent',
      });
      return built.outputFiles[0]!.text;
    } catch (error) {
      throw compileError(error, shown);
    }
  }
  const typescript = optional<TypeScript>(require, 'typescript');
  if (typescript?.transpileModule !== undefined) {
    const options = { compilerOptions: { module: 'ESNext', target: 'ES2022', verbatimModuleSyntax: true } };
    return typescript.transpileModule(readFileSync(file, 'utf8'), options).outputText;
  }
  throw new UsageError('this Node cannot read TypeScript, and the project has no compiler', {
    file: shown,
    hint: `npm install --save-dev esbuild, use Node 22.18 or later, or write the ${kind.noun} in .mjs`,
  });
}

function optional<T>(require: NodeJS.Require, name: string): T | null {
  try {
    return require(name) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** A mistake in the text of a module, where it stands. */
export function compileError(error: unknown, shown: string): UsageError {
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

/** Imports a file of JavaScript. Throws `UsageError` naming the line of `name` where it failed. */
export async function importFile(
  file: string,
  name: string,
  shown: string,
  kind: ModuleKind,
): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    const { message, stack } = error as Error;
    // The place inside the file, when the program itself failed.
    const place = new RegExp(`(?:^|[^.])${name.replaceAll('.', '\\.')}:(\\d+)`).exec(stack ?? '')?.[1];
    const details = { file: shown, hint: kind.hint };
    const line = place === undefined ? {} : { line: Number(place) };
    throw new UsageError(`this ${kind.noun} cannot be loaded: ${message}`, { ...details, ...line });
  }
}
