/**
 * Vacuity gates: did the run do enough for a pass to mean anything? A run that acknowledged nothing, whose
 * faults never bit, or in which nothing was concurrent has proved too little, and must not be green.
 */
import { type History, INVOKE, NONE, OK, PHASE_NAMES } from './history/history.ts';
import type { Json, OpError } from './op.ts';
import { lookup, UsageError } from './registry.ts';
import type { GateReport } from './store/files.ts';

/** Thresholds by gate; 0 turns a gate off. */
export interface GateLimits {
  /** Client operations that ended `ok` during load. */
  operations: number;
  /** Client operations that overlapped another one. */
  concurrency: number;
  /** Client operations invoked while a fault was in force; applies only when faults were planned. */
  'under-fault': number;
  /** Client operations of the final phase that were answered; applies only when there were any. */
  final: number;
  /** `fault-<name>`: injections of that fault that had an effect; 1 where nothing is configured. */
  [fault: `fault-${string}`]: number;
}

/** What holds when nothing is configured. */
export const DEFAULT_GATES: GateLimits = { operations: 10, concurrency: 1, 'under-fault': 1, final: 1 };

/** The configured thresholds over the defaults; throws `UsageError` for an unknown gate or a wrong value. */
export function gateLimits(configured: Readonly<Record<string, Json>>): GateLimits {
  const limits = { ...DEFAULT_GATES };
  for (const [name, value] of Object.entries(configured)) {
    // Any fault may have its gate; one that was not asked for has nothing to hold.
    if (!/^fault-./.test(name)) lookup('gate', DEFAULT_GATES as unknown as Record<string, number>, name);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
      throw new UsageError(`gate ${name} must be a whole number, not ${JSON.stringify(value)}`, {
        hint: '0 turns the gate off',
      });
    }
    limits[name as keyof GateLimits] = value;
  }
  return limits;
}

/** What happened to the injections of one kind of fault. */
export interface FaultTally {
  fault: string;
  planned: number;
  /** Those that came to their turn before the load was over. */
  attempted: number;
  installed: number;
  /** Installed and shown by measurement to have had an effect, or not measurable. */
  bit: number;
  /** Why some of what was asked for could not be planned, or why the first of those attempted was not installed. */
  why?: string;
  /** What was seen of the first of those installed that had no effect. */
  unfelt?: string | undefined;
}

/** Why a kind of fault had no effect, and what would help. */
function withoutEffect({ planned, attempted, installed, why, unfelt }: FaultTally): string {
  if (planned === 0) return `it could not be planned: ${why ?? 'nothing says why'}`;
  if (attempted === 0) return `the load was over before the first of ${planned}: run longer`;
  if (installed > 0) {
    const seen = unfelt === undefined ? '' : `: ${unfelt}`;
    return `${installed} of ${planned} were installed and none was seen to have an effect${seen}`;
  }
  const reason = why === undefined ? '' : `: ${why}`;
  return `0 of ${planned} were installed${reason}; see the fault table, and faultline doctor`;
}

/** `1 operation was`, `10 operations were`. */
function operations(count: number, one = '', many = ''): string {
  const verb = count === 1 ? one : many;
  return `${count} operation${count === 1 ? '' : 's'}${verb === '' ? '' : ` ${verb}`}`;
}

/** Applies every gate. One pass over the history, O(n). */
export function applyGates(
  history: History,
  faults: readonly FaultTally[],
  limits: GateLimits,
  concurrency: number,
): GateReport[] {
  const seen = measure(history);
  const gates: GateReport[] = [];
  const gate = (name: string, value: number, threshold: number, claim: string, hint: string): void => {
    if (threshold === 0) return;
    const holds = value >= threshold;
    gates.push({ name, claim, holds, value, threshold, ...(holds ? {} : { hint }) });
  };
  gate(
    'operations',
    seen.acknowledged,
    limits.operations,
    `at least ${operations(limits.operations, 'was', 'were')} acknowledged during load`,
    `only ${seen.acknowledged} were${mostOften(seen.loadErrors)}: look at the error kinds, or run longer`,
  );
  if (concurrency > 1) {
    gate(
      'concurrency',
      seen.concurrent,
      limits.concurrency,
      `at least ${operations(limits.concurrency)} overlapped another`,
      `only ${seen.concurrent} did: raise --rate or --concurrency`,
    );
  }
  if (faults.some(({ planned }) => planned > 0)) {
    gate(
      'under-fault',
      seen.underFault,
      limits['under-fault'],
      `at least ${operations(limits['under-fault'], 'was', 'were')} under way while a fault was in force`,
      `only ${seen.underFault} were: run longer`,
    );
  }
  if (seen.final > 0) {
    gate(
      'final',
      seen.answered,
      limits.final,
      `at least ${limits.final} of the operations after the load were answered`,
      `only ${seen.answered} of ${seen.final} were${mostOften(seen.finalErrors)}: what became of the data at the end is not known`,
    );
  }
  for (const tally of faults) {
    const { fault, bit } = tally;
    const least = limits[`fault-${fault}`] ?? 1;
    const times = least === 1 ? 'once' : `${least} times`;
    gate(`fault-${fault}`, bit, least, `${fault} had an effect at least ${times}`, withoutEffect(tally));
  }
  return gates;
}

