/**
 * Nodes from a module of the user's: compiled once, evaluated anew for every life of every node, so that what a
 * module keeps beside its nodes is as volatile, and as private, as the memory of a process. It is evaluated as code
 * of its node: a clock it reads at its beginning is that of the simulation too.
 */
import { existsSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname, resolve } from 'node:path';
import { onFirstUse } from '../on-first-use.ts';
import { UsageError } from '../registry.ts';
import { type Ambient, type Callable, within } from './ambient.ts';
import { runAs } from './guard.ts';
import { made, type UserNodeFactory } from './guarded-program.ts';
import { rememberPositions } from './written-positions.ts';

/** A compiled module; call it for a factory of its own, which evaluates the module when it makes a node. */
export type NodeModule = () => UserNodeFactory;

const require = createRequire(import.meta.url);
const esbuild = onFirstUse(() => require('esbuild') as typeof import('esbuild'));

const known = new Map<string, NodeModule>();

/**
 * Compiles a JavaScript or TypeScript module. Its default export is a function that is given the node and
 * returns `{ start?, onMessage, onTimer? }`. Throws `UsageError` for a module that is missing or cannot be
 * compiled; the factory throws it for one without such an export.
 */
export function loadNodeModule(path: string): NodeModule {
  const file = resolve(path);
  let module = known.get(file);
  if (module === undefined) known.set(file, (module = compile(file, path)));
  return module;
}

function compile(file: string, shown: string): NodeModule {
  if (!existsSync(file)) throw new UsageError('there is no such module', { file: shown });
  const built = bundle(file, shown);
  const evaluate = (): UserNodeFactory => {
    const instance = new Module(file) as Module & {
      _compile(code: string, name: string): void;
      paths: string[];
    };
    instance.filename = file;
    instance.paths = createRequire(file).resolve.paths('x') ?? [dirname(file)];
    // What it imports from elsewhere is loaded by the machine, and is the same for all nodes.
    const { require } = instance as unknown as { require: Callable };
    (instance as unknown as { require: Callable }).require = (name) =>
      outside(() => require.call(instance, name));
    instance._compile(built, file);
    // Of a module in CommonJS all that it exports may be the function.
    const all = instance.exports as { default?: unknown };
    const exported = typeof all === 'function' ? all : all.default;
    if (typeof exported !== 'function') {
      throw new UsageError('this module has no function as its default export', {
        file: shown,
        hint: 'write export default (node) => ({ onMessage(from, body) { ... } })',
      });
    }
    return exported as UserNodeFactory;
  };
  tryOut(evaluate, shown);
  return () => (node, settings) => made(evaluate(), node, settings);
}

/** Evaluates it once, so that a module that makes no nodes is refused before anything starts. */
function tryOut(evaluate: () => UserNodeFactory, shown: string): void {
  runAs(NOBODY, () => {
    try {
      evaluate();
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const said = error instanceof Error ? error.message : String(error);
      throw new UsageError(`this module cannot be evaluated: ${said}`, { file: shown });
    }
  });
}

/** A life that is none: time stands still, and nothing is called back. */
const NOBODY: Ambient = {
  wallMs: () => Date.UTC(2026, 0),
  elapsedMs: () => 0,
  random: () => 0.5,
  setTimer: () => 0,
  clearTimer: () => {},
  note: () => {},
  failed: () => {},
};

function outside(work: () => unknown): unknown {
  let result: unknown;
  within(null, () => {
    result = work();
  });
  return result;
}

function bundle(file: string, shown: string): string {
  try {
    const { outputFiles } = esbuild().buildSync({
      entryPoints: [file],
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      write: false,
      sourcemap: 'external',
      sourcesContent: false,
      outfile: file,
      logLevel: 'silent',
    });
    const map = outputFiles.find(({ path }) => path.endsWith('.map'))!;
    rememberPositions(file, map.text);
    return outputFiles.find(({ path }) => path !== map.path)!.text;
  } catch (error) {
    const first = (error as { errors?: { text: string; location?: { line: number } | null }[] }).errors?.[0];
    throw new UsageError(first?.text ?? String(error), {
      file: shown,
      ...(first?.location == null ? {} : { line: first.location.line }),
    });
  }
}
