/**
 * The clocks of nodes in virtual time: monotonic clocks are virtual time itself, wall clocks begin at one date and
 * are wrong as the clock faults say. No process is touched: whoever asks the time is told this one.
 */
import type { ClockSkew, Evidence, NodeId } from '../../contracts.ts';
import { EPOCH_MS, NodeClock } from '../../sim/clock.ts';
import { monotonicNs } from '../../time.ts';
import type { OwnedClocks } from '../options.ts';

/** The wall clocks of all nodes of one cluster. */
export class VirtualClocks implements OwnedClocks {
  readonly mechanism = 'virtual time';
  readonly #clocks: ReadonlyMap<NodeId, NodeClock>;
  readonly #changed: (node: NodeId) => void;

  /** `changed` hears of every clock that was set: who waits for a wall-clock time may be due. */
  constructor(nodes: readonly NodeId[], changed: (node: NodeId) => void) {
    this.#clocks = new Map(nodes.map((node) => [node, new NodeClock()]));
    this.#changed = changed;
  }

  /** Nanoseconds since the epoch, as the node sees them. */
  wallNs(node: NodeId): bigint {
    const now = monotonicNs();
    return BigInt(EPOCH_MS) * 1_000_000n + BigInt(now + this.#clock(node).offsetNs(now));
  }

  async set(node: NodeId, skew: ClockSkew): Promise<Evidence> {
    return this.#put(node, skew);
  }

  async reset(node: NodeId): Promise<Evidence> {
    return this.#put(node, null);
  }

  async read(node: NodeId): Promise<number | null> {
    return this.#clock(node).offsetNs(monotonicNs());
  }

  /** Clocks on virtual time are read where they are made. */
  errorNs(): number {
    return 0;
  }

  #put(node: NodeId, skew: ClockSkew | null): Evidence {
    const now = monotonicNs();
    const clock = this.#clock(node);
    clock.set(skew, now);
    this.#changed(node);
    const offsetNs = clock.offsetNs(now);
    return {
      state: 'installed',
      bit: offsetNs === 0 ? null : true,
      summary: `the clock of ${node} is off by ${offsetNs / 1e6} ms`,
      measures: { offsetNs },
    };
  }

  #clock(node: NodeId): NodeClock {
    return this.#clocks.get(node)!;
  }
}
