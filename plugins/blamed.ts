/**
 * Plug-ins as the tables hold them: an error of their code, where they are asked for a plan, is the user's to mend, and
 * is told with the file it comes from.
 */
import { bounded } from '../checkers/bounded.ts';
import type { Checker } from '../checkers/contract.ts';
import type { Fault } from '../harness/contracts.ts';
import { UsageError } from '../harness/registry.ts';
import type { Workload } from '../harness/workload.ts';
import type { PluginKind } from './define.ts';

/** The plug-in, told apart from what called it when it throws; a checker within its budget. */
export function blamed(kind: PluginKind, plugin: object, file: string): object {
  const called = `${kind} "${(plugin as { name: string }).name}"`;
  const blame = <Args extends unknown[], Result>(what: string, call: (...args: Args) => Result) => {
    return (...args: Args): Result => {
      try {
        return call(...args);
      } catch (error) {
        // Bad input is the business of whoever gave it; an impossible fault is an answer.
        if (error instanceof UsageError || !(error instanceof Error) || !isSlip(error)) throw error;
        const line = lineIn(error, file);
        const details = line === null ? { file } : { file, line };
        throw new UsageError(`${what} of the ${called} threw ${error.name}: ${error.message}`, details);
      }
    };
  };
  if (kind === 'workload') {
    return changed(plugin, { build: blame('build', (plugin as Workload).build.bind(plugin)) });
  }
  if (kind === 'fault') {
    return changed(plugin, { plan: blame('plan', (plugin as Fault).plan.bind(plugin)) });
  }
  return kind === 'checker' ? bounded(plugin as Checker) : plugin;
}

/** The same with other methods; an instance of a class keeps what it inherits. */
function changed(plugin: object, methods: object): object {
  const isPlain = Object.getPrototypeOf(plugin) === Object.prototype;
  return isPlain ? { ...plugin, ...methods } : Object.assign(Object.create(plugin) as object, methods);
}

/** Errors that the language throws for mistakes; those a plug-in throws on purpose have names of their own. */
function isSlip(error: Error): boolean {
  return ['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'Error'].includes(error.name);
}

/** The line of the module where it was thrown, where the stack tells. */
function lineIn(error: Error, file: string): number | null {
  const name = file.slice(file.lastIndexOf('/') + 1).replaceAll('.', '\\.');
  const found = new RegExp(`(?:^|[^.])${name}:(\\d+)`).exec(error.stack ?? '')?.[1];
  return found === undefined ? null : Number(found);
}
