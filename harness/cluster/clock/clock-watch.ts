/**
 * When to look at the processes of skewed nodes for new programs: one node at a time and in turn, so that no look
 * holds up the harness for longer than one reading of the process table; soon and often after a start; and never
 * more than a small share of a core. Without nodes to watch no timer runs.
 */
import type { NodeId } from '../../contracts.ts';
import { after, monotonicNs, type Timer } from '../../time.ts';

/** Between two turns of a node, unless told otherwise. */
const TURN_MS = 50;
/** Right after a start, when scripts replace themselves by the program proper. */
const HURRIED_TURN_MS = 2;
const HURRY_FOR_MS = 200;
/** Looking may use this share of one core; a big process table then makes it slower, not dearer. */
const SHARE = 0.05;
const HURRIED_SHARE = 0.3;

/** Calls `look` for each watched node from time to time. */
export class ClockWatch {
  readonly #look: (node: NodeId) => Promise<void>;
  readonly #turnMs: number;
  /** Watched nodes, the next in turn first, and until when each is in a hurry. */
  readonly #nodes = new Map<NodeId, number>();
  #timer: Timer | null = null;
  #busy = false;
  /** What a look took of late, milliseconds. */
  #costMs = 0;

  /** `look` must not reject. Each node's turn comes every `turnMs`, where looking is cheap. */
  constructor(look: (node: NodeId) => Promise<void>, turnMs = TURN_MS) {
    this.#look = look;
    this.#turnMs = turnMs;
  }

  /** Watches a node from now on. */
  add(node: NodeId): void {
    if (!this.#nodes.has(node)) this.#nodes.set(node, 0);
    this.#arm();
  }

  /** Watches a node closely for a moment, because a process of it has just started. */
  hurry(node: NodeId): void {
    this.#nodes.set(node, monotonicNs() + HURRY_FOR_MS * 1e6);
    this.#arm();
  }

  /** Watches a node no longer. */
  remove(node: NodeId): void {
    this.#nodes.delete(node);
    this.#arm();
  }

  /** Watches nothing any more. */
  stop(): void {
    this.#nodes.clear();
    this.#arm();
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#nodes.size === 0 || this.#busy) return;
    const hurried = this.#hurried() !== undefined;
    const waitMs = hurried
      ? Math.max(HURRIED_TURN_MS, this.#costMs / HURRIED_SHARE)
      : Math.max(this.#turnMs / this.#nodes.size, this.#costMs / SHARE);
    this.#timer = after(waitMs, () => void this.#turn(), true);
  }

  #hurried(): NodeId | undefined {
    const now = monotonicNs();
    return [...this.#nodes].find(([, until]) => until > now)?.[0];
  }

  async #turn(): Promise<void> {
    const node = this.#hurried() ?? this.#nodes.keys().next().value;
    if (node === undefined) return;
    // To the end of the queue, with its hurry.
    const until = this.#nodes.get(node)!;
    this.#nodes.delete(node);
    this.#nodes.set(node, until);
    this.#busy = true;
    const began = monotonicNs();
    await this.#look(node);
    this.#busy = false;
    this.#costMs = (this.#costMs + (monotonicNs() - began) / 1e6) / 2;
    this.#arm();
  }
}
