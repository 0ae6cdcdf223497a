/**
 * What a fault did to clients: failures and tail latency of the operations that began while it was in force,
 * beside those that began while nothing was. Quantiles come from logarithmic buckets 2 % wide, so one pass
 * and constant memory are enough.
 */
import { type History, NONE, OK } from '../../harness/history/history.ts';
import type { FaultEffect, FaultRow } from '../model.ts';
import { eachInvocation, outcomeAt } from './operations.ts';

const STEP = Math.log(1.02);
const BUCKETS = 1600;

class Tally {
  ops = 0;
  notOk = 0;
  #answered = 0;
  readonly #buckets = new Uint32Array(BUCKETS);

  add(ok: boolean, ns: number): void {
    this.ops++;
    if (!ok) this.notOk++;
    if (ns < 0) return;
    this.#answered++;
    this.#buckets[Math.min(BUCKETS - 1, Math.floor(Math.log(Math.max(1, ns)) / STEP))]!++;
  }

  p99(): number | null {
    if (this.#answered === 0) return null;
    let left = Math.ceil(this.#answered * 0.99);
    for (let i = 0; i < BUCKETS; i++) {
      left -= this.#buckets[i]!;
      if (left <= 0) return Math.exp((i + 0.5) * STEP);
    }
    return null;
  }
}

/** Fills `effect` of every fault that was in force. O(n * f) for f faults. */
export function measureEffects(history: History, faults: readonly FaultRow[], endNs: number): void {
  const active = faults.filter((fault) => fault.fromNs !== null);
  if (active.length === 0) return;
  const tallies = active.map(() => new Tally());
  const baseline = new Tally();
  const { pairs, times, types } = history.columns;
  eachInvocation(history, (i) => {
    const at = times[i]!;
    const pair = pairs[i]!;
    // Refusals are answers too, but quick ones; only what was carried out says how slow the system is.
    const answered = pair !== NONE && types[pair] !== 2;
    const ns = answered ? times[pair]! - at : -1;
    const ok = outcomeAt(history, i) === 'ok';
    let calm = true;
    for (let f = 0; f < active.length; f++) {
      const fault = active[f]!;
      if (at < fault.fromNs! || at >= (fault.toNs ?? endNs)) continue;
      calm = false;
      tallies[f]!.add(ok, ns);
    }
    if (calm) baseline.add(ok, ns);
  });
  const baselineP99Ns = baseline.p99();
  const breaks = breaksOf(history, active, endNs);
  active.forEach((fault, f) => {
    const tally = tallies[f]!;
    const effect: FaultEffect = {
      ops: tally.ops,
      notOk: tally.notOk,
      p99Ns: tally.p99(),
      baselineOps: baseline.ops,
      baselineNotOk: baseline.notOk,
      baselineP99Ns,
      ...breaks[f]!,
    };
    fault.effect = effect;
  });
}

/** How long nothing was acknowledged under each fault, and how soon something was after it. One pass, O(n + f). */
function breaksOf(
  history: History,
  faults: readonly FaultRow[],
  endNs: number,
): Pick<FaultEffect, 'silenceNs' | 'recoveryNs'>[] {
  const found = faults.map((fault) => ({
    silenceNs: 0,
    recoveryNs: null as number | null,
    last: fault.fromNs!,
  }));
  const { types, times, pairs, processes } = history.columns;
  for (let i = 0; i < history.length; i++) {
    if (types[i] !== OK || processes[i]! < 0 || pairs[i] === NONE) continue;
    const at = times[i]!;
    faults.forEach((fault, f) => {
      const [one, toNs] = [found[f]!, fault.toNs ?? endNs];
      if (at > fault.fromNs! && one.last < toNs) {
        one.silenceNs = Math.max(one.silenceNs, Math.min(at, toNs) - one.last);
        one.last = at;
      }
      if (fault.toNs !== null && one.recoveryNs === null && times[pairs[i]!]! >= toNs)
        one.recoveryNs = at - toNs;
    });
  }
  return found.map(({ silenceNs, recoveryNs, last }, f) => ({
    silenceNs: Math.max(silenceNs, (faults[f]!.toNs ?? endNs) - last),
    recoveryNs,
  }));
}
