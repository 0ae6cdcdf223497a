/**
 * The disks of a simulated cluster as faults get at them: trouble, and losses of power, at once or at a sync to come.
 */
import type { Disks, DiskTrouble, NodeId, PowerCut, PowerLoss } from '../../link-data.ts';
import { keptAtPowerCut } from '../../sim/refusals.ts';
import type { World } from '../../sim/world.ts';
import type { SimFleet } from './sim-fleet.ts';

/** All disks of one simulated cluster. */
export class SimDisks implements Disks {
  readonly #world: World;
  readonly #fleet: SimFleet;
  readonly #losses = new Map<NodeId, PowerLoss>();

  constructor(world: World, fleet: SimFleet) {
    this.#world = world;
    this.#fleet = fleet;
  }

  set(node: NodeId, trouble: DiskTrouble | null): void {
    this.#world.node(node).disk.trouble = trouble ?? {};
  }

  hits(node: NodeId): number {
    return this.#world.node(node).disk.hits;
  }

  async cutPower(node: NodeId, cut: PowerCut): Promise<PowerLoss> {
    return this.#cut(node, cut);
  }

  async armPowerCut(node: NodeId, cut: (PowerCut & { atSync: number; path: string }) | null): Promise<void> {
    const { disk } = this.#world.node(node);
    disk.armed = null;
    if (cut === null) return;
    this.#losses.delete(node);
    const strike = (): void => {
      this.#losses.set(node, this.#cut(node, cut));
    };
    disk.armed = { atSync: cut.atSync, path: cut.path, strike };
  }

  armedLoss(node: NodeId): PowerLoss | null {
    return this.#losses.get(node) ?? null;
  }

  #cut(id: NodeId, cut: PowerCut): PowerLoss {
    const node = this.#world.node(id);
    const keep = keptAtPowerCut(cut);
    const loss = node.disk.lossAt(keep);
    this.#fleet.end(node, 'killed', keep);
    return loss;
  }
}
