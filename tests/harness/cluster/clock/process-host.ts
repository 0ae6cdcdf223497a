/**
 * A cluster reduced to what clocks see of it: nodes that are processes started by the test.
 */
import type { ClockHost } from '../../../../harness/cluster/options.ts';
import { processInfo, processTree } from '../../../../harness/cluster/proc.ts';
import type { ClockChild } from './clock-child.ts';

export class ProcessHost implements ClockHost {
  readonly nodes = ['n1', 'n2', 'n3'];
  readonly paused = new Set<string>();
  readonly #leaders = new Map<string, { pid: number; startTicks: number }>();
  readonly #listeners: ((node: string, pid: number) => void | Promise<void>)[] = [];
  readonly #ready: ((node: string) => void | Promise<void>)[] = [];

  /** Makes a process the node's, as a start or restart does. */
  async start(node: string, child: ClockChild): Promise<ClockChild> {
    this.#leaders.set(node, { pid: child.pid, startTicks: processInfo(child.pid)!.startTicks });
    for (const listener of this.#listeners) await listener(node, child.pid);
    return child;
  }

  pids(node: string): number[] {
    const leader = this.#leaders.get(node);
    return leader === undefined ? [] : processTree(leader).map(({ pid }) => pid);
  }

  onStart(listener: (node: string, pid: number) => void | Promise<void>): void {
    this.#listeners.push(listener);
  }

  onReady(listener: (node: string) => void | Promise<void>): void {
    this.#ready.push(listener);
  }

  /** Tells that a node is ready, as a cluster does after each start. */
  async becomeReady(node: string): Promise<void> {
    for (const listener of this.#ready) await listener(node);
  }

  isPaused(node: string): boolean {
    return this.paused.has(node);
  }
}
