/**
 * A case with everything needed to carry it out and judge it: which program, and who says what is wrong. Plain
 * data, so that it can be stored as a regression and reduced piece by piece.
 */
import type { UNLIMITED } from '../checkers/contract.ts';
import { CHECKERS } from '../checkers/registry.ts';
import { canonicalJson } from '../harness/history/interner.ts';
import type { Json } from '../harness/op.ts';
import { lookup } from '../harness/registry.ts';
import type { Case } from '../harness/sim/case.ts';
import { endedByDisk } from '../harness/sim/refusals.ts';
import { type SimResult, type SimulateOptions, simulate } from '../harness/sim/simulate.ts';
import type { Anomaly, Verdict } from '../harness/verdict.ts';
import type { CheckerSpec } from '../harness/workload.ts';
import { FAULTS } from '../nemesis/index.ts';
import { subjectOf } from '../systems/subjects.ts';
import type { ClusterSpec } from './cluster/cluster-spec.ts';

/** What is run and how it is judged. */
export interface Scenario {
  /** Name of a reference program, or of the system of a real cluster. */
  program: string;
  /** In order; a failure is told by the first that finds one. */
  checkers: CheckerSpec[];
  case: Case;
  /** What is started for it, where real processes carry it out; absent: it is simulated. */
  cluster?: ClusterSpec;
}

/** The class of a failure: who says so, and what kind of anomaly. */
export interface Signature {
  checker: string;
  kind: string;
}

/** An anomaly with its class. */
export interface Finding extends Signature {
  anomaly: Anomaly;
}

/** A run with what was found in it. */
export interface Outcome {
  run: SimResult;
  /** One per kind and checker, the first of each. */
  findings: Finding[];
  /** Checkers that could not decide. */
  undecided: string[];
  /** What each checker said, in their order. */
  verdicts: Verdict[];
}

/** Name under which a node whose program threw is reported, as if by a checker. */
export const PROGRAM_CHECKER = 'program';

/** Steps a checker may take over one short history; counted, not timed, so that the answer is always the same. */
const STEPS = 5_000_000;

/** Carries out a case and judges it. Equal scenarios give equal outcomes. Throws `UsageError` for unknown names. */
export function carryOut(
  { program, checkers }: Omit<Scenario, 'case'>,
  c: Case,
  options: Omit<SimulateOptions, 'faults'> = {},
): Outcome {
  const run = simulate(subjectOf(program, c), c, { faults: FAULTS, ...options });
  const findings: Finding[] = [];
  const undecided: string[] = [];
  const verdicts: Verdict[] = [];
  const crash = run.crashes.find(({ error }) => !endedByDisk(error));
  if (crash !== undefined) findings.push(crashFinding(crash.node, crash.timeNs, crash.error));
  const history = run.history();
  for (const { name, options } of checkers) {
    const { verdict, anomalies } = lookup('checker', CHECKERS, name).check(history, options, stepBudget());
    verdicts.push(verdict);
    if (verdict === 'unknown') undecided.push(name);
    if (verdict !== 'fail') continue;
    const kinds = new Set<string>();
    for (const anomaly of anomalies) {
      if (anomaly.certainty !== 'proved' || kinds.has(anomaly.kind)) continue;
      kinds.add(anomaly.kind);
      findings.push({ checker: name, kind: anomaly.kind, anomaly });
    }
  }
  return { run, findings, undecided, verdicts };
}

/** The case with the keys of its data in order, as a plan stores it: carried out again from there it says the same. */
export function canonicalCase(c: Case): Case {
  return JSON.parse(canonicalJson(c as unknown as Json)) as Case;
}

/** The finding of this class, or undefined. */
export function findingOf(outcome: Outcome, { checker, kind }: Signature): Finding | undefined {
  return outcome.findings.find((finding) => finding.checker === checker && finding.kind === kind);
}

/** `linearizable/nonlinearizable`: for tables and keys. */
export function signatureText({ checker, kind }: Signature): string {
  return `${checker}/${kind}`;
}

/** When the failure was complete, ns: nothing after it is needed to show it. */
export function shownAtNs({ run }: Outcome, { anomaly }: Finding): number {
  let last = 0;
  for (const index of anomaly.ops) last = Math.max(last, run.ops[index]?.time ?? 0);
  return last > 0 ? last : (anomaly.toNs ?? run.endNs);
}

function crashFinding(node: string, timeNs: number, error: string): Finding {
  const first = error.split('\n', 1)[0]!;
  return {
    checker: PROGRAM_CHECKER,
    kind: 'threw',
    anomaly: {
      kind: 'threw',
      sentence: `The program of ${node} ended at ${(timeNs / 1e6).toFixed(0)} ms: ${first}`,
      certainty: 'proved',
      ops: [],
      steps: [],
      toNs: timeNs,
    },
  };
}

function stepBudget(): typeof UNLIMITED {
  let left = STEPS;
  return {
    spend(steps) {
      left -= steps;
      return left > 0;
    },
    reason: `limit of ${STEPS} steps`,
  };
}
