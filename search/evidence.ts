/**
 * What runs without a failure are worth. A run in which no operation succeeded, no fault did anything, or no
 * checker had anything to judge shows nothing, and a search that is made of such runs is no evidence.
 */
import { type History, INVOKE, OK } from '../harness/history/history.ts';
import { type Harm, isHarmed } from '../harness/sim/harm.ts';
import type { Verdict } from '../harness/verdict.ts';

/** Runs counted by what happened in them. */
export interface Evidence {
  /** Some operation of a client succeeded. */
  succeeded: number;
  /** Faults were drawn. */
  faulted: number;
  /** Faults did something to a node or a message. */
  bitten: number;
  /** A checker came to a verdict, pass or fail. */
  judged: number;
  /** No checker found anything to judge. */
  vacuous: number;
  /** A checker could not decide. */
  undecided: number;
  /** Operations succeeded, a checker judged all there was, and the faults, where any were drawn, bit. */
  telling: number;
  /** Operations of clients, and those that succeeded. */
  operations: number;
  ok: number;
}

/** One run, as far as evidence goes. */
export interface Witnessed {
  history: History;
  faults: number;
  harm: Harm;
  verdicts: readonly Verdict[];
}

/** Nothing yet. */
export function noEvidence(): Evidence {
  return {
    succeeded: 0,
    faulted: 0,
    bitten: 0,
    judged: 0,
    vacuous: 0,
    undecided: 0,
    telling: 0,
    operations: 0,
    ok: 0,
  };
}

/** Adds a run. O(operations). */
export function addEvidence(evidence: Evidence, { history, faults, harm, verdicts }: Witnessed): void {
  const { types, processes } = history.columns;
  let ok = 0;
  for (let i = 0; i < history.length; i++) {
    if (processes[i]! < 0) continue;
    if (types[i] === INVOKE) evidence.operations++;
    else if (types[i] === OK) ok++;
  }
  evidence.ok += ok;
  const judged = verdicts.some((verdict) => verdict === 'pass' || verdict === 'fail');
  const undecided = verdicts.includes('unknown');
  const bitten = isHarmed(harm);
  if (ok > 0) evidence.succeeded++;
  if (faults > 0) evidence.faulted++;
  if (faults > 0 && bitten) evidence.bitten++;
  if (judged) evidence.judged++;
  if (undecided) evidence.undecided++;
  if (verdicts.every((verdict) => verdict === 'vacuous')) evidence.vacuous++;
  if (ok > 0 && judged && !undecided && (faults === 0 || bitten)) evidence.telling++;
}

/** Less than half of the runs tell anything: finding no failure in them means little. */
export function isThin(evidence: Evidence, runs: number): boolean {
  return runs === 0 || evidence.telling * 2 < runs;
}

/** In words: `operations succeeded in 100 % of the runs (83 % of all operations), ...`. */
export function evidenceText(evidence: Evidence, runs: number): string {
  const { succeeded, faulted, bitten, judged, vacuous, undecided, operations, ok } = evidence;
  return (
    `operations succeeded in ${share(succeeded, runs)} of the runs (${share(ok, operations)} of all operations), ` +
    `faults bit in ${share(bitten, faulted)} of those that had any, a checker judged ${share(judged, runs)}; ` +
    `${vacuous} vacuous, ${undecided} undecided`
  );
}

/** Percent, rounded down: all is only what is all. */
function share(part: number, whole: number): string {
  if (whole === 0) return '0 %';
  const percent = (100 * part) / whole;
  return `${percent === 100 || percent === 0 ? percent : (Math.floor(percent * 10) / 10).toFixed(1)} %`;
}
