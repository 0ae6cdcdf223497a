/**
 * The linear-time path over all keys of a register, and the small problem each conflict comes down to.
 */
import { NONE } from '../../harness/history/history.ts';
import type { Inquiry } from './inquiry.ts';
import { OPEN, type Problem, problemOf } from './problem.ts';
import { judgeRefusals } from './refusals.ts';
import { type RegisterColumns, RegisterReader } from './register-columns.ts';
import { type Conflict, Zones } from './zones.ts';

/** One key's verdict; `null` where the values are not unique, or refusals need a search. */
export type ZoneDecision = { verdict: 'valid' } | { verdict: 'invalid'; problem: Problem } | null;

/** Operations a witness is sought among; chains longer than this are cut at their early end. */
const MAX_CORE = 2048;

/** Judges keys one after the other. */
export class ZonePath {
  readonly #inquiry: Inquiry;
  readonly #reader: RegisterReader;
  readonly #zones = new Zones();
  readonly #initial: number;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
    this.#reader = new RegisterReader(inquiry.history, inquiry.model, inquiry.outcomes);
    this.#initial = this.#reader.idOf(inquiry.initial);
  }

  /** The verdict on one key. */
  judge(calls: Int32Array): ZoneDecision {
    const columns = this.#reader.read(calls);
    const answer = this.#zones.judge(columns, this.#initial, this.#reader.valueCount);
    if (answer.verdict === 'ambiguous') return null;
    if (answer.verdict === 'invalid') {
      return { verdict: 'invalid', problem: this.#problem(columns, conflictOps(answer.conflict)) };
    }
    if (columns.refused === 0) return { verdict: 'valid' };
    const refusals = judgeRefusals(columns, this.#zones);
    if (refusals.verdict === 'satisfied') return { verdict: 'valid' };
    if (refusals.verdict === 'unsure') return null;
    const ops = [refusals.op, refusals.first, refusals.last];
    return { verdict: 'invalid', problem: this.#problem(columns, ops) };
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

/** Is the linear-time path made for this model? */
export function hasZones(inquiry: Inquiry): boolean {
  return RegisterReader.understands(inquiry.model);
}
