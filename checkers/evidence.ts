/**
 * What the invariant checkers share: picking client operations, naming them in sentences, and gathering
 * anomalies so that every kind is shown and none is counted twice.
 */
import { FAIL, type History, INFO, INVOKE, NONE } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { Anomaly, CheckerResult, Step } from '../harness/verdict.ts';
import type { Budget } from './contract.ts';
import { instant } from './quantiles.ts';

/** Most anomalies of one kind that are worded; the rest are counted. */
const MAX_PER_KIND = 10;
/** Work between two looks at the budget. */
const CHUNK = 512;

/** Integers below this have a table of their own. */
const MAX_SMALL = 1 << 22;

/** Event index of what never ended. */
export const NEVER = 0x7fffffff;

/** How an invocation ended: OK, FAIL or INFO; one that never completed is INFO. */
export function outcomeCode(history: History, call: number): number {
  const ret = history.columns.pairs[call]!;
  return ret === NONE ? INFO : history.columns.types[ret]!;
}

/** Index of the acknowledgement of an invocation, NEVER when it was not acknowledged. */
export function returned(history: History, call: number): number {
  const ret = history.columns.pairs[call]!;
  return ret === NONE || history.columns.types[ret] === INFO || history.columns.types[ret] === FAIL
    ? NEVER
    : ret;
}

/** Invocations by clients of the named functions, ascending. O(n). */
export function clientCalls(history: History, ...functions: readonly string[]): Int32Array {
  const { types, processes, fs } = history.columns;
  const wanted = new Uint8Array(history.names.size);
  for (const name of functions) {
    const id = history.names.find(name);
    if (id >= 0) wanted[id] = 1;
  }
  return history.indexesWhere((i) => types[i] === INVOKE && processes[i]! >= 0 && wanted[fs[i]!] === 1);
}

/** An invocation with its completion when it has one, as a step cites them. */
export function both(history: History, call: number): number[] {
  const ret = history.columns.pairs[call]!;
  return ret === NONE ? [call] : [call, ret];
}

/** `process 3 at n1 (0.204 s)`. */
export function who(history: History, call: number): string {
  const node = history.node(call);
  const at = node === undefined ? '' : ` at ${node}`;
  return `process ${history.process(call)}${at} (${instant(history.time(call))})`;
}

/** Does the operation show the end of the run: is it of the final phase, or of a history without phases? */
export function atTheEnd(history: History, call: number): boolean {
  const phase = history.phase(call);
  return phase === undefined || phase === 'final';
}

/** A step about one operation. */
export function step(history: History, call: number, text: string): Step {
  return { text, ops: both(history, call) };
}

/** ` of key "accounts"` for an operation with a key, nothing for one without. */
export function ofKey(key: Json | undefined): string {
  return key === undefined ? '' : ` of key ${JSON.stringify(key)}`;
}

/** What an anomaly is made of; its operations and times follow from its steps. */
export interface Finding {
  sentence: string;
  steps: Step[];
  key?: Json | undefined;
  detail?: Json;
  /** Operations the argument rests on beyond those the steps cite. */
  alsoOps?: readonly number[];
}

/** Gathers anomalies by kind. */
export class Evidence {
  readonly #history: History;
  readonly #found = new Map<string, Anomaly[]>();
  readonly #counts = new Map<string, number>();
  /** How many anomalies were found, worded or not. */
  total = 0;

  constructor(history: History) {
    this.#history = history;
  }

