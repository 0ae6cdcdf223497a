/**
 * Decides partitions by search when no faster way does: a little work on every partition first, then eight
 * times as much on those still open, so that one bad key is found although another is exponential. When the
 * exact search runs out, two relaxations bound it: with optional operations in endless supply, nothing valid
 * is lost, so `invalid` stands; without any, nothing is invented, so `valid` stands. And where
 * the search got stuck, a short window may be impossible by itself.
 */
import type { Budget } from '../contract.ts';
import { OPEN, type Problem } from './problem.ts';
import { type OptionalRule, type SearchLimits, type SearchResult, search } from './search.ts';
import { before, refutedNear } from './shrink.ts';

/** How far one partition has come. */
export interface Decision {
  verdict: 'valid' | 'invalid' | 'unknown';
  /** Which question settled it: the whole search, one of its relaxations, or a window by itself. */
  by: OptionalRule | 'window';
  /** When invalid: history index of the completion no order gets past. */
  stuckAt: number;
  steps: number;
  configurations: number;
}

/** What bounds the search of one history. */
export interface DecideLimits {
  budget: Budget;
  /** Most steps for one question about one partition. */
  maxSteps: number;
  /** Most configurations remembered at a time. */
  maxConfigurations: number;
}

const FIRST_STEPS = 2_000;
const DEEPEN = 8;

/** One partition on its way to a decision. */
export class Deepening {
  readonly #problem: Problem;
  readonly #hasOptional: boolean;
  #steps = 0;
  #configurations = 0;
  #windowTried = -1;
  decision: Decision | null = null;

  constructor(problem: Problem, hasOptional: boolean) {
    this.#problem = problem;
    this.#hasOptional = hasOptional;
  }

  /** One round; returns true when decided, or when more steps would not help. */
  round(number: number, limits: DecideLimits): boolean {
    // A search of n operations needs n steps at least: fewer would only be thrown away.
    const base = FIRST_STEPS + 4 * this.#problem.size;
    const steps = Math.min(limits.maxSteps, base * DEEPEN ** number);
    let furthest = -1;
    const rules: OptionalRule[] = this.#hasOptional ? ['exact', 'none', 'endless'] : ['exact'];
    for (const rule of rules) {
      const bounds = { steps, configurations: limits.maxConfigurations, budget: limits.budget };
      const result = search(this.#problem, rule, bounds);
      this.#steps += result.steps;
      this.#configurations = Math.max(this.#configurations, result.configurations);
      const settled =
        rule === 'exact'
          ? result.verdict !== 'limit'
          : result.verdict === (rule === 'none' ? 'valid' : 'invalid');
      if (settled) {
        const stuckAt = result.verdict === 'invalid' ? earliest(this.#problem, rule, result, bounds) : -1;
        this.#decide(result.verdict as 'valid' | 'invalid', rule, stuckAt);
        return true;
      }
      furthest = Math.max(furthest, result.stuckAt);
      if (!limits.budget.spend(0)) break;
    }
    if (furthest > this.#windowTried && refutedNear(this.#problem, furthest, limits.budget)) {
      this.#decide('invalid', 'window', furthest);
      return true;
    }
    this.#windowTried = Math.max(furthest, this.#windowTried);
    const more = steps < limits.maxSteps && limits.budget.spend(0);
    if (!more) this.#decide('unknown', 'exact', -1);
    return !more;
  }

  /** Writes down what the next round builds on, for whichever thread makes it. */
  save(to: Float64Array): void {
    to[0] = this.#steps;
    to[1] = this.#configurations;
    to[2] = this.#windowTried + 1;
  }

  /** Goes on from what `save` wrote. */
  restore(from: Float64Array): void {
    this.#steps = from[0]!;
    this.#configurations = from[1]!;
    this.#windowTried = from[2]! - 1;
  }

  #decide(verdict: Decision['verdict'], by: Decision['by'], stuckAt: number): void {
    this.decision = { verdict, by, stuckAt, steps: this.#steps, configurations: this.#configurations };
  }
}

/** A part is sometimes harder than the whole, which says more of what is to come. */
const PROBE_STEPS = 16;

/**
 * The earliest completion that no order gets past, as far as searches can tell. One that looked ahead stops before
 * it; from there on the operations up to a completion are searched by themselves, in steps that double, then halve.
 */
function earliest(problem: Problem, rule: OptionalRule, found: SearchResult, limits: SearchLimits): number {
  if (!found.lookedAhead) return found.stuckAt;
  const ends = problem.ret.filter((ret) => ret !== OPEN).sort();
  const probes = { ...limits, steps: limits.steps * PROBE_STEPS };
  const refuted = (at: number): boolean =>
    search(before(problem, ends[at]!), rule, probes).verdict === 'invalid';
  const first = ends.findIndex((end) => end >= found.stuckAt);
  let low = Math.max(0, first);
  let high = low;
  for (let stride = 1; high < ends.length - 1 && !refuted(high); stride *= 2) {
    low = high + 1;
    high = Math.min(ends.length - 1, high + stride);
  }
  while (low < high) {
    const middle = (low + high) >> 1;
    if (refuted(middle)) high = middle;
    else low = middle + 1;
  }
  return ends[high]!;
}
