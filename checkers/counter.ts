/**
 * Counters, judged by bounds: a read must lie between what the changes that surely happened before it force
 * and what those that may have happened by then allow. Exact placement with arbitrary amounts is a subset-sum
 * problem; where few changes are open their sums are tried too, and reads of a counter that only moves one
 * way must not move the other.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { FAIL, type History, INVOKE, NONE, OK } from '../harness/history/history.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import { boundFinding, halves } from './counter-bound.ts';
import { clientCalls, Evidence, type Finding, Meter, ofKey, outcomeCode, step, who } from './evidence.ts';
import { choiceOption } from './options.ts';

/** Sums are tried up to this many open changes. */
const MAX_OPEN = 12;
const READS = ['all', 'final'] as const;

/** Running totals of one counter while its events are replayed. */
interface Counter {
  /** Sum of acknowledged changes. */
  sure: number;
  /** Sums of the positive and of the negative acknowledged changes. */
  sureUp: number;
  sureDown: number;
  /** The same over all changes invoked that did not fail. */
  up: number;
  down: number;
  /** Invoked, not failed, not acknowledged yet. */
  open: Set<number>;
  /** All changes so far, for witnesses. */
  changes: number[];
  /** Highest and lowest completed reads: invocation, or NONE. */
  highest: number;
  lowest: number;
  oneWay: 1 | -1 | 0;
}

/** What a read knew when it was invoked. */
interface Snapshot {
  sure: number;
  sureUp: number;
  sureDown: number;
  highest: number;
  lowest: number;
  /** Changes open at the invocation; null when there were too many to try their sums. */
  open: number[] | null;
  changes: number;
}

/** Judges `add` / `increment` / `decrement` and `read`, by key. Options: `reads`. O(n). */
export function counter(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const onlyFinal = choiceOption(options, 'reads', READS, 'all') === 'final';
  return new CounterReplay(history, onlyFinal).run(budget);
}

class CounterReplay {
  readonly #history: History;
  readonly #evidence: Evidence;
  /** By counter the last event of its changes, null where all reads count. */
  readonly #lastChange: ReadonlyMap<number, number> | null;
  readonly #counters = new Map<number, Counter>();
  readonly #snapshots = new Map<number, Snapshot>();
  readonly #deltas: Float64Array;
  readonly #fractions: boolean;
  #reads = 0;
  #unreadable = 0;
  /** Counters with a change of an amount that is no number: nothing is known of them. */
  readonly #odd: ReadonlySet<number>;
  #changes = 0;
  #acknowledged = 0;

  constructor(history: History, onlyFinal: boolean) {
    this.#history = history;
    this.#evidence = new Evidence(history);
    this.#deltas = deltasOf(history);
    this.#odd = oddCounters(history, this.#deltas);
    this.#lastChange = onlyFinal ? lastChanges(history) : null;
    this.#fractions = this.#deltas.some((delta) => !Number.isNaN(delta) && !Number.isInteger(delta));
  }

  run(budget: Budget): CheckerResult {
    const { types, processes, fs, keys, pairs } = this.#history.columns;
    const readF = this.#history.names.find('read');
    const meter = new Meter(budget);
    this.#learnDirections();
    for (let i = 0; i < this.#history.length && !meter.over(1); i++) {
      if (processes[i]! < 0) continue;
      const call = types[i] === INVOKE ? i : pairs[i]!;
      if (call === NONE) continue;
      const of = this.#counter(keys[call]!);
      if (fs[i] === readF) {
        if (call === i) this.#open(of, i);
        else if (types[i] === OK) this.#judge(of, call, i);
      } else if (!Number.isNaN(this.#deltas[call]!)) {
        this.#change(of, call, i);
      }
    }
    const vacuous =
      this.#reads === 0
        ? 'no read of a number was acknowledged'
        : this.#changes === 0
          ? 'nothing was added'
          : null;
    const stats = {
      changes: this.#changes,
      acknowledged: this.#acknowledged,
      reads: this.#reads,
      unreadable: this.#unreadable,
    };
    const unsettled =
      this.#odd.size === 0
        ? null
        : `amounts that are no numbers below 2^53 changed ${this.#odd.size} of ${this.#counters.size} counters; readable ones would settle it`;
    return this.#evidence.conclude(stats, { stopped: meter.stopped, unsettled, vacuous });
  }

  #counter(key: number): Counter {
    let of = this.#counters.get(key);
    if (of === undefined) {
      of = {
        sure: 0,
        sureUp: 0,
        sureDown: 0,
        up: 0,
        down: 0,
        open: new Set(),
        changes: [],
        highest: NONE,
        lowest: NONE,
        oneWay: 0,
      };
      this.#counters.set(key, of);
    }
    return of;
  }

