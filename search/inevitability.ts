/**
 * When a failure became unavoidable: the run keeps its past up to a time and gets other draws from there on,
 * many times; the share of these futures that fail, over time, shows where the die was cast.
 */
import { Seed } from '../harness/random.ts';
import type { Case } from '../harness/sim/case.ts';
import { carryOut, findingOf, type Scenario, type Signature } from './scenario.ts';

/** One time and the share of other futures that fail all the same. */
export interface Chance {
  atNs: number;
  /** From 0 to 1. */
  share: number;
}

/** The curve. */
export interface Inevitability {
  points: Chance[];
  /** From here on at least nine in ten futures fail, as found by bisection; null: never, or from the start. */
  fromNs: number | null;
  /** True when nine in ten fail whatever is drawn: the case alone is enough. */
  always: boolean;
  futures: number;
  runs: number;
}

const FUTURES = 40;
const POINTS = 12;
const CERTAIN = 0.9;
/** Bisection ends at intervals this short, ns. */
const FINE_NS = 2e6;

/** The curve of a case that fails with this signature and has failed by `shownNs`. About 700 runs. */
export function inevitability(
  scenario: Scenario,
  signature: Signature,
  shownNs: number,
  futures = FUTURES,
): Inevitability {
  let runs = 0;
  const judges = scenario.checkers.filter(({ name }) => name === signature.checker);
  const shareAt = (atNs: number): number => {
    let failed = 0;
    for (let i = 0; i < futures; i++) {
      const seed = Seed.of(scenario.case.seed)
        .fork('future', i)
        .rng()
        .int(1, 2 ** 30);
      const c: Case = { ...scenario.case, reseed: { atNs, seed } };
      runs++;
      const outcome = carryOut({ program: scenario.program, checkers: judges }, c);
      if (findingOf(outcome, signature) !== undefined) failed++;
    }
    return failed / futures;
  };
  const points: Chance[] = [];
  for (let i = 0; i <= POINTS; i++) {
    const atNs = Math.round((shownNs * i) / POINTS);
    points.push({ atNs, share: shareAt(atNs) });
  }
  // The last time at which it was still open.
  const open = points.findLastIndex(({ share }) => share < CERTAIN);
  if (open < 0) return { points, fromNs: 0, always: true, futures, runs };
  const certain = points[open + 1];
  if (certain === undefined) return { points, fromNs: null, always: false, futures, runs };
  let low = points[open]!.atNs;
  let high = certain.atNs;
  while (high - low > FINE_NS) {
    const middle = Math.round((low + high) / 2);
    if (shareAt(middle) >= CERTAIN) high = middle;
    else low = middle;
  }
  return { points, fromNs: high, always: false, futures, runs };
}
