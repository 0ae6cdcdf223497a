/**
 * The wall clocks of simulated nodes as the faults know clocks.
 */
import type { ClockSkew, Clocks, Evidence, NodeId } from '../../contracts.ts';
import type { World } from '../../sim/world.ts';

/** Clocks of one world. */
export class SimClocks implements Clocks {
  readonly mechanism = 'simulated';
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  async set(node: NodeId, skew: ClockSkew): Promise<Evidence> {
    this.#world.node(node).clock.set(skew, this.#world.now);
    return this.#evidence(node);
  }

  async reset(node: NodeId): Promise<Evidence> {
    this.#world.node(node).clock.set(null, this.#world.now);
    return this.#evidence(node);
  }

  async read(node: NodeId): Promise<number | null> {
    return this.#world.node(node).clock.offsetNs(this.#world.now);
  }

  /** Simulated clocks are read where they are made. */
  errorNs(): number {
    return 0;
  }

  #evidence(node: NodeId): Evidence {
    const offsetNs = this.#world.node(node).clock.offsetNs(this.#world.now);
    return {
      state: 'installed',
      bit: offsetNs === 0 ? null : true,
      summary: `the clock of ${node} is off by ${offsetNs / 1e6} ms`,
      measures: { offsetNs },
    };
  }
}
