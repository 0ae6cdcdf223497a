/**
 * Running totals of a run for the live view: counts by outcome, errors by kind, latency quantiles. Constant
 * memory however long the run.
 */
import type { LatencySampled, OpsSampled } from '../events.ts';
import { isClientProcess, type Op, type Process } from '../op.ts';

/** Sub-buckets per power of two: quantiles are exact to about 6 %. */
const STEPS = 16;

/** Counts client operations as they are journalled. */
export class Tally {
  #invoked = 0;
  #ok = 0;
  #fail = 0;
  #info = 0;
  readonly #errors: Record<string, number> = {};
  readonly #open = new Map<Process, number>();
  readonly #buckets = new Uint32Array(64 * STEPS);
  #maxNs = 0;

  /** Takes one journalled operation; others than client operations are ignored. */
  record(op: Op): void {
    if (!isClientProcess(op.process)) return;
    if (op.type === 'invoke') {
      this.#invoked++;
      this.#open.set(op.process, op.time);
      return;
    }
    if (op.type === 'ok') this.#ok++;
    else if (op.type === 'fail') this.#fail++;
    else this.#info++;
    if (op.error) this.#errors[op.error.kind] = (this.#errors[op.error.kind] ?? 0) + 1;
    const invokedAt = this.#open.get(op.process);
    this.#open.delete(op.process);
    if (op.type === 'ok' && invokedAt !== undefined) this.#time(op.time - invokedAt);
  }

  #time(ns: number): void {
    const clamped = Math.max(1, ns);
    const power = Math.floor(Math.log2(clamped));
    const step = Math.min(STEPS - 1, Math.floor((clamped / 2 ** power - 1) * STEPS));
    const bucket = Math.min(this.#buckets.length - 1, power * STEPS + step);
    this.#buckets[bucket] = this.#buckets[bucket]! + 1;
    this.#maxNs = Math.max(this.#maxNs, ns);
  }

  /** Upper end of the bucket in which quantile q of the acknowledged operations lies, ns; 0 for none. */
  quantileNs(q: number): number {
    let left = Math.ceil(this.#ok * q);
    if (this.#ok === 0) return 0;
    for (let i = 0; i < this.#buckets.length; i++) {
      left -= this.#buckets[i]!;
      if (left > 0) continue;
      const upper = 2 ** Math.floor(i / STEPS) * (1 + ((i % STEPS) + 1) / STEPS);
      return Math.min(upper, this.#maxNs);
    }
    return this.#maxNs;
  }

  /** The counts so far. */
  counts(): { invoked: number; ok: number; fail: number; info: number } {
    return { invoked: this.#invoked, ok: this.#ok, fail: this.#fail, info: this.#info };
  }

  /** The events that show the state now. */
  sample(timeNs: number): [OpsSampled, LatencySampled] {
    return [
      { kind: 'ops', timeNs, ...this.counts(), errors: { ...this.#errors } },
      { kind: 'latency', p50Ns: this.quantileNs(0.5), p99Ns: this.quantileNs(0.99), maxNs: this.#maxNs },
    ];
  }
}
