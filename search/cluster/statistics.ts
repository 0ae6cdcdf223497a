/**
 * The statistical reduction: on a real cluster the same case fails in some tries and not in others, so a smaller
 * case counts as failing when one try of several does, and how often it fails is estimated again after every
 * stage; where that has fallen too far the stage is taken back, and done once more with every step confirmed.
 *
 * Every decision is a function of the outcomes of tries, and of nothing else. Whoever remembers the outcomes
 * can therefore stop at any time and go on: the same questions get the same answers up to where it was.
 */
import type { Case } from '../../harness/sim/case.ts';
import { type Share, shareOf } from '../interval.ts';
import { type Best, CLUSTER_STAGES, type ClusterStage } from './cluster-stages.ts';

/** How one try ended. `shownNs`: when the failure was complete, ns of the load. */
export interface TryOutcome {
  failed: boolean;
  shownNs: number | null;
}

/** The outcome of try number `n` of a case, made or remembered. May throw to end the reduction. */
export type Trier = (c: Case, n: number) => Promise<TryOutcome>;

/** How sure a reduction wants to be. */
export interface Certainty {
  /** Tries of a candidate at most, before it counts as not failing. */
  mostTries: number;
  /** The share of tries that must fail stays above this part of what it was at the beginning. */
  floor: number;
  /** Tries of an estimate. */
  estimate: number;
  /** Tries of the last estimate, which goes into the regression file. */
  last: number;
}

/** At most ten tries, at least half as often as at the beginning. */
export const CERTAINTY: Certainty = { mostTries: 10, floor: 0.5, estimate: 6, last: 10 };

/** Nothing rarer than this is worth a regression file. */
const RAREST = 0.1;
/** Tries of the whole case before it counts as not failing. */
const FIRST_TRIES = 12;
/** Tries that confirm a single step. */
const CONFIRM = 4;
const MOST_ROUNDS = 4;
/** An estimate this near to the floor decides nothing by itself. */
const CLOSE = 0.25;

/** A step of a reduction, for whoever shows it. */
export interface StatisticalStep {
  kind: 'taken' | 'estimated' | 'taken back';
  stage: string;
  round: number;
  case: Case;
  share: Share;
}

/** What a reduction has reached. */
export interface StatisticalResult extends Best {
  /** How often it fails. */
  share: Share;
}

/** Thrown when the case does not fail in any of the first tries. */
export class DoesNotFail extends Error {
  readonly tries = FIRST_TRIES;
}

/** The reduction of one case. `best` holds whatever happens. */
export class StatisticalReduction {
  best: Best;
  /** The last estimate of how often `best` fails. */
  share: Share = shareOf(0, 0);
  readonly #tryOut: Trier;
  readonly #certainty: Certainty;
  readonly #onStep: (step: StatisticalStep) => void;
  readonly #refused = new Set<string>();
  #start: number | null = null;
  #strict = false;
  #stage = 'start';
  #round = 0;
  #taken = 0;

  constructor(
    c: Case,
    shownNs: number,
    tryOut: Trier,
    certainty: Certainty,
    onStep: (step: StatisticalStep) => void,
  ) {
    this.best = { case: c, shownNs };
    this.#tryOut = tryOut;
    this.#certainty = certainty;
    this.#onStep = onStep;
  }

  /** Reduces to the end. Rejects with what `tryOut` throws, and with `DoesNotFail`. */
  async run(): Promise<StatisticalResult> {
    const first = await this.#firstFailure(this.best.case, FIRST_TRIES);
    if (first === null) throw new DoesNotFail();
    for (this.#round = 1; this.#round <= MOST_ROUNDS; this.#round++) {
      const before = textOf(this.best.case);
      for (const [name, stage] of Object.entries(CLUSTER_STAGES)) await this.#perform(name, stage);
      if (textOf(this.best.case) === before) break;
    }
    this.share = await this.#estimate(this.best.case, this.#certainty.last);
    return { ...this.best, share: this.share };
  }

