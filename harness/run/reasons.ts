/**
 * The one ladder that words why a run ended as it did. Every ending of every command passes through here, so
 * there is exactly one place where a verdict gets its sentence.
 */
import type { CheckerReport, FaultReport, GateReport, Reason, RunCounts } from '../store/files.ts';
import { joinVerdicts, type Verdict } from '../verdict.ts';

/** Everything that can bear on a verdict. */
export interface Outcome {
  system: string;
  workload: string;
  /** Why the cluster could not be started or driven; absent when it could. */
  broken?: { source: string; message: string };
  /** The signal that ended the load early; absent when none did. */
  interruptedBy?: string;
  checkers: Readonly<Record<string, CheckerReport>>;
  gates: readonly GateReport[];
  /** Null: nothing is known of faults, as in a history from elsewhere. */
  faults: readonly FaultReport[] | null;
  counts: RunCounts;
}

/** A verdict with its reasons, worst first, and the sentence a reader sees first. */
export interface Ruling {
  verdict: Verdict;
  sentence: string;
  reasons: Reason[];
}

const ORDER: readonly Verdict[] = ['fail', 'broken', 'unknown', 'vacuous', 'pass'];

/** Joins everything that is known about a run into one ruling. A failure is never hidden by anything. */
export function rule(outcome: Outcome): Ruling {
  const reasons: Reason[] = [
    ...checkerReasons(outcome),
    ...brokenReasons(outcome),
    ...undoReasons(outcome),
    ...gateReasons(outcome),
  ].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  const verdict = joinVerdicts(reasons.map((reason) => reason.verdict));
  return { verdict, sentence: reasons[0]?.sentence ?? passSentence(outcome), reasons };
}

function checkerReasons({ checkers }: Outcome): Reason[] {
  return Object.entries(checkers).flatMap(([name, result]): Reason[] => {
    if (result.verdict === 'pass') return [];
    const source = `checker:${name}`;
    const proved = result.anomalies.filter((anomaly) => anomaly.certainty === 'proved');
    const first = proved[0] ?? result.anomalies[0];
    if (result.verdict === 'fail') {
      return [{ verdict: 'fail', source, sentence: first?.sentence ?? `${name} found a violation` }];
    }
    const why = result.note ?? first?.sentence ?? 'it did not say why';
    if (result.verdict === 'broken')
      return [{ verdict: 'broken', source, sentence: `${name} broke: ${why}` }];
    if (result.verdict === 'vacuous') {
      return [{ verdict: 'vacuous', source, sentence: `${name} had too little to judge: ${why}` }];
    }
    return [{ verdict: 'unknown', source, sentence: `${name} could not decide: ${why}` }];
  });
}

function brokenReasons({ broken }: Outcome): Reason[] {
  return broken ? [{ verdict: 'broken', source: broken.source, sentence: broken.message }] : [];
}

/** A fault that would not be undone leaves a cluster nobody asked about: what came after proves little. */
function undoReasons({ faults }: Outcome): Reason[] {
  return (faults ?? [])
    .filter((fault) => fault.undo?.state === 'failed')
    .map((fault) => ({
      verdict: 'broken',
      source: `fault:${fault.id}`,
      sentence: `${fault.id} could not be undone: ${fault.undo!.summary}`,
    }));
}

function gateReasons({ gates, broken, interruptedBy }: Outcome): Reason[] {
  // What never ran cannot have proved anything; saying so besides would bury the cause.
  if (broken) return [];
  // Said once: the gates after the first fell for the same cause.
  const early = interruptedBy ? `the load was ended early by ${interruptedBy}; ` : '';
  return gates
    .filter((gate) => !gate.holds)
    .map((gate, i) => ({
      verdict: 'vacuous',
      source: `gate:${gate.name}`,
      sentence: `${i === 0 ? early : ''}it proved too little: it was required that ${gate.claim}, but ${gate.hint ?? `it was ${gate.value}`}`,
    }));
}

function passSentence({ system, workload, counts, faults, checkers, interruptedBy }: Outcome): string {
  const judges = Object.keys(checkers).join(', ');
  const early = interruptedBy ? `, ended early by ${interruptedBy}` : '';
  // A history from elsewhere is all that is known of its system and workload.
  const subject = faults === null ? system : `${workload} on ${system}`;
  return `${subject} held (${judges}): ${grouped(counts.ok)} operations acknowledged${underWhich(faults)}${early}`;
}

/** Thousands apart by a space, as every count of a report. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
}

function underWhich(faults: Outcome['faults']): string {
  if (faults === null) return '';
  const installed = faults.filter((fault) => fault.state === 'installed').length;
  return faults.length === 0 ? ' under no faults' : ` under ${installed} of ${faults.length} faults`;
}
