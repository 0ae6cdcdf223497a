/**
 * Judges keys as the board hands them out: by the fast path first, then by search in rounds of growing depth.
 * What it returns is plain data; `key-merge.ts` makes the verdict of it, whoever judged which key.
 */
import type { Anomaly } from '../../harness/verdict.ts';
import { type Board, MAX_ROUNDS } from './board.ts';
import { Deepening } from './decide.ts';
import type { FastPath } from './fast-path.ts';
import { Findings } from './findings.ts';
import type { Inquiry } from './inquiry.ts';
import type { Parts } from './parts.ts';
import { OPEN, type Problem, problemOf } from './problem.ts';

/** What the search did in one round. */
export interface RoundStats {
  steps: number;
  mostConfigurations: number;
  settledByBounds: number;
  decided: number;
}

/** A violation, by the round and the key it was found in. */
export interface Violation {
  round: number;
  part: number;
  /** Null: there were enough before it, so it was not told. */
  anomaly: Anomaly | null;
}

/** The largest object that stayed open. */
export interface Open {
  part: number;
  size: number;
  /** Null: it was not looked into. */
  optional: number | null;
  classes: number;
}

/** What one thread found out. */
export interface KeyShare {
  settled: number;
  /** Objects left to the search. */
  searched: number;
  violations: Violation[];
  doubt: string | null;
  rounds: RoundStats[];
  open: Open | null;
  /** Why objects stayed open. */
  why: string;
}

interface Running {
  problem: Problem;
  search: Deepening;
}

/** Judges what it can claim until nothing is left. */
export function workOnKeys(inquiry: Inquiry, parts: Parts, path: FastPath | null, board: Board): KeyShare {
  return new KeyWork(inquiry, parts, path, board).run();
}

class KeyWork {
  readonly #inquiry: Inquiry;
  readonly #parts: Parts;
  readonly #path: FastPath | null;
  readonly #board: Board;
  readonly #findings: Findings;
  /** Objects under search, by key; a key may fall into several. */
  readonly #running = new Map<number, Running[]>();
  /** Groups of calls a key fell into, for keys only this thread can go on with. */
  readonly #split = new Map<number, readonly Int32Array[]>();
  #over = false;
  /** Keys claimed for the next round. */
  #mine: number[] = [];
  readonly #share: KeyShare = {
    settled: 0,
    searched: 0,
    violations: [],
    doubt: null,
    rounds: [],
    open: null,
    why: 'limit of steps or configurations',
  };

  constructor(inquiry: Inquiry, parts: Parts, path: FastPath | null, board: Board) {
    this.#inquiry = inquiry;
    this.#parts = parts;
    this.#path = path;
    this.#board = board;
    this.#findings = new Findings(inquiry);
  }

  run(): KeyShare {
    const board = this.#board;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const mine = this.#mine;
      this.#mine = [];
      let judged = mine.length;
      if (round > board.stopRound) break;
      for (const part of mine) this.#judge(part, round);
      for (let part = board.claim(round); part >= 0; part = board.claim(round), judged++) {
        this.#judge(part, round);
      }
      // What another thread still works on, it goes on with itself.
      if (judged === 0 && round > 0 && this.#mine.length === 0) break;
    }
    this.#share.doubt = this.#findings.doubt;
    const { budget } = this.#inquiry;
    if (this.#share.open !== null && !budget.spend(0)) this.#share.why = budget.reason;
    return this.#share;
  }

  #judge(part: number, round: number): void {
    if (round > this.#board.stopRound) return;
    const undecided = round === 0 ? this.#quickly(part) : this.#search(part, round);
    if (!undecided) {
      this.#running.delete(part);
      this.#board.end(part);
    } else if (this.#split.has(part)) this.#mine.push(part);
    else if (this.#board.next(part, round)) this.#mine.push(part);
  }

  #isOver(steps: number): boolean {
    this.#over ||= !this.#inquiry.budget.spend(steps);
    return this.#over;
  }

  #callsOf(part: number): Int32Array {
    const { calls, starts } = this.#parts;
    return calls.subarray(starts[part]!, starts[part + 1]!);
  }

  /** The fast path; true when it is for the search. */
  #quickly(part: number): boolean {
    const calls = this.#callsOf(part);
    const decision = this.#isOver(calls.length) ? null : (this.#path?.judge(calls) ?? null);
    if (decision === null) {
      this.#share.searched++;
      return true;
    }
    if (decision.verdict === 'split') {
      this.#split.set(part, decision.parts);
      this.#share.searched += decision.parts.length;
      return decision.parts.length > 0;
    }
    this.#share.settled++;
    if (decision.verdict === 'invalid') this.#found(decision.problem, decision.stuckAt ?? OPEN, part, 0);
    return false;
  }

  /** One round of the search; true when a deeper one may tell more. */
  #search(part: number, round: number): boolean {
    if (this.#isOver(0)) {
      const size = this.#callsOf(part).length;
      this.#stayedOpen({ part, size, optional: null, classes: 0 });
      return false;
    }
    const objects = this.#running.get(part) ?? this.#start(part);
    const left = objects.filter((object) => this.#deepen(object, part, round));
    if (left.length === 0) return false;
    this.#running.set(part, left);
    if (!this.#split.has(part)) left[0]!.search.save(this.#board.carried(part));
    return true;
  }

  #start(part: number): Running[] {
    const { history, model, outcomes, initial } = this.#inquiry;
    const split = this.#split.get(part);
    return (split ?? [this.#callsOf(part)]).map((calls) => {
      const problem = problemOf(history, model, outcomes, calls, initial);
      return { problem, search: new Deepening(problem, problem.ret.includes(OPEN)) };
    });
  }

  #deepen({ problem, search }: Running, part: number, round: number): boolean {
    if (round > 1 && !this.#split.has(part)) search.restore(this.#board.carried(part));
    if (!search.round(round - 1, this.#inquiry)) return true;
    const { verdict, stuckAt, steps, configurations, by } = search.decision!;
    const stats = this.#roundStats(round);
    stats.steps += steps;
    stats.mostConfigurations = Math.max(stats.mostConfigurations, configurations);
    if (by !== 'exact') stats.settledByBounds++;
    if (verdict !== 'unknown') stats.decided++;
    else {
      const optional = problem.ret.reduce((count, ret) => count + (ret === OPEN ? 1 : 0), 0);
      this.#stayedOpen({ part, size: problem.size, optional, classes: problem.table.classes });
    }
    if (verdict === 'invalid') this.#found(problem, stuckAt, part, round);
    return false;
  }

  #roundStats(round: number): RoundStats {
    const { rounds } = this.#share;
    while (rounds.length <= round) {
      rounds.push({ steps: 0, mostConfigurations: 0, settledByBounds: 0, decided: 0 });
    }
    return rounds[round]!;
  }

  #found(problem: Problem, stuckAt: number, part: number, round: number): void {
    const findings = this.#findings;
    const before = findings.count;
    const told = findings.anomalies.length;
    findings.add(problem, stuckAt, this.#parts.keys[part]!, this.#callsOf(part));
    if (findings.count === before) return;
    this.#share.violations.push({ round, part, anomaly: findings.anomalies[told] ?? null });
    this.#board.stopAfter(round);
  }

  #stayedOpen(open: Open): void {
    const worst = this.#share.open;
    if (worst === null || larger(open.size, open.part, worst)) this.#share.open = open;
  }
}

/** Is an object of this size, of this key, to be named rather than the other? */
export function larger(size: number, part: number, than: Open): boolean {
  return size > than.size || (size === than.size && part < than.part);
}
