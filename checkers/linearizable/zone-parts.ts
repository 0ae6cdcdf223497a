/**
 * The linear-time path over all keys of a register, and the small problem each conflict comes down to.
 */
import { NONE } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { FastDecision, FastPath } from './fast-path.ts';
import type { Inquiry } from './inquiry.ts';
import { OPEN, type Problem, problemOf } from './problem.ts';
import { judgeRefusals } from './refusals.ts';
import type { RegisterColumns } from './register-columns.ts';
import { search } from './search.ts';
import { type Conflict, Zones } from './zones.ts';

/** Operations a witness is sought among; chains longer than this are cut at their early end. */
const MAX_CORE = 2048;

/** Most steps spent on finding out whether a conflict shows by itself. */
const PROOF_STEPS = 20_000;

/** Where the columns of a register come from. */
export interface ColumnSource {
  /** Ids of values run below this number. */
  readonly valueCount: number;
  idOf(value: Json): number;
  /** The columns of these invocations; null when they cannot be those of a register. */
  read(calls: Int32Array): RegisterColumns | null;
  /** Operations that an operation's place rests on besides who wrote what it saw. */
  evidence?(columns: RegisterColumns, at: number): number[];
  /** After `read`: how many other readings there are; the key is right when one of them is. */
  readonly otherReadings?: number;
  readAs?(reading: number): RegisterColumns;
  /** false: a conflict rests on more than the operations it names. */
  readonly plain?: boolean;
}

/** Judges keys one after the other. */
export class ZonePath implements FastPath {
  readonly name: string;
  readonly #inquiry: Inquiry;
  readonly #reader: ColumnSource;
  readonly #zones = new Zones();
  readonly #initial: number;

  constructor(inquiry: Inquiry, name: string, reader: ColumnSource) {
    this.name = name;
    this.#inquiry = inquiry;
    this.#reader = reader;
    this.#initial = this.#reader.idOf(inquiry.initial);
  }

  /** The verdict on one key. */
  judge(calls: Int32Array): FastDecision {
    const columns = this.#reader.read(calls);
    if (columns === null) return null;
    const answer = this.#zones.judge(columns, this.#initial, this.#reader.valueCount);
    if (answer.verdict === 'ambiguous') return null;
    if (answer.verdict === 'invalid') {
      const problem = this.#problem(columns, conflictOps(answer.conflict));
      return this.#reader.plain === false ? this.#otherReadings(problem) : { verdict: 'invalid', problem };
    }
    if (columns.refused === 0) return { verdict: 'valid' };
    const refusals = judgeRefusals(columns, this.#zones);
    if (refusals.verdict === 'satisfied') return { verdict: 'valid' };
    if (refusals.verdict === 'unsure') return null;
    const ops = [refusals.op, refusals.first, refusals.last];
    return { verdict: 'invalid', problem: this.#problem(columns, ops) };
  }

  /**
   * One reading was wrong: valid when another is right. Otherwise the key is wrong; where what the first conflict
   * names does not show it by itself, the search shall say why.
   */
  #otherReadings(problem: Problem): FastDecision {
    for (let reading = 1; reading <= (this.#reader.otherReadings ?? 0); reading++) {
      const columns = this.#reader.readAs!(reading);
      const { verdict } = this.#zones.judge(columns, this.#initial, this.#reader.valueCount);
      if (verdict === 'valid') return { verdict };
    }
    const { verdict } = search(problem, 'exact', { steps: PROOF_STEPS, configurations: PROOF_STEPS });
    return verdict === 'invalid' ? { verdict, problem } : null;
  }

  #problem(columns: RegisterColumns, ops: readonly number[]): Problem {
    const core = this.#close(columns, ops);
    const calls = core.map((i) => columns.call[i]!).sort((a, b) => a - b);
    const { history, model, outcomes, initial } = this.#inquiry;
    return problemOf(history, model, outcomes, calls, initial);
  }

  /**
   * Adds what the operations rest on: who wrote the values they saw, and, where that writer may not have
   * happened for all it was answered, somebody who saw its effect.
   */
  #close(c: RegisterColumns, ops: readonly number[]): number[] {
    const { groups } = this.#zones;
    const core = new Set(ops.filter((op) => op !== NONE));
    for (const i of core) {
      if (core.size >= MAX_CORE) break;
      for (const other of this.#reader.evidence?.(c, i) ?? []) if (other !== NONE) core.add(other);
      if (c.from[i] !== NONE) {
        const w = groups.writer[groups.local(c.from[i]!)]!;
        if (w !== NONE) core.add(w);
      }
      if (c.to[i] !== NONE && c.ret[i] === OPEN) {
        const v = groups.local(c.to[i]!);
        const witness = groups.firstRead[v] !== NONE ? groups.firstRead[v]! : groups.successor[v]!;
        if (witness !== NONE) core.add(witness);
      }
    }
    return [...core];
  }
}

function conflictOps(conflict: Conflict): number[] {
  switch (conflict.kind) {
    case 'double':
      return [conflict.first, conflict.second];
    case 'order':
      return [conflict.earlier, conflict.later];
    case 'overlap':
      return conflict.ops;
    default:
      return [conflict.op];
  }
}
