/**
 * Configurations and models that are programs: what a module exports by default. JavaScript is imported as it is,
 * TypeScript compiled.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../registry.ts';
import { compileModule, evaluateModule, importPlain, type ModuleKind, missing } from './compile-module.ts';

/** What a module is meant to be, and what is wrong with what it exports. */
export interface ExportKind extends ModuleKind {
  /** What is wrong with the thing exported, or null. */
  problem?(exported: unknown): string | null;
}

const CONFIGURATION: ExportKind = {
  noun: 'configuration',
  exports: 'defineConfig({ ... })',
  hint: 'a configuration may import defineConfig from "faultline", or export a plain object',
  entry: 'faultline',
};

/** What a module exports by default; a function is called, a promise awaited. Throws `UsageError`. */
export async function importModule(
  path: string,
  shown: string,
  kind: ExportKind = CONFIGURATION,
): Promise<unknown> {
  const file = resolve(path);
  if (!existsSync(file)) throw missing(file, shown, kind);
  const module = /\.[cm]?ts$/.test(file)
    ? await evaluateModule(await compileModule(file, shown, kind), shown, kind)
    : await importPlain(file, shown, kind);
  const exported = module['default'];
  const made: unknown = typeof exported === 'function' ? await exported() : await exported;
  const problem = kind.problem?.(made) ?? null;
  if (problem !== null) throw new UsageError(`this is no ${kind.noun}: ${problem}`, { file: shown });
  return made;
}
