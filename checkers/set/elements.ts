/**
 * The fate of every element of a set: stable, lost, stale, never read, duplicated, invented.
 */
import { type History, NONE, PHASE_NAMES } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Budget } from '../contract.ts';
import type { Pace } from '../pace.ts';
import type { SetOps } from './read-set.ts';

const NEVER = 0x7fffffff;
const FINAL = PHASE_NAMES.indexOf('final');
const NO_PHASE = 255;

/** What became of the elements; lists hold element numbers, `-Read` columns read numbers. */
export interface Fates {
  /** By element; those that only reads mention come after those added. */
  values: Json[];
  ops: SetOps;
  attempted: number;
  acknowledged: number;
  readsJudged: number;
  /** False: the budget ended first. */
  complete: boolean;
  stable: number;
  lost: number[];
  /** Missing from the last reads, which were made before the run healed: no proof of loss yet. */
  unsettled: number[];
  /** Seen late: missing from a read invoked when they were known to be there, present later or elsewhere. */
  stale: number[];
  neverRead: number[];
  duplicated: number[];
  /** Read but never added. */
  phantoms: number[];
  /** Read before anybody added them: by element, the first such read. */
  early: Map<number, number>;
  /** Read although every add of it failed for certain. */
  resurrected: number[];
  /** Of unknown outcome, then read. */
  recovered: number;
  visibilityNs: Float64Array;
  /** By element: last read that had it, last that could have and had not, first with it twice. */
  presentRead: Int32Array;
  absentRead: Int32Array;
  duplicateRead: Int32Array;
  /** By element: history index from which it is known to be there. */
  known: Int32Array;
}

/**
 * Judges every element; where the budget ends among the reads, what those before it prove. Throws OutOfBudget
 * where it ends elsewhere. O(total size of the reads + elements).
 */
export function judgeElements(history: History, ops: SetOps, budget: Budget, pace: Pace): Fates {
  const tracker = new Tracker(history, ops, pace);
  let judged = 0;
  for (const call of ops.reads) {
    const value = history.value(history.pair(call));
    const list = Array.isArray(value) ? value : [];
    tracker.read(judged, list);
    judged++;
    if (!budget.spend(list.length + 1)) break;
  }
  return tracker.finish(judged);
}

class Tracker {
  readonly #history: History;
  readonly #ops: SetOps;
  /** Reads in flight when an element was added and invoked before: the only earlier ones that count for it. */
  readonly #pending: (readonly number[])[] = [];
  readonly #present: number[] = [];
  readonly #absent: number[] = [];
  readonly #duplicate: number[] = [];
  readonly #known: number[] = [];
  readonly #phantoms: number[] = [];
  readonly #early = new Map<number, number>();
  readonly #unknownElements = new Map<string, number>();
  readonly #invented: number;
  readonly #values: Json[];
  readonly #firstFinal: number;
  readonly #pace: Pace;

  constructor(history: History, ops: SetOps, pace: Pace) {
    this.#pace = pace;
    this.#history = history;
    this.#ops = ops;
    this.#invented = ops.values.length;
    this.#values = [...ops.values];
    this.#firstFinal = firstFinalRead(history, ops);
    const inFlight = pendingReads(history, ops, pace);
    for (let element = 0; element < ops.values.length; element++) {
      pace.step();
      this.#open(inFlight[element]!, ops.addOk[element]!);
    }
  }

