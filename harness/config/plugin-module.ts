/**
 * Plug-ins as modules: what one of them exports, and what its kit is told.
 */
import { type CompiledModule, compileModule, evaluateModule, type ModuleKind } from './compile-module.ts';

const PLUGIN: ModuleKind = {
  noun: 'plug-in',
  exports: 'defineSystem, defineWorkload, defineFault or defineChecker({ ... })',
  hint: 'a plug-in may import what it needs from "faultline/plugin", and from packages of its own project',
  entry: 'faultline/plugin',
};

/** Compiles the module of a plug-in. Throws `UsageError` when it is missing or has a mistake. */
export async function compilePlugin(path: string, shown: string): Promise<CompiledModule> {
  return await compileModule(path, shown, PLUGIN);
}

/** What a compiled module exports: its default, and what its kit is told. */
export interface PluginExports {
  exported: unknown;
  kit: unknown;
}

/** Evaluates a compiled module. Throws `UsageError` when that fails, or it has no default export. */
export async function evaluatePlugin(compiled: CompiledModule, shown: string): Promise<PluginExports> {
  const module = await evaluateModule(compiled, shown, PLUGIN);
  return { exported: await module['default'], kit: module['kit'] };
}
