/**
 * Vacuity gates: did the run do enough for a pass to mean anything? A run that acknowledged nothing, whose
 * faults never bit, or in which nothing was concurrent has proved too little, and must not be green.
 */
import { type History, INVOKE, NONE, OK, PHASE_NAMES } from './history/history.ts';

/** One gate, with what it asked and what it saw. */
export interface GateResult {
  name: string;
  ok: boolean;
  value: number;
  threshold: number;
  /** `too few acknowledged operations: 3 of at least 10`. */
  sentence: string;
}

/** Thresholds; a gate with threshold 0 is off. */
export interface GateLimits {
  /** Client operations that ended `ok` during load. */
  minAcknowledged: number;
  /** Pairs of client operations that were open at the same time (counted up to the threshold). */
  minConcurrent: number;
  /** Client operations invoked while a fault was in force; counted only when faults were planned. */
  minUnderFault: number;
}

/** What the run means when nothing is configured. */
export const DEFAULT_GATES: GateLimits = { minAcknowledged: 10, minConcurrent: 1, minUnderFault: 1 };

/** What happened to the injections of one kind of fault. */
export interface FaultTally {
  fault: string;
  planned: number;
  installed: number;
  /** Installed and shown by measurement to have had an effect, or not measurable. */
  bit: number;
}

/** Applies every gate. One pass over the history, O(n). */
export function applyGates(
  history: History,
  faults: readonly FaultTally[],
  limits: GateLimits,
  concurrency: number,
): GateResult[] {
  const seen = measure(history);
  const gates: GateResult[] = [];
  const gate = (name: string, value: number, threshold: number, sentence: string): void => {
    if (threshold > 0) gates.push({ name, ok: value >= threshold, value, threshold, sentence });
  };
  gate(
    'acknowledged',
    seen.acknowledged,
    limits.minAcknowledged,
    `${seen.acknowledged} operations acknowledged during load, at least ${limits.minAcknowledged} needed`,
  );
  if (concurrency > 1) {
    gate(
      'concurrency',
      seen.concurrent,
      limits.minConcurrent,
      `${seen.concurrent} operations overlapped another, at least ${limits.minConcurrent} needed`,
    );
  }
  if (faults.length > 0) {
    gate(
      'under-fault',
      seen.underFault,
      limits.minUnderFault,
      `${seen.underFault} operations were invoked while a fault was in force, at least ${limits.minUnderFault} needed`,
    );
  }
  for (const tally of faults) {
    gate(`fault-${tally.fault}`, tally.bit, 1, faultSentence(tally));
  }
  return gates;
}

function faultSentence(tally: FaultTally): string {
  const { fault, planned, installed, bit } = tally;
  if (planned === 0) return `${fault} was asked for and never planned`;
  if (installed === 0) return `${fault} never fired (0 of ${planned} installed)`;
  return bit === 0
    ? `${fault} was installed ${installed} of ${planned} times and never had an effect`
    : `${fault} had an effect ${bit} of ${planned} times`;
}

interface Measures {
  acknowledged: number;
  concurrent: number;
  underFault: number;
}

function measure(history: History): Measures {
  const { types, processes, fs, phases } = history.columns;
  const load = PHASE_NAMES.indexOf('load');
  const injects = new Set<number>();
  const undoes = new Set<number>();
  for (let id = 0; id < history.names.size; id++) {
    const name = history.names.get(id);
    if (name.startsWith('inject-')) injects.add(id);
    if (name.startsWith('undo-')) undoes.add(id);
  }
  const seen: Measures = { acknowledged: 0, concurrent: 0, underFault: 0 };
  let open = 0;
  let active = 0;
  for (let i = 0; i < history.length; i++) {
    if (processes[i]! < 0) {
      if (types[i] === OK && injects.has(fs[i]!)) active++;
      // An undo that was skipped (its fault never fired) closes nothing.
      if (types[i] === OK && undoes.has(fs[i]!)) active = Math.max(0, active - 1);
      continue;
    }
    if (types[i] === INVOKE) {
      if (open > 0) seen.concurrent++;
      if (active > 0) seen.underFault++;
      open++;
      continue;
    }
    if (history.columns.pairs[i] !== NONE) open--;
    if (types[i] === OK && (phases[i] === load || phases[i] === 255)) seen.acknowledged++;
  }
  return seen;
}
