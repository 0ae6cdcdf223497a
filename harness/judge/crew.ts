/**
 * Lanes that have nothing of their own to do help with checks that can be shared. One lane leads; others join
 * while it is at work, and what they found comes back to it when all are done.
 */
import { monotonicNs } from '../time.ts';
import type { CheckerResult } from '../verdict.ts';
import type { CheckerSpec } from '../workload.ts';
import { MAX_SHARING, type SharedWork } from './messages.ts';

/** What a helper brought back: its part of the findings, or why there is none. */
export type Help = { share: unknown } | { failed: CheckerResult };

/** A lane, as far as helping goes. */
export interface Helper {
  /** Starts its worker, if there is none; false when it does not start. */
  ready(): Promise<boolean>;
  help(spec: CheckerSpec, work: SharedWork, place: number, timeoutMs: number): Promise<Help>;
  close(): Promise<void>;
}

/** One check others may help with. */
export class Crew {
  readonly spec: CheckerSpec;
  readonly #hall: CrewHall;
  readonly #helpers = new Map<Helper, Promise<Help>>();
  #work: SharedWork | null = null;
  #endNs = 0;

  constructor(spec: CheckerSpec, hall: CrewHall) {
    this.spec = spec;
    this.#hall = hall;
  }

  /** Others may join from now on, for as long as the leader has time itself. */
  open(work: SharedWork, leftMs: number): void {
    this.#work = work;
    this.#endNs = monotonicNs() + leftMs * 1e6;
    this.#hall.announce(this);
  }

  /** Helps as long as there is work. Resolves at once when the check is over already. */
  async join(lane: Helper): Promise<void> {
    if (!(await lane.ready())) return this.#close();
    const place = this.#helpers.size + 1;
    const leftMs = (this.#endNs - monotonicNs()) / 1e6;
    if (this.#work === null || place >= MAX_SHARING || leftMs <= 0) return;
    const help = lane.help(this.spec, this.#work, place, leftMs);
    this.#helpers.set(lane, help);
    await help;
    // Whoever comes back found nothing left to claim; nobody else would.
    this.#hall.withdraw(this);
  }

  /** Nobody may join any more; what those who did found. */
  async finish(): Promise<Help[]> {
    this.#close();
    return Promise.all(this.#helpers.values());
  }

  /** The leader is gone: what its helpers do is in vain. */
  async abandon(): Promise<void> {
    this.#close();
    await Promise.all([...this.#helpers.keys()].map((lane) => lane.close()));
  }

  #close(): void {
    this.#work = null;
    this.#hall.withdraw(this);
  }
}

/** Where lanes wait for something to help with. */
export class CrewHall {
  readonly #open = new Set<Crew>();
  readonly #waiting: (() => void)[] = [];
  #over = false;

  /** A check others may help with, as soon as there is one; null when there will be none. */
  async next(): Promise<Crew | null> {
    for (;;) {
      for (const crew of this.#open) return crew;
      if (this.#over) return null;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** This check may be helped with. */
  announce(crew: Crew): void {
    this.#open.add(crew);
    this.#wake();
  }

  /** This check is over, or needs no more help. */
  withdraw(crew: Crew): void {
    this.#open.delete(crew);
  }

  /** No check will be announced any more. */
  close(): void {
    this.#over = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
