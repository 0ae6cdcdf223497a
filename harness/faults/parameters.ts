/**
 * Parameters of faults: defaults filled in, everything else refused with one clear sentence. Both the command
 * line and the planner go through here, so a wrong parameter is found before anything starts.
 */
import type { Fault, Json, ParameterSpec } from '../contracts.ts';
import { suggest, UsageError } from '../registry.ts';

/**
 * Thrown by `plan` when what was asked for is right, but not on this cluster: a strict minority of two nodes.
 * The planner leaves the fault out and says why. What is wrong on any cluster is a `UsageError` instead.
 */
export class ImpossibleFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'ImpossibleFault';
  }
}

/**
 * All parameters of a fault's mode: the given ones, checked, and defaults for the rest.
 * Throws `UsageError` for an unknown mode or name, a wrong type, a value out of bounds.
 */
export function resolveParams(
  fault: Pick<Fault, 'name' | 'modes'>,
  mode: string,
  given: Readonly<Record<string, Json>>,
): Record<string, Json> {
  const known = Object.hasOwn(fault.modes, mode) ? fault.modes[mode] : undefined;
  if (known === undefined) {
    throw new UsageError(`${fault.name} has no mode "${mode}"`, {
      hint: suggest(mode, Object.keys(fault.modes)),
    });
  }
  const specs = known.params ?? {};
  for (const name of Object.keys(given)) {
    if (specs[name] !== undefined) continue;
    const names = Object.keys(specs);
    const hint = names.length === 0 ? 'it takes none' : suggest(name, names);
    throw new UsageError(`${fault.name} ${mode} has no parameter "${name}"`, { hint });
  }
  const resolved: Record<string, Json> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = given[name];
    if (value === undefined || value === null) resolved[name] = spec.default;
    else resolved[name] = checked(`${fault.name} ${mode}: ${name}`, spec, value);
  }
  return resolved;
}

function checked(where: string, spec: ParameterSpec, value: Json): Json {
  const refuse = (expected: string): never => {
    throw new UsageError(`${where} must be ${expected}, not ${JSON.stringify(value)}`);
  };
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    refuse(`one of ${spec.choices.map((choice) => JSON.stringify(choice)).join(', ')}`);
  }
  const type = spec.type ?? kindOf(spec.default);
  if (type !== null && kindOf(value) !== type) refuse(`a ${type}`);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse('a finite number');
    if (spec.min !== undefined && value < spec.min) refuse(`at least ${spec.min}`);
    if (spec.max !== undefined && value > spec.max) refuse(`at most ${spec.max}`);
  }
  return value;
}

function kindOf(value: Json): 'number' | 'boolean' | 'string' | 'list' | 'map' | null {
  if (value === null) return null;
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'map';
  return typeof value as 'number' | 'boolean' | 'string';
}