interface Measures {
  acknowledged: number;
  concurrent: number;
  underFault: number;
  /** Operations of the final phase, and those of them that were answered. */
  final: number;
  answered: number;
  loadErrors: ErrorCounts;
  finalErrors: ErrorCounts;
}

/** How often operations ended so, and what the first of them was told, by kind. */
type ErrorCounts = Map<string, { times: number; message: string }>;

function note(errors: ErrorCounts, error: OpError | undefined): void {
  if (error === undefined) return;
  const known = errors.get(error.kind);
  if (known === undefined) errors.set(error.kind, { times: 1, message: error.message ?? '' });
  else known.times++;
}

/** ` (120 times not-serving: stream not found)`; nothing where nothing went wrong. */
function mostOften(errors: ErrorCounts): string {
  const [most] = [...errors].sort(([, a], [, b]) => b.times - a.times);
  if (most === undefined) return '';
  const [kind, { times, message }] = most;
  const words = message === '' || message === kind ? kind : `${kind}: ${message.slice(0, 100)}`;
  return ` (${times === 1 ? 'once' : `${times} times`} ${words})`;
}

/** Refusals that tell of the data: they are answers. All others tell that nobody could be asked. */
const ANSWERS = ['empty', 'missing', 'not-found', 'precondition-failed'];

function measure(history: History): Measures {
  const { types, processes, fs, phases } = history.columns;
  const load = PHASE_NAMES.indexOf('load');
  const final = PHASE_NAMES.indexOf('final');
  const injects = new Set<number>();
  const undoes = new Set<number>();
  for (let id = 0; id < history.names.size; id++) {
    const name = history.names.get(id);
    if (name.startsWith('inject-')) injects.add(id);
    if (name.startsWith('undo-')) undoes.add(id);
  }
  const seen: Measures = {
    acknowledged: 0,
    concurrent: 0,
    underFault: 0,
    final: 0,
    answered: 0,
    loadErrors: new Map(),
    finalErrors: new Map(),
  };
  let open = 0;
  let active = 0;
  /** Operations under way that have met no fault yet, at most one per client. */
  const unmet = new Set<number>();
  for (let i = 0; i < history.length; i++) {
    if (processes[i]! < 0) {
      if (types[i] === OK && injects.has(fs[i]!)) {
        // Who waits already when it begins meets it as well: it may be why nobody asks anything more.
        seen.underFault += unmet.size;
        unmet.clear();
        active++;
      }
      // An undo that was skipped (its fault never fired) closes nothing.
      if (types[i] === OK && undoes.has(fs[i]!)) active = Math.max(0, active - 1);
      continue;
    }
    if (types[i] === INVOKE) {
      if (phases[i] === final) seen.final++;
      if (open > 0) seen.concurrent++;
      if (active > 0) seen.underFault++;
      else unmet.add(i);
      open++;
      continue;
    }
    if (history.columns.pairs[i] !== NONE) open--;
    unmet.delete(history.columns.pairs[i]!);
    const error = types[i] === OK ? undefined : history.error(i);
    const isAnswer = types[i] === OK || ANSWERS.includes(error?.kind ?? '');
    const inLoad = phases[i] === load || phases[i] === 255;
    if (inLoad && types[i] === OK) seen.acknowledged++;
    if (phases[i] === final && isAnswer) seen.answered++;
    if (!isAnswer) note(inLoad ? seen.loadErrors : seen.finalErrors, error);
  }
  return seen;
}