  #open(pending: readonly number[], acknowledged: number): void {
    this.#pending.push(pending);
    this.#present.push(NONE);
    this.#absent.push(NONE);
    this.#duplicate.push(NONE);
    this.#known.push(acknowledged === NONE ? NEVER : acknowledged);
  }

  read(number: number, list: readonly Json[]): void {
    const completed = this.#history.pair(this.#ops.reads[number]!);
    for (const value of list) {
      const element = this.#element(value);
      if (this.#present[element] === number) {
        if (this.#duplicate[element] === NONE) this.#duplicate[element] = number;
        continue;
      }
      if (completed < this.#known[element]!) this.#known[element] = completed;
      if (this.#notYetAdded(element, completed) && !this.#early.has(element))
        this.#early.set(element, number);
      if (this.#present[element]! < number - 1) this.#noteAbsence(element, number);
      this.#present[element] = number;
    }
  }

  /** It was added, but only after this index. */
  #notYetAdded(element: number, index: number): boolean {
    const { addCall, possible } = this.#ops;
    return element < this.#invented && possible[element] === true && index < addCall[element]!;
  }

  #element(value: Json): number {
    const element = this.#ops.elementOf(value);
    if (element !== NONE) return element;
    const text = JSON.stringify(value);
    let invented = this.#unknownElements.get(text);
    if (invented === undefined) {
      invented = this.#present.length;
      this.#unknownElements.set(text, invented);
      this.#values.push(value);
      this.#open([], NONE);
      this.#phantoms.push(invented);
    }
    return invented;
  }

  /** If a read before `number` could have had the element, and none since had it, it was absent there. */
  #noteAbsence(element: number, number: number): void {
    const absent = this.#lastCountable(element, number);
    if (absent > this.#present[element]! && absent > this.#absent[element]!) this.#absent[element] = absent;
  }

  /** The last read before `number` that completed after the element's add was invoked. */
  #lastCountable(element: number, number: number): number {
    if (number === 0 || element >= this.#invented) return NONE;
    if (this.#ops.reads[number - 1]! > this.#ops.addCall[element]!) return number - 1;
    let last = NONE;
    for (const read of this.#pending[element]!) if (read < number && read > last) last = read;
    return last;
  }

  finish(judged: number): Fates {
    const ops = this.#ops;
    const fates: Fates = {
      values: this.#values,
      ops,
      attempted: ops.attempted,
      acknowledged: ops.addOk.reduce((count, ok) => count + (ok === NONE ? 0 : 1), 0),
      readsJudged: judged,
      complete: judged === ops.reads.length,
      stable: 0,
      lost: [],
      unsettled: [],
      stale: [],
      neverRead: [],
      duplicated: [],
      phantoms: this.#phantoms,
      early: this.#early,
      resurrected: [],
      recovered: 0,
      visibilityNs: new Float64Array(0),
      presentRead: new Int32Array(0),
      absentRead: new Int32Array(0),
      duplicateRead: new Int32Array(0),
      known: new Int32Array(0),
    };
    const latencies: number[] = [];
    if (fates.complete) {
      for (let element = 0; element < this.#invented; element++) {
        this.#pace.step();
        this.#judge(fates, element, judged, latencies);
      }
    } else this.#proved(fates);
    for (let element = 0; element < this.#duplicate.length; element++) {
      if (this.#duplicate[element] !== NONE) fates.duplicated.push(element);
    }
    fates.visibilityNs = new Float64Array(latencies);
    fates.presentRead = new Int32Array(this.#present);
    fates.absentRead = new Int32Array(this.#absent);
    fates.duplicateRead = new Int32Array(this.#duplicate);
    fates.known = new Int32Array(this.#known);
    return fates;
  }

  /** What holds whatever the reads say that were not judged: one of those may still have what is missing. */
  #proved(fates: Fates): void {
    for (let element = 0; element < this.#invented; element++) {
      if (!this.#ops.possible[element] && this.#present[element] !== NONE) fates.resurrected.push(element);
    }
  }

  /**
   * An element missing at the end. Final reads are made when everything had time to spread, so what all of
   * them miss is lost; what one of them has is only late. Histories without phases are taken at their word.
   */
  #missing(fates: Fates, element: number): void {
    const absent = this.#absent[element]!;
    const phase = this.#history.columns.phases[this.#ops.reads[absent]!]!;
    if (phase !== FINAL && phase !== NO_PHASE) fates.unsettled.push(element);
    else if (this.#present[element]! >= this.#firstFinal) fates.stale.push(element);
    else fates.lost.push(element);
  }

  #judge(fates: Fates, element: number, judged: number, latencies: number[]): void {
    this.#noteAbsence(element, judged);
    const present = this.#present[element]!;
    const absent = this.#absent[element]!;
    const known = this.#known[element]!;
    if (!this.#ops.possible[element]) {
      if (present !== NONE) fates.resurrected.push(element);
      return;
    }
    if (present !== NONE && this.#ops.addOk[element] === NONE) fates.recovered++;
    const absentCall = absent === NONE ? NONE : this.#ops.reads[absent]!;
    if (present !== NONE && absent < present) {
      fates.stable++;
      // Absence before the element is known to be there is no delay.
      const late = absentCall > known ? this.#history.time(absentCall) + 1 - this.#history.time(known) : 0;
      latencies.push(late);
      if (absentCall > known) fates.stale.push(element);
    } else if (absent > present && known < absentCall) {
      this.#missing(fates, element);
    } else if (this.#ops.addOk[element] !== NONE) {
      fates.neverRead.push(element);
    }
  }
}

/** Number of the first read of the final phase, or NEVER. */
function firstFinalRead(history: History, ops: SetOps): number {
  const at = ops.reads.findIndex((call) => history.columns.phases[call] === FINAL);
  return at < 0 ? NEVER : at;
}

/** By element: numbers of the reads in flight when its add was invoked. O(n + elements * concurrency). */
function pendingReads(history: History, ops: SetOps, pace: Pace): (readonly number[])[] {
  const order = ops.addCall.map((_, element) => element).sort((a, b) => ops.addCall[a]! - ops.addCall[b]!);
  pace.look();
  const pending: (readonly number[])[] = new Array(ops.addCall.length);
  let open: number[] = [];
  let next = 0;
  for (const element of order) {
    pace.step();
    const call = ops.addCall[element]!;
    if (next < ops.reads.length && ops.reads[next]! < call) open = [...open];
    while (next < ops.reads.length && ops.reads[next]! < call) open.push(next++);
    // Most elements are added while the same reads are open, and share one list.
    if (open.some((read) => history.pair(ops.reads[read]!) <= call)) {
      open = open.filter((read) => history.pair(ops.reads[read]!) > call);
    }
    pending[element] = open;
  }
  return pending;
}