  /** Tries of a candidate: enough to see with 90 % a failure that is as frequent as the last estimate. */
  get tries(): number {
    const p = this.share.of === 0 ? 0.5 : Math.max(RAREST, portion(this.share));
    return Math.min(this.#certainty.mostTries, Math.max(2, Math.ceil(2.3 / p)));
  }

  /** Below this a case fails too rarely. */
  get #floor(): number {
    return Math.max(RAREST, (this.#start ?? 0) * this.#certainty.floor);
  }

  async #perform(name: string, stage: ClusterStage): Promise<void> {
    const before = this.best;
    this.#stage = name;
    this.#strict = false;
    if (!(await this.#stageOnce(stage))) return;
    if (await this.#stillOften()) return;
    this.#say('taken back');
    this.best = before;
    this.#strict = true;
    const smaller = await this.#stageOnce(stage);
    if (smaller && (await this.#stillOften())) return;
    if (smaller) this.#say('taken back');
    this.best = before;
    this.share = await this.#estimate(this.best.case, this.#certainty.estimate);
  }

  /** Carries out a stage; true when it made something smaller. */
  async #stageOnce(stage: ClusterStage): Promise<boolean> {
    this.#taken = 0;
    const steps = stage(() => this.best);
    let step = steps.next();
    while (!step.done) step = steps.next(await this.#take(step.value));
    return this.#taken > 0;
  }

  async #take(candidate: Case): Promise<boolean> {
    const text = textOf(candidate);
    if (text === textOf(this.best.case) || this.#refused.has(text)) return false;
    const first = await this.#firstFailure(candidate, this.tries);
    if (first === null) {
      this.#refused.add(text);
      return false;
    }
    const doubtful = first.n > 0 || this.#strict;
    if (doubtful && !(await this.#confirmed(candidate))) {
      this.#refused.add(text);
      return false;
    }
    this.best = { case: candidate, shownNs: first.shownNs };
    this.#taken++;
    this.#say('taken');
    return true;
  }

  async #firstFailure(c: Case, tries: number): Promise<{ n: number; shownNs: number } | null> {
    for (let n = 0; n < tries; n++) {
      const { failed, shownNs } = await this.#tryOut(c, n);
      if (failed) return { n, shownNs: shownNs ?? this.best.shownNs };
    }
    return null;
  }

  /** Does it fail often enough, by tries of their own? Ends as soon as that is decided. */
  async #confirmed(c: Case): Promise<boolean> {
    const needed = Math.max(1, Math.ceil(this.#floor * CONFIRM));
    let failed = 0;
    for (let n = 0; n < CONFIRM; n++) {
      if ((await this.#tryOut(c, this.#certainty.mostTries + FIRST_TRIES + n)).failed) failed++;
      if (failed >= needed) return true;
      if (failed + CONFIRM - 1 - n < needed) return false;
    }
    return false;
  }

  /** Estimates the best case again; false when it fails too rarely now. Twice as many tries where that is close. */
  async #stillOften(): Promise<boolean> {
    const { estimate } = this.#certainty;
    this.share = await this.#estimate(this.best.case, estimate);
    if (this.#start !== null && Math.abs(portion(this.share) - this.#floor) < CLOSE) {
      this.share = await this.#estimate(this.best.case, 2 * estimate);
    }
    this.#start ??= portion(this.share);
    this.#say('estimated');
    return portion(this.share) >= this.#floor;
  }

  /** By tries that no decision was made by: one that ended at its first failure would say too much. */
  async #estimate(c: Case, tries: number): Promise<Share> {
    let failed = 0;
    const from = this.#certainty.mostTries + FIRST_TRIES + CONFIRM;
    for (let n = 0; n < tries; n++) if ((await this.#tryOut(c, from + n)).failed) failed++;
    return shareOf(failed, tries);
  }

  #say(kind: StatisticalStep['kind']): void {
    this.#onStep({ kind, stage: this.#stage, round: this.#round, case: this.best.case, share: this.share });
  }
}

function portion({ failed, of }: Share): number {
  return of === 0 ? 0 : failed / of;
}

/** Everything of a case but its seed: what tells candidates apart. */
export function textOf({ seed: _, ...rest }: Case): string {
  return JSON.stringify(rest);
}
