/**
 * The options of a workload: defaults filled in, everything else checked, so that a slip is named before
 * anything starts.
 */
import type { ParameterSpec } from '../contracts.ts';
import type { Json } from '../op.ts';
import { suggest, UsageError } from '../registry.ts';
import type { Workload } from '../workload.ts';

/**
 * Every option of the workload, given or default, in the order of its specification. Throws `UsageError` for
 * an unknown name, a wrong type, a value out of bounds or off the list.
 */
export function workloadOptions(
  workload: Pick<Workload, 'name' | 'options'>,
  given: Readonly<Record<string, Json>>,
): Record<string, Json> {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(workload.options, name)) continue;
    throw new UsageError(`workload ${workload.name} has no option "${name}"`, {
      hint: suggest(name, Object.keys(workload.options)),
    });
  }
  return Object.fromEntries(
    Object.entries(workload.options).map(([name, spec]) => {
      const value = given[name];
      if (value === undefined || value === null) return [name, spec.default];
      const wrong = objection(spec, value);
      if (wrong === null) return [name, value];
      throw new UsageError(
        `option ${name} of workload ${workload.name} must be ${wrong}, not ${JSON.stringify(value)}`,
        { hint: `${name}: ${spec.summary} (default ${JSON.stringify(spec.default)})` },
      );
    }),
  );
}

/** What a value must be, or null when it is. */
function objection(spec: ParameterSpec, value: Json): string | null {
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    return `one of ${spec.choices.map((choice) => JSON.stringify(choice)).join(', ')}`;
  }
  const type = spec.type ?? kindOf(spec.default);
  if (type !== null && kindOf(value) !== type) return `a ${type}`;
  if (typeof value !== 'number') return null;
  if (!Number.isFinite(value)) return 'a finite number';
  if (spec.min !== undefined && value < spec.min) return `at least ${spec.min}`;
  if (spec.max !== undefined && value > spec.max) return `at most ${spec.max}`;
  return null;
}

function kindOf(value: Json): 'number' | 'boolean' | 'string' | 'list' | 'map' | null {
  if (value === null) return null;
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'map';
  return typeof value as 'number' | 'boolean' | 'string';
}
