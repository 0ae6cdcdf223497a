/**
 * The trials of a reduction: every candidate is carried out with its own seed and, where that does not fail,
 * with re-rolled ones, because leaving one thing out moves everything after it in time and hides a failure that
 * is still there. Candidates are remembered by their text, runs are counted, and time is limited.
 */
import { Seed } from '../harness/random.ts';
import type { Case } from '../harness/sim/case.ts';
import { machineMs } from '../harness/time.ts';
import type { ProgramKind } from '../systems/reference/api.ts';
import { PROGRAMS } from '../systems/reference/programs.ts';
import { carryOut, findingOf, type Scenario, type Signature, shownAtNs } from './scenario.ts';

/** How far a reduction may go. */
export interface Limits {
  /** Other seeds to try where a candidate does not fail with the one it has. */
  reseeds: number;
  /** Milliseconds of this machine. */
  budgetMs: number;
  maxRuns: number;
}

/** Above so many operations a run costs much, and the first steps are coarse: a few other seeds do. */
const LARGE = 400;
const FEW = 2;

/** Thrown when time or runs are used up; what was reached so far holds. */
export class BudgetSpent extends Error {}

/** Trials of one failure. `best` is the smallest case so far that fails. */
export class Attempts {
  best: Case;
  /** When the failure of `best` was complete, ns. */
  shownNs: number;
  /** Runs carried out, and candidates answered from memory. */
  runs = 0;
  remembered = 0;
  readonly #scenario: Omit<Scenario, 'case'>;
  readonly #signature: Signature;
  readonly #limits: Limits;
  readonly #began = machineMs();
  /** Re-rolled seeds by the text of a candidate that failed with none of them. */
  readonly #known = new Map<string, number>();
  /** So many times as many seeds as usual. */
  patience = 1;

  /** `scenario.case` is known to fail with this signature at `shownNs`. */
  constructor(scenario: Scenario, signature: Signature, shownNs: number, limits: Limits) {
    const judges = scenario.checkers.filter(({ name }) => name === signature.checker);
    this.#scenario = { program: scenario.program, checkers: judges };
    this.#signature = signature;
    this.#limits = limits;
    this.best = scenario.case;
    this.shownNs = shownNs;
  }

  /** What the program's settings are where the case does not say. */
  get defaults(): Case['settings'] {
    const kind = (PROGRAMS as Readonly<Record<string, ProgramKind | undefined>>)[this.#scenario.program];
    const settings = Object.entries(kind?.settings ?? {});
    return Object.fromEntries(settings.map(([name, setting]) => [name, setting.default]));
  }

  /** Milliseconds since the beginning. */
  get elapsedMs(): number {
    return machineMs() - this.#began;
  }

  /** Makes the candidate the best case if it fails, with another seed perhaps. Throws `BudgetSpent`. */
  take(candidate: Case): boolean {
    const { seed: _, ...rest } = candidate;
    const text = JSON.stringify(rest);
    const known = this.#known.get(text);
    const tries = this.#triesOf(candidate);
    if (known !== undefined && known >= tries) {
      this.remembered++;
      return false;
    }
    if (this.#fails(candidate) || this.#rerolls(candidate, known ?? 0, tries)) return true;
    this.#known.set(text, tries);
    return false;
  }

  #triesOf(candidate: Case): number {
    const { reseeds } = this.#limits;
    return candidate.ops.length > LARGE ? Math.min(reseeds, FEW) : reseeds * this.patience;
  }

  /** Goes on after the seeds that were tried before. */
  #rerolls(candidate: Case, from: number, tries: number): boolean {
    const seeds = Seed.of(candidate.seed).fork('reroll').rng();
    for (let i = 0; i < tries; i++) {
      // Small numbers where they do: they are what a person reads.
      const seed = i < 3 ? i + 1 : seeds.int(4, 99_999);
      if (i >= from && this.#fails({ ...candidate, seed })) return true;
    }
    return false;
  }

  #fails(c: Case): boolean {
    if (this.runs >= this.#limits.maxRuns || this.elapsedMs > this.#limits.budgetMs) throw new BudgetSpent();
    this.runs++;
    const outcome = carryOut(this.#scenario, c);
    const finding = findingOf(outcome, this.#signature);
    if (finding === undefined) return false;
    this.best = c;
    this.shownNs = shownAtNs(outcome, finding);
    return true;
  }
}
