/**
 * Plug-ins of the user's own beside those that come along: registered in the same tables, so that a name works
 * wherever names do. Which they are, workers of this process are told through what Node hands to every worker.
 */
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { CHECKERS } from '../checkers/registry.ts';
import type { CompiledModule } from '../harness/config/compile-module.ts';
import { compilePlugin, evaluatePlugin } from '../harness/config/plugin-module.ts';
import { UsageError } from '../harness/registry.ts';
import { FAULTS } from '../nemesis/index.ts';
import { systems } from '../systems/index.ts';
import { WORKLOADS } from '../workloads/index.ts';
import { blamed } from './blamed.ts';
import { contractOf } from './contract.ts';
import type { PluginKind } from './define.ts';

/** A plug-in that was loaded. */
export interface Registered {
  kind: PluginKind;
  name: string;
  /** Absolute path of its module. */
  file: string;
  sha256: string;
}

/** What is plugged in is what tables hold: those that are read everywhere, grown by what the user brings. */
const TABLES: Readonly<Record<PluginKind, Record<string, unknown>>> = {
  system: systems as Record<string, unknown>,
  workload: WORKLOADS as Record<string, unknown>,
  fault: FAULTS as Record<string, unknown>,
  checker: CHECKERS as Record<string, unknown>,
};

const KEY = 'faultline.plugins';
const MODULES = new Map<string, CompiledModule>();
const REGISTERED = new Map<string, Registered>();
const KITS = new Map<string, unknown>();

/** Every plug-in of the user's own, in the order in which they were loaded. */
export function registeredPlugins(): readonly Registered[] {
  return [...REGISTERED.values()];
}

/** What a loaded module exports as `kit`: what its kit is told. */
export function kitExport(file: string): unknown {
  return KITS.get(file);
}

/** Where a name comes from; undefined: it came along with faultline, or does not exist. */
export function registeredAs(kind: PluginKind, name: string): Registered | undefined {
  return REGISTERED.get(`${kind} ${name}`);
}

/**
 * Loads a module and registers what it exports: one plug-in, or a list of them. A module that is registered already
 * stays as it is. Throws `UsageError` for what is missing, cannot be compiled or evaluated, keeps no contract, or has
 * the name of something else.
 */
export async function registerPlugin(path: string, shown: string): Promise<readonly Registered[]> {
  const compiled = await compilePlugin(path, shown);
  return MODULES.get(compiled.file)?.sha256 === compiled.sha256
    ? registeredFrom(compiled.file)
    : registerCompiled(compiled, shown);
}

/** In a worker: registers what the thread that started it had registered. */
export async function registerInherited(): Promise<void> {
  const modules = (getEnvironmentData(KEY) ?? []) as unknown as readonly CompiledModule[];
  for (const module of modules) await registerCompiled(module, module.file);
}

async function registerCompiled(compiled: CompiledModule, shown: string): Promise<readonly Registered[]> {
  const { file, sha256 } = compiled;
  const { exported, kit } = await evaluatePlugin(compiled, shown);
  const all = Array.isArray(exported) ? exported : [exported];
  const found = all.map((plugin): { entry: Registered; plugin: object } => {
    const contract = contractOf(plugin);
    if ('problem' in contract) {
      throw new UsageError(`this is no plug-in: ${contract.problem}`, { file: shown, hint: contract.hint });
    }
    const { name } = plugin as { name: string };
    return { entry: { kind: contract.kind, name, file, sha256 }, plugin: plugin as object };
  });
  for (const { entry } of found) refuseClash(entry, shown);
  // A module that has changed leaves nothing of what it was.
  for (const { kind, name } of registeredFrom(file)) {
    REGISTERED.delete(`${kind} ${name}`);
    delete TABLES[kind][name];
  }
  for (const { entry, plugin } of found) {
    const { kind, name } = entry;
    TABLES[kind][name] = blamed(kind, plugin, file);
    REGISTERED.set(`${kind} ${name}`, entry);
  }
  MODULES.set(file, compiled);
  KITS.set(file, kit);
  setEnvironmentData(KEY, [...MODULES.values()] as never);
  return found.map(({ entry }) => entry);
}

function registeredFrom(file: string): Registered[] {
  return [...REGISTERED.values()].filter((entry) => entry.file === file);
}

function refuseClash({ kind, name, file }: Registered, shown: string): void {
  const other = registeredAs(kind, name);
  if (other?.file === file || !Object.hasOwn(TABLES[kind], name)) return;
  const whose = other === undefined ? 'that comes with faultline' : `of ${other.file}`;
  throw new UsageError(`the ${kind} "${name}" has the name of the ${kind} ${whose}`, {
    file: shown,
    hint: 'give it another name: the key "name" of what it exports',
  });
}
