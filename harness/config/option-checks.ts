/**
 * Options of workloads, faults, checkers and gates, held against what each says it takes. The rules are those
 * of the planner; here they are asked one key at a time, so that a slip is shown at its key.
 */
import type { Fault, ParameterSpec } from '../contracts.ts';
import { resolveParams } from '../faults/parameters.ts';
import { gateLimits } from '../gates.ts';
import type { Json } from '../op.ts';
import { workloadOptions } from '../plan/workload-options.ts';
import { suggest, UsageError } from '../registry.ts';
import type { Workload } from '../workload.ts';
import type { Path, Problem } from './problem.ts';
import type { Config, NemesisConfig } from './types.ts';

/** What plug-ins take, by their names; the registries themselves fit. */
export interface KnownOptions {
  workloads?: Readonly<Record<string, Pick<Workload, 'name' | 'options'>>>;
  faults?: Readonly<Record<string, Pick<Fault, 'name' | 'modes' | 'defaultMode'>>>;
  checkers?: Readonly<Record<string, { options: Readonly<Record<string, ParameterSpec>> }>>;
}

/** Problems with the options of the workload, the checkers and the gates. */
export function checkOptions(config: Config, known: KnownOptions): Problem[] {
  const problems: Problem[] = [];
  const { workload, checkers, gates } = config;
  if (typeof workload === 'object') {
    const spec = own(known.workloads, workload.name);
    problems.push(...eachOption(workload, ['workload'], spec, (options) => workloadOptions(spec!, options)));
  }
  for (const [i, checker] of (checkers ?? []).entries()) {
    if (typeof checker !== 'object') continue;
    const spec = own(known.checkers, checker.name);
    problems.push(
      ...eachOption(checker, ['checkers', i], spec, (options) =>
        knownOnly(checker.name, spec!.options, options),
      ),
    );
  }
  for (const [name, value] of Object.entries(gates ?? {})) {
    problems.push(...asked(['gates', name], () => gateLimits({ [name]: value })));
  }
  return problems;
}

/** Problems with the parameters of one fault of the nemesis list; `mode` is null for its default. */
export function checkParams(
  item: NemesisConfig,
  faultName: string,
  mode: string | null,
  path: Path,
  known: KnownOptions,
): Problem[] {
  const fault = own(known.faults, faultName);
  if (fault === undefined) return [];
  return Object.entries(item.params ?? {}).flatMap(([name, value]) =>
    asked([...path, 'params', name], () =>
      resolveParams(fault, mode ?? fault.defaultMode, { [name]: value }),
    ),
  );
}

/** Asks about every option on its own; nothing is said about an unknown plug-in. */
function eachOption(
  section: Record<string, Json>,
  path: Path,
  spec: unknown,
  ask: (options: Record<string, Json>) => unknown,
): Problem[] {
  if (spec === undefined) return [];
  return Object.entries(section)
    .filter(([name]) => name !== 'name')
    .flatMap(([name, value]) => asked([...path, name], () => ask({ [name]: value })));
}

/** The refusal of one key as a problem at that key: at its name when that is what is wrong. */
function asked(path: Path, ask: () => unknown): Problem[] {
  try {
    ask();
    return [];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const isName = error.message.includes(`"${String(path.at(-1))}"`);
    const problem: Problem = { path, at: isName ? 'key' : 'value', message: error.message };
    return [error.hint === undefined ? problem : { ...problem, hint: error.hint }];
  }
}

function knownOnly(
  checker: string,
  specs: Readonly<Record<string, ParameterSpec>>,
  options: Record<string, Json>,
): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(specs, name)) continue;
    const names = Object.keys(specs);
    throw new UsageError(`checker ${checker} has no option "${name}"`, {
      hint: names.length === 0 ? 'it takes none' : suggest(name, names),
    });
  }
}

function own<T>(table: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}
