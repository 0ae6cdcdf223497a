/**
 * What containers use while a run lasts: processor time, memory and processes, as the engine counts them, in a file
 * beside the output of each node. A node that starves tells of it there.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeId } from '../../contracts.ts';
import { every, type Timer } from '../../time.ts';
import type { EngineContainer } from './engine-container.ts';

/** The file in the folder of a node's output, a JSON object per line. */
export const USAGE_FILE = 'usage.jsonl';
const INTERVAL_MS = 2_000;

/** Where it is asked, written, and at what time. */
export interface UsageOptions {
  nodes: readonly NodeId[];
  container(node: NodeId): EngineContainer | null;
  logsDir: string;
  /** Run time, ns. */
  now(): number;
}

/** Samples containers until it is closed. */
export class ContainerUsage {
  readonly #options: UsageOptions;
  /** Nodes whose last question is not answered yet: a slow engine is not asked twice. */
  readonly #asked = new Set<NodeId>();
  #timer: Timer | null = null;

  constructor(options: UsageOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = every(INTERVAL_MS, () => this.sample(), true);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** One line for every container that runs; resolves when all are written. */
  async sample(): Promise<void> {
    const { nodes, container, logsDir, now } = this.#options;
    await Promise.all(
      nodes.map(async (node) => {
        const running = container(node);
        if (running === null || this.#asked.has(node)) return;
        this.#asked.add(node);
        try {
          const line = { atMs: Math.round(now() / 1e6), ...(await running.stats()) };
          // Of a container that does not run the engine tells nothing.
          if (line.processes > 0)
            appendFileSync(join(logsDir, node, USAGE_FILE), `${JSON.stringify(line)}\n`);
        } catch {
          // No sample of this moment: the container is gone, or the engine.
        } finally {
          this.#asked.delete(node);
        }
      }),
    );
  }
}
