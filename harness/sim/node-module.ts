/**
 * Nodes from a module of the user's: compiled once, evaluated anew for every life of every node, so that what a
 * module keeps beside its nodes is as volatile, and as private, as the memory of a process.
 */
import { existsSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { UsageError } from '../registry.ts';
import type { UserNodeFactory } from './guarded-program.ts';

/** A compiled module; call it for a factory of its own. */
export type NodeModule = () => UserNodeFactory;

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
  return () => {
    const instance = new Module(file) as Module & {
      _compile(code: string, name: string): void;
      paths: string[];
    };
    instance.filename = file;
    instance.paths = createRequire(file).resolve.paths('x') ?? [dirname(file)];
    instance._compile(built, file);
    const { default: made } = instance.exports as { default?: unknown };
    if (typeof made !== 'function') {
      throw new UsageError('this module has no function as its default export', {
        file: shown,
        hint: 'write export default (node) => ({ onMessage(from, body) { ... } })',
      });
    }
    return made as UserNodeFactory;
  };
}

function bundle(file: string, shown: string): string {
  try {
    const { outputFiles } = buildSync({
      entryPoints: [file],
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      write: false,
      logLevel: 'silent',
    });
    return outputFiles[0]!.text;
  } catch (error) {
    const first = (error as { errors?: { text: string; location?: { line: number } | null }[] }).errors?.[0];
    throw new UsageError(first?.text ?? String(error), {
      file: shown,
      ...(first?.location == null ? {} : { line: first.location.line }),
    });
  }
}
