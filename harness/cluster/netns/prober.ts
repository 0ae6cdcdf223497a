/**
 * Tries links with frames from device to device: see switch/probe.c. Answers for links of a cluster that is up.
 */
import { closeSync, openSync } from 'node:fs';
import { within } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { killTree, type RunningProcess, startProcess } from '../processes.ts';
import type { DeviceEnd } from './packet-network.ts';

const START_MS = 5_000;

/** The probing process of one cluster. */
export class Prober {
  readonly #process: RunningProcess;
  readonly #waiting = new Map<number, (arrived: boolean) => void>();
  #ready: (() => void) | null = null;
  #partial = '';
  #next = 1;

  private constructor(running: RunningProcess) {
    this.#process = running;
    running.stdout?.setEncoding('utf8');
    running.stdout?.on('data', (text: string) => this.#hear(text));
    void running.exited.then(() => {
      for (const answer of this.#waiting.values()) answer(false);
      this.#waiting.clear();
    });
  }

  /** Starts it; rejects with `ClusterError` when it cannot open the devices. */
  static async start(program: string, ends: readonly DeviceEnd[]): Promise<Prober> {
    const nothing = openSync('/dev/null', 'r+');
    try {
      const args = ['probe', ...ends.flatMap(({ namespace, device, mac }) => [namespace, device, mac])];
      const plumbing = { protocol: 'pipe' as const, stdoutFd: nothing, stderrFd: nothing };
      const running = await startProcess({ file: program, args }, {}, plumbing, () => undefined);
      const prober = new Prober(running);
      const ready = new Promise<void>((resolve) => {
        prober.#ready = resolve;
      });
      const ended = running.exited.then(() => {
        throw new ClusterError('the prober of links ended at once');
      });
      await within(START_MS, 'the prober of links', Promise.race([ready, ended]));
      return prober;
    } finally {
      closeSync(nothing);
    }
  }

  /** True when a frame sent now arrives within so many milliseconds. */
  ask(from: number, to: number, waitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const id = this.#next++;
      this.#waiting.set(id, resolve);
      this.#process.stdin?.write(`${id} ${from} ${to} ${Math.round(waitMs)}\n`);
    });
  }

  async close(): Promise<void> {
    killTree(this.#process);
    await this.#process.exited;
  }

  #hear(text: string): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = lines.pop()!;
    for (const line of lines) {
      if (line === 'ready') {
        this.#ready?.();
        continue;
      }
      const [id, arrived] = line.split(' ').map(Number);
      this.#waiting.get(id!)?.(arrived === 1);
      this.#waiting.delete(id!);
    }
  }
}
