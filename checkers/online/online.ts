/**
 * Judging a run while it goes: every checker that has an online form watches the operations as they come, and what
 * a watch sees is shown to the full checker on the history so far before anybody hears of it.
 */
import { HistoryBuilder } from '../../harness/history/builder.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json, Op } from '../../harness/op.ts';
import type { Anomaly } from '../../harness/verdict.ts';
import type { Budget, Checker } from '../contract.ts';
import { CHECKERS } from '../registry.ts';
import type { OnlineChecker, OnlineReport, OnlineSpec, Watch } from './contract.ts';
import { ONLINE_FORMS } from './forms.ts';

/** After the full checker did not agree, it is asked again only once the history has grown by this factor. */
const GROWTH = 1.2;
/** Steps the full checker may take over one question; some seconds. */
const CONFIRM_STEPS = 30_000_000;

/** A watch with the full checker behind it. */
class ConfirmedWatch implements OnlineChecker {
  readonly #spec: OnlineSpec;
  readonly #watch: Watch;
  readonly #soFar: () => History;
  #taken = 0;
  #askAt = 0;
  #alarmed = false;
  #found = false;
  #asked = 0;
  #unconfirmed = 0;

  constructor(spec: OnlineSpec, watch: Watch, soFar: () => History) {
    this.#spec = spec;
    this.#watch = watch;
    this.#soFar = soFar;
  }

  take(op: Op): Anomaly | undefined {
    this.#taken++;
    if (this.#found) return undefined;
    if (this.#watch.take(op)) this.#alarmed = true;
    if (!this.#alarmed || this.#taken < this.#askAt) return undefined;
    this.#alarmed = false;
    this.#asked++;
    const anomaly = this.#confirmed();
    // What found nothing must not be repeated at every operation.
    if (ONLINE_FORMS[this.#spec.name]!.paced !== true) this.#askAt = this.#taken * GROWTH;
    this.#found = anomaly !== undefined;
    return anomaly;
  }

  end(): Anomaly | undefined {
    if (this.#found) return undefined;
    if (this.#watch.end?.() !== true && !this.#alarmed) return undefined;
    this.#asked++;
    return this.#confirmed(true);
  }

  stats(): Record<string, Json> {
    return { ...this.#watch.stats(), asked: this.#asked, unconfirmed: this.#unconfirmed };
  }

  /** What the full checker says of the history so far; `over`: no later operation can explain anything away. */
  #confirmed(over = false): Anomaly | undefined {
    const { name, options } = this.#spec;
    const form = ONLINE_FORMS[name]!;
    const checker: Checker = CHECKERS[name as keyof typeof CHECKERS];
    for (const asked of form.confirm?.(options) ?? [options]) {
      const result = checker.check(this.#soFar(), asked, steps(CONFIRM_STEPS));
      if (result.verdict === 'pass') break;
      const found = result.anomalies.find(
        ({ kind, certainty }) => certainty === 'proved' && (over || (form.lasting?.(kind, options) ?? true)),
      );
      if (result.verdict === 'fail' && found !== undefined) return found;
    }
    this.#unconfirmed++;
    return undefined;
  }
}

/** A budget of steps: checkers know no time. */
function steps(most: number): Budget {
  let left = most;
  return {
    spend(count) {
      left -= count;
      return left > 0;
    },
    reason: `limit of ${most} steps`,
  };
}

/** A violation seen while the run went. */
export interface OnlineFinding {
  checker: string;
  anomaly: Anomaly;
}

/** Takes operations in the order of the history, for several checkers at once. */
export class OnlineJudge {
  readonly #builder = new HistoryBuilder();
  readonly #watching: { spec: OnlineSpec; checker: OnlineChecker }[] = [];
  readonly #without: OnlineReport[] = [];

  /** Specs without an online form are left out and reported with the reason. */
  constructor(specs: readonly OnlineSpec[]) {
    for (const spec of specs) {
      const form = Object.hasOwn(ONLINE_FORMS, spec.name) ? ONLINE_FORMS[spec.name] : undefined;
      const watch = form?.watch(spec.options) ?? 'it judges whole histories only';
      if (typeof watch === 'string') this.#without.push({ checker: spec.name, why: watch, stats: {} });
      else {
        // The builder goes on growing; a look at what it holds now stays true for as long as the look takes.
        const checker = new ConfirmedWatch(spec, watch, () => this.#builder.build());
        this.#watching.push({ spec, checker });
      }
    }
  }

  /** The checkers that watch. */
  get watching(): string[] {
    return this.#watching.map(({ spec }) => spec.name);
  }

  /** Takes the next operation; what it shows, each checker at most once. */
  take(op: Op): OnlineFinding[] {
    if (this.#watching.length === 0) return [];
    this.#builder.add(op);
    return this.#ask((checker) => checker.take(op));
  }

  /** Nothing more comes: what had to wait for answers is judged without them. */
  end(): OnlineFinding[] {
    return this.#ask((checker) => checker.end());
  }

  #ask(question: (checker: OnlineChecker) => Anomaly | undefined): OnlineFinding[] {
    const found: OnlineFinding[] = [];
    for (const { spec, checker } of this.#watching) {
      const anomaly = question(checker);
      if (anomaly !== undefined) found.push({ checker: spec.name, anomaly });
    }
    return found;
  }

  /** What everybody did. */
  reports(): OnlineReport[] {
    const watched = this.#watching.map(({ spec, checker }) => ({
      checker: spec.name,
      why: null,
      stats: checker.stats(),
    }));
    return [...watched, ...this.#without];
  }
}