  /** Counters whose possible changes all have one sign only ever move that way. */
  #learnDirections(): void {
    const { keys } = this.#history.columns;
    const up = new Set<number>();
    const down = new Set<number>();
    for (let call = 0; call < this.#history.length; call++) {
      const delta = this.#deltas[call]!;
      if (Number.isNaN(delta) || delta === 0 || outcomeCode(this.#history, call) === FAIL) continue;
      (delta > 0 ? up : down).add(keys[call]!);
    }
    for (const key of up) if (!down.has(key)) this.#counter(key).oneWay = 1;
    for (const key of down) if (!up.has(key)) this.#counter(key).oneWay = -1;
  }

  #change(of: Counter, call: number, i: number): void {
    const delta = this.#deltas[call]!;
    if (call === i) {
      this.#changes++;
      if (outcomeCode(this.#history, call) === FAIL) return;
      if (delta > 0) of.up += delta;
      else of.down += delta;
      of.open.add(call);
      of.changes.push(call);
    } else if (this.#history.columns.types[i] === OK) {
      this.#acknowledged++;
      of.sure += delta;
      if (delta > 0) of.sureUp += delta;
      else of.sureDown += delta;
      of.open.delete(call);
    }
  }

  #open(of: Counter, call: number): void {
    if (outcomeCode(this.#history, call) !== OK) return;
    this.#snapshots.set(call, {
      sure: of.sure,
      sureUp: of.sureUp,
      sureDown: of.sureDown,
      highest: of.highest,
      lowest: of.lowest,
      open: of.open.size <= MAX_OPEN ? [...of.open] : null,
      changes: of.changes.length,
    });
  }

  #judge(of: Counter, call: number, ret: number): void {
    const snapshot = this.#snapshots.get(call)!;
    this.#snapshots.delete(call);
    const value = this.#history.value(ret);
    if (typeof value !== 'number') {
      this.#unreadable++;
      return;
    }
    if (!this.#counts(call)) return;
    this.#reads++;
    if (this.#odd.has(this.#history.columns.keys[call]!)) return;
    const least = snapshot.sure + (of.down - snapshot.sureDown);
    const most = snapshot.sure + (of.up - snapshot.sureUp);
    const possible = this.#possible(of, snapshot);
    const slack = this.#slack(of, value);
    if (value < least - slack) {
      this.#evidence.add('counter-too-low', () => this.#bound(of, call, value, least, -1));
    } else if (value > most + slack) {
      this.#evidence.add('counter-too-high', () => this.#bound(of, call, value, most, 1));
    } else if (possible !== null && !reachable(this.#deltas, possible, value - snapshot.sure)) {
      this.#evidence.add('impossible-sum', () => this.#impossible(of, call, value, possible));
    } else {
      this.#direction(of, snapshot, call, value);
      // A read that is wrong by itself accuses no other.
      const number = (read: number): number => this.#history.value(this.#history.pair(read)) as number;
      if (of.highest === NONE || value > number(of.highest)) of.highest = call;
      if (of.lowest === NONE || value < number(of.lowest)) of.lowest = call;
    }
  }

  /** With `reads: final`: those of that phase, or, in a history without phases, those after all changes. */
  #counts(call: number): boolean {
    if (this.#lastChange === null) return true;
    const phase = this.#history.phase(call);
    if (phase !== undefined) return phase === 'final';
    return call > (this.#lastChange.get(this.#history.columns.keys[call]!) ?? NONE);
  }

  /** Fractions do not add up exactly; whole numbers do. */
  #slack(of: Counter, value: number): number {
    return this.#fractions ? 1e-9 * (of.up - of.down + Math.abs(value)) : 0;
  }

  /** Changes that may or may not have happened at the read; null when too many. */
  #possible(of: Counter, snapshot: Snapshot): number[] | null {
    const fresh = of.changes.length - snapshot.changes;
    if (snapshot.open === null || snapshot.open.length + fresh > MAX_OPEN) return null;
    return [...snapshot.open, ...of.changes.slice(snapshot.changes)];
  }

  #direction(of: Counter, snapshot: Snapshot, call: number, value: number): void {
    const earlier = of.oneWay === 1 ? snapshot.highest : of.oneWay === -1 ? snapshot.lowest : NONE;
    if (earlier === NONE) return;
    const before = this.#history.value(this.#history.pair(earlier)) as number;
    if (of.oneWay === 1 ? value >= before : value <= before) return;
    this.#evidence.add('counter-went-back', () => {
      const key = this.#history.key(call);
      const way = of.oneWay === 1 ? 'up' : 'down';
      return {
        sentence:
          `A counter${ofKey(key)} that is only counted ${way} must not go back, but it was read as ${before} ` +
          `by ${who(this.#history, earlier)} and then as ${value} by ${who(this.#history, call)}.`,
        steps: [
          step(this.#history, earlier, `A read returned ${before}.`),
          step(this.#history, call, `A read invoked after it returned ${value}.`),
        ],
        // The direction rests on what was counted by then.
        alsoOps: halves(
          this.#history,
          of.changes.filter((c) => c < this.#history.pair(call)),
        ),
        key,
      };
    });
  }

  #bound(of: Counter, call: number, value: number, bound: number, side: 1 | -1): Finding {
    const read = { call, value, bound, side };
    return boundFinding({ history: this.#history, deltas: this.#deltas, changes: of.changes, ...read });
  }

  #impossible(of: Counter, call: number, value: number, possible: readonly number[]): Finding {
    const key = this.#history.key(call);
    const ret = this.#history.pair(call);
    const amounts = possible.map((c) => this.#deltas[c]!);
    return {
      sentence:
        `A counter${ofKey(key)} must hold a sum of what was added to it, but the read of ` +
        `${who(this.#history, call)} returned ${value}, which no choice of the ${possible.length} changes open ` +
        'at that time makes.',
      steps: [
        step(this.#history, call, `A read returned ${value}; open changes: ${JSON.stringify(amounts)}.`),
      ],
      alsoOps: halves(
        this.#history,
        of.changes.filter((c) => c < ret),
      ),
      key,
      detail: { value, open: amounts },
    };
  }
}

/** By invocation: the amount it adds, NaN when it is no change of a counter. */
function deltasOf(history: History): Float64Array {
  const { types, processes, fs } = history.columns;
  const [add, increment, decrement] = ['add', 'increment', 'decrement'].map((f) => history.names.find(f));
  const deltas = new Float64Array(history.length).fill(Number.NaN);
  for (let i = 0; i < history.length; i++) {
    const f = fs[i]!;
    if (types[i] !== INVOKE || processes[i]! < 0 || (f !== add && f !== increment && f !== decrement))
      continue;
    const value = history.value(i);
    const amount = typeof value === 'number' ? value : value === null && f !== add ? 1 : Number.NaN;
    deltas[i] = f === decrement ? -amount : amount;
  }
  return deltas;
}

/** Keys of counters with a change that may have happened and whose amount cannot be read. */
function oddCounters(history: History, deltas: Float64Array): ReadonlySet<number> {
  const odd = new Set<number>();
  for (const call of clientCalls(history, 'add', 'increment', 'decrement')) {
    const unread = !Number.isFinite(deltas[call]!) || Math.abs(deltas[call]!) > Number.MAX_SAFE_INTEGER;
    if (unread && outcomeCode(history, call) !== FAIL) odd.add(history.columns.keys[call]!);
  }
  return odd;
}

/** By key the last event of changes that may have happened. */
function lastChanges(history: History): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  for (const call of clientCalls(history, 'add', 'increment', 'decrement')) {
    const outcome = outcomeCode(history, call);
    if (outcome === FAIL) continue;
    const key = history.columns.keys[call]!;
    last.set(key, Math.max(last.get(key) ?? NONE, outcome === OK ? history.pair(call) : call));
  }
  return last;
}

/** True when some of these changes add up to `target`. O(2^k) at worst, k <= 12. */
function reachable(deltas: Float64Array, calls: readonly number[], target: number): boolean {
  let sums = new Set([0]);
  // Fractions do not add up exactly; there the bounds are all that is claimed.
  if (!Number.isInteger(target) || calls.some((call) => !Number.isInteger(deltas[call]!))) return true;
  for (const call of calls) {
    const wider = new Set(sums);
    for (const sum of sums) wider.add(sum + deltas[call]!);
    sums = wider;
  }
  return sums.has(target);
}

/** The `counter` checker. */
export const counterChecker: Checker = {
  name: 'counter',
  summary: 'every read of a counter lies within what was added before and while it ran',
  options: {
    reads: {
      summary: 'which reads must be current: all, or (eventual counters) those of the final phase',
      default: 'all',
      choices: READS,
    },
  },
  reads: {
    add: 'add n, negative allowed',
    increment: 'increment n, or null for 1',
    decrement: 'decrement n, or null for 1',
    read: 'read -> n',
  },
  anomalies: {
    'counter-too-low': 'a read below all that was surely added',
    'counter-too-high': 'a read above all that may have been added',
    'impossible-sum': 'a read that no choice of the open changes adds up to',
    'counter-went-back': 'a counter that only moves one way moved the other',
  },
  check: counter,
};
