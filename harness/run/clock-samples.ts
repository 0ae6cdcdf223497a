/**
 * How wrong the clocks of nodes were over a run, read from the nodes' own processes now and then, for the report.
 */
import type { Clocks, NodeId } from '../contracts.ts';

/** Readings of one node, a few hundred at most. */
export interface ClockTrack {
  node: NodeId;
  /** Time since the run started, offset, and how far the offset may be off to either side; all ns. */
  points: [timeNs: number, offsetNs: number, errorNs: number][];
}

/** Readings of one node at which every second one is given up, so that long runs stay short to tell. */
const MOST = 600;

/** Gathers readings. */
export class ClockSamples {
  readonly #clocks: Clocks;
  readonly #tracks: readonly ClockTrack[];
  /** Only every so many-th call reads. */
  #stride = 1;
  #calls = 0;

  constructor(clocks: Clocks, nodes: readonly NodeId[]) {
    this.#clocks = clocks;
    this.#tracks = nodes.map((node) => ({ node, points: [] }));
  }

  /** Reads all clocks; a node that cannot be read now has no reading for this moment. Never rejects. */
  async take(now: () => number): Promise<void> {
    if (this.#calls++ % this.#stride !== 0) return;
    await Promise.all(
      this.#tracks.map(async ({ node, points }) => {
        const beganNs = now();
        const offsetNs = await this.#clocks.read(node).catch(() => null);
        if (offsetNs === null) return;
        const tookNs = now() - beganNs;
        // Read at some moment between question and answer: the middle is off by half of it at most.
        const errorNs = this.#clocks.errorNs?.(node, tookNs) ?? tookNs / 2;
        points.push([Math.round(beganNs + tookNs / 2), offsetNs, Math.round(errorNs)]);
      }),
    );
    if (this.#tracks.every(({ points }) => points.length < MOST)) return;
    this.#stride *= 2;
    for (const { points } of this.#tracks)
      points.splice(0, points.length, ...points.filter((_, i) => i % 2 === 0));
  }

  /** What was read, of nodes that could be read at all. */
  tracks(): ClockTrack[] {
    return this.#tracks.filter(({ points }) => points.length > 1).map((track) => ({ ...track }));
  }
}
