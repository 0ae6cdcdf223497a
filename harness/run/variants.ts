/**
 * What each node of a run is started as: the run's own configuration, or a variant of it.
 */
import type {
  BackendName,
  NodeAddress,
  NodeId,
  ProgramSpec,
  System,
  SystemContext,
  Variants,
} from '../contracts.ts';
import type { Program } from '../program.ts';

/** One way to start nodes. */
export interface RunVariant {
  system: System;
  options: SystemContext['options'];
  bugs: readonly string[];
}

/** What a run's nodes may be started as. */
export interface VariantParts {
  own: RunVariant;
  nodes: readonly NodeId[];
  workload: string;
  named: Readonly<Record<string, RunVariant>>;
  /** Variants of nodes at the beginning. */
  mixed: Readonly<Record<NodeId, string>>;
}

/** The variants of one run; asked at every start of a node. */
export class RunVariants implements Variants {
  readonly names: readonly string[];
  readonly #parts: VariantParts;
  readonly #now: Map<NodeId, string>;

  constructor(parts: VariantParts) {
    this.#parts = parts;
    this.names = Object.keys(parts.named);
    this.#now = new Map(Object.entries(parts.mixed));
  }

  of(node: NodeId): string | null {
    return this.#now.get(node) ?? null;
  }

  set(node: NodeId, variant: string | null): void {
    if (variant === null) this.#now.delete(node);
    else this.#now.set(node, variant);
  }

  /** The program of a node's next life. */
  program(address: NodeAddress, backend: BackendName): ProgramSpec {
    const { system, ...context } = this.#contextOf(address.id);
    return system.program(address, context, backend);
  }

  /** The same in this process. */
  simulated(address: NodeAddress): Program {
    const { system, ...context } = this.#contextOf(address.id);
    return system.simulated!(address, context);
  }

  #contextOf(node: NodeId): Omit<SystemContext, 'cluster'> & { system: System } {
    const { own, named, nodes, workload } = this.#parts;
    const variant = this.of(node);
    return { ...((variant === null ? undefined : named[variant]) ?? own), nodes, workload };
  }
}
