/**
 * The one place that knows which verdicts exist, how they join, what exit code each has, and the shape in
 * which a checker answers.
 */
import type { Json } from './op.ts';

/** `vacuous`: it ran and proved too little. `broken`: the environment or the harness failed. */
export type Verdict = 'pass' | 'fail' | 'unknown' | 'vacuous' | 'broken';

const RANK: readonly Verdict[] = ['pass', 'vacuous', 'unknown', 'broken', 'fail'];

/** Exit code of the command line for each verdict (stable, documented). */
export const EXIT_CODE: Readonly<Record<Verdict, number>> = {
  pass: 0,
  fail: 1,
  unknown: 2,
  vacuous: 3,
  broken: 4,
};

/** Exit code for a bad flag, an unknown name or a bad configuration: nothing was started. */
export const EXIT_USAGE = 64;

/** The worst of several verdicts in the order fail, broken, unknown, vacuous, pass; `pass` for none. */
export function joinVerdicts(verdicts: Iterable<Verdict>): Verdict {
  let worst = 0;
  for (const verdict of verdicts) worst = Math.max(worst, RANK.indexOf(verdict));
  return RANK[worst]!;
}

/** One line of an argument: what holds, and the operations (history indexes) it rests on. */
export interface Step {
  text: string;
  ops: number[];
}

/**
 * One proof that a promise was broken. Sentences, pictures and timeline marks are all renderings of this.
 */
export interface Anomaly {
  /** Stable kebab-case class: `lost-write`, `stale-read`, `two-leaders-in-term`, `split-brain`... */
  kind: string;
  /** One sentence naming the promise, the object and the moment. */
  sentence: string;
  certainty: 'proved' | 'suspected';
  key?: Json;
  /** History indexes of the witness, usually two to six operations, invocations and completions alike. */
  ops: number[];
  /** The argument, in order. */
  steps: Step[];
  /** The stretch of the run the witness lies in, nanoseconds since the run started. */
  fromNs?: number;
  toNs?: number;
  /** Whatever else the checker wants a report to draw (leaders, terms, zones...), as data. */
  detail?: Json;
}

/** What a checker returns. A harness-side failure of the checker itself is `broken`, never thrown away. */
export interface CheckerResult {
  verdict: Verdict;
  anomalies: Anomaly[];
  /** How many anomalies there were when `anomalies` holds only the first ones. */
  anomalyCount?: number;
  /** Counts, engine used, states searched... shown in the checker table. */
  stats: Record<string, Json>;
  /** For `unknown` and `vacuous`: how far it got and what would settle it. */
  note?: string;
}
