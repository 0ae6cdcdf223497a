/**
 * The live check of one run: tells of violations as they are seen, ends the load early where that is wanted, and
 * keeps what is stored of it.
 */

import { LiveJudge } from '../online/live-judge.ts';
import type { LiveFinding, LiveReport } from '../online/messages.ts';
import type { Anomaly } from '../verdict.ts';
import type { RunSpec } from './spec.ts';

/** Most findings kept: one of each checker is the rule. */
const MOST_FINDINGS = 20;

/** Follows one run. */
export class LiveCheck {
  readonly #spec: RunSpec;
  readonly #stopOnFail: boolean;
  readonly #judge: LiveJudge;
  readonly #now: () => number;
  readonly #stop = new AbortController();
  readonly #findings: LiveFinding[] = [];
  readonly notes: string[] = [];
  #loadFromNs: number | null = null;
  #stoppedNs: number | null = null;

  /** `journal` is the file the history is written to; `now` the time of the run. */
  constructor(spec: RunSpec, live: NonNullable<RunSpec['live']>, journal: string, now: () => number) {
    this.#spec = spec;
    this.#stopOnFail = live.stopOnFail;
    this.#now = now;
    this.#judge = new LiveJudge({
      workerUrl: live.workerUrl,
      journal,
      specs: spec.plan.checkers,
      onFound: (checker, anomaly) => this.#found(checker, anomaly),
      onTrouble: (what) => {
        this.notes.push(what);
        spec.onEvent({ kind: 'notice', text: what });
      },
    });
  }

  /** Aborts when the load is to end early. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** The load begins. */
  loading(): void {
    this.#loadFromNs = this.#now();
  }

  /** Why the load ended early, `stopped at 3.2 s, 2.6 s into a load of 30 s, because ...`; null: it did not. */
  get why(): string | null {
    const [first] = this.#findings;
    if (this.#stoppedNs === null || first === undefined) return null;
    const at = (this.#stoppedNs / 1e9).toFixed(1);
    const into = ((this.#stoppedNs - (this.#loadFromNs ?? 0)) / 1e9).toFixed(1);
    const load = `${into} s into a load of ${this.#spec.plan.timeLimitMs / 1e3} s`;
    return `stopped at ${at} s, ${load}, because ${first.checker} failed: ${first.sentence}`;
  }

  /** The history is complete: waits for the rest to be judged, unless the user left. */
  async end(): Promise<LiveReport> {
    const { operations, checkers } = await this.#judge.end(this.#spec.leave);
    return {
      stopOnFail: this.#stopOnFail,
      findings: this.#findings,
      operations,
      checkers,
      stoppedNs: this.#stoppedNs,
    };
  }

  #found(checker: string, anomaly: Anomaly): void {
    const seenNs = this.#now();
    const { kind, sentence, ops, toNs } = anomaly;
    if (this.#findings.length < MOST_FINDINGS) {
      this.#findings.push({ checker, kind, sentence, seenNs, provedNs: toNs ?? seenNs, ops });
    }
    this.#spec.onEvent({ kind: 'violation-seen', checker, anomaly: kind, sentence, timeNs: seenNs });
    // Only load can be cut short; what follows it is needed for the verdict.
    if (!this.#stopOnFail || this.#stoppedNs !== null || this.#loadFromNs === null) return;
    this.#stoppedNs = seenNs;
    this.#stop.abort();
    this.#spec.onEvent({ kind: 'notice', text: this.why! });
  }
}
