/**
 * Variants of the program under test: another configuration, another version or another program that speaks the same
 * protocol. Nodes may run one from the start (`mixed`), or be restarted with one (the fault `rolling`).
 */
import type { NodeId } from '../contracts.ts';
import type { Json } from '../op.ts';
import { suggest, UsageError } from '../registry.ts';
import { splitCommand } from './split-command.ts';

/** A variant as it is written; what it leaves out is as in the rest of the configuration. */
export interface VariantConfig {
  /** Options of the system, on top of `set`. */
  set?: Record<string, Json>;
  /** Bug switches instead of `bugs`. */
  bugs?: string[];
  /** Another program to start, where a command section describes the first. */
  start?: string | string[];
  /** Environment, on top of that of the command section. */
  env?: Record<string, string>;
}

/** A variant with nothing left open. */
export interface VariantSpec {
  set: Record<string, Json>;
  bugs: string[] | null;
  start: string[] | null;
  env: Record<string, string>;
}

/** Variants by name, normalised. */
export function variantSpecs(variants: Record<string, VariantConfig> = {}): Record<string, VariantSpec> {
  return Object.fromEntries(
    Object.entries(variants).map(([name, { set = {}, bugs, start, env = {} }]) => [
      name,
      {
        set,
        bugs: bugs ?? null,
        start: start === undefined ? null : typeof start === 'string' ? splitCommand(start) : start,
        env,
      },
    ]),
  );
}

/** Checks that the nodes and variants of `mixed` exist. Throws `UsageError`. */
export function checkMixed(
  mixed: Readonly<Record<NodeId, string>>,
  nodes: readonly NodeId[],
  names: readonly string[],
): void {
  for (const [node, variant] of Object.entries(mixed)) {
    if (!nodes.includes(node))
      throw new UsageError(`mixed: there is no node "${node}"`, { hint: suggest(node, nodes) });
    if (!names.includes(variant))
      throw new UsageError(`mixed: there is no variant "${variant}"`, { hint: suggest(variant, names) });
  }
}