  /** Counts an anomaly and, while there are few of its kind, words it. */
  add(kind: string, finding: () => Finding): void {
    this.total++;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count > MAX_PER_KIND) return;
    const { sentence, steps, key, detail, alsoOps } = finding();
    const ops = [...new Set([...steps.flatMap((s) => s.ops), ...(alsoOps ?? [])])].sort((a, b) => a - b);
    const anomaly: Anomaly = { kind, sentence, certainty: 'proved', ops, steps };
    if (ops.length > 0) {
      anomaly.fromNs = this.#history.time(ops[0]!);
      anomaly.toNs = this.#history.time(ops.at(-1)!);
    }
    if (key !== undefined) anomaly.key = key;
    if (detail !== undefined) anomaly.detail = detail;
    const list = this.#found.get(kind);
    if (list === undefined) this.#found.set(kind, [anomaly]);
    else list.push(anomaly);
  }

  /** How many of a kind were found. */
  count(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** The first ten anomalies, kinds in turn, so that a frequent kind does not hide a rare one. */
  anomalies(): Anomaly[] {
    const lists = [...this.#found.values()];
    const out: Anomaly[] = [];
    for (let round = 0; round < MAX_PER_KIND; round++) {
      for (const list of lists) if (list[round] !== undefined) out.push(list[round]!);
    }
    return out.slice(0, MAX_PER_KIND);
  }

  /**
   * The verdict: fail for what was found, then unknown when the budget ended or something stays open, then
   * vacuous when too little was judged, else pass.
   */
  conclude(
    stats: Record<string, Json>,
    open: { stopped?: string | null; unsettled?: string | null; vacuous?: string | null },
  ): CheckerResult {
    const kinds: Record<string, Json> = {};
    for (const [kind, count] of this.#counts) kinds[kind] = count;
    const shown = this.total > 0 ? { ...stats, anomalies: kinds } : stats;
    if (this.total > 0) {
      return { verdict: 'fail', anomalies: this.anomalies(), anomalyCount: this.total, stats: shown };
    }
    const note = open.stopped ?? open.unsettled;
    if (note) return { verdict: 'unknown', anomalies: [], stats: shown, note };
    if (open.vacuous) return { verdict: 'vacuous', anomalies: [], stats: shown, note: open.vacuous };
    return { verdict: 'pass', anomalies: [], stats: shown };
  }
}

/**
 * Ids of values found inside lists: those of the history where it has them, others beyond. The history itself
 * is not changed.
 */
export class ValueIds {
  readonly #history: History;
  readonly #others = new Map<string, number>();
  readonly #items: Json[] = [];
  /** Ids of numbers and texts looked up before: one map look-up instead of a text to make. */
  readonly #plain = new Map<number | string, number>();
  /** The same for small integers, by the integer: id + 1. */
  #small = new Int32Array(1024);

  constructor(history: History) {
    this.#history = history;
  }

  /** The id of a value by deep equality, up to key order for values the history does not hold itself. */
  of(value: Json): number {
    if (typeof value === 'number' && value >= 0 && value < MAX_SMALL && Number.isInteger(value)) {
      return this.#ofSmall(value);
    }
    if (typeof value !== 'number' && typeof value !== 'string') return this.#find(value);
    let id = this.#plain.get(value);
    if (id === undefined) this.#plain.set(value, (id = this.#find(value)));
    return id;
  }

  #ofSmall(value: number): number {
    if (value >= this.#small.length) {
      const wider = new Int32Array(Math.min(MAX_SMALL, Math.max(value + 1, 2 * this.#small.length)));
      wider.set(this.#small);
      this.#small = wider;
    }
    return (this.#small[value] ||= this.#find(value) + 1) - 1;
  }

  #find(value: Json): number {
    const id = this.#history.values.find(value);
    if (id >= 0) return id;
    const text = JSON.stringify(value);
    let other = this.#others.get(text);
    if (other === undefined) {
      other = this.#items.length;
      this.#others.set(text, other);
      this.#items.push(value);
    }
    return this.#history.values.size + other;
  }

  /** The value with this id. */
  get(id: number): Json {
    const size = this.#history.values.size;
    return id < size ? this.#history.values.get(id) : this.#items[id - size]!;
  }
}

/** Spends a budget in chunks, so that a loop may report every step. */
export class Meter {
  readonly #budget: Budget;
  #owed = 0;
  #over = false;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Records work; true once the budget has ended, and ever after. */
  over(steps: number): boolean {
    this.#owed += steps;
    if (!this.#over && this.#owed >= CHUNK) {
      this.#over = !this.#budget.spend(this.#owed);
      this.#owed = 0;
    }
    return this.#over;
  }

  /** The budget ended elsewhere, in the middle of a pass. */
  end(): void {
    this.#over = true;
  }

  /** A note for the result when the budget ended, else null. */
  get stopped(): string | null {
    return this.#over
      ? `stopped at the ${this.#budget.reason}; what was judged by then holds, a higher limit would settle the rest`
      : null;
  }
}

/** `1 message`, `2 messages`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
