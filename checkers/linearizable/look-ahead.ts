/**
 * What is still to come, for models whose operations each need one state, make one state, or both: registers.
 * Two things follow. A state that operations still need, and that nothing will make again, must not be left: the
 * branch is dead as soon as it is. And a write of a value nobody needs may as well happen at once, when nobody
 * needs what it overwrites either. Where values are unique this leaves a search little to guess.
 */
import { OPEN, type Problem } from './problem.ts';
import type { ClassHints } from './state-table.ts';

const NO_STATE = -1;

/** Counts of operations to come, kept up to date as a search goes forth and back. */
export class LookAhead {
  readonly #need: Int32Array;
  readonly #make: Int32Array;
  /** By state: operations that must still happen and need it; all that may; and those that would make it. */
  readonly #demand: Int32Array;
  readonly #uses: Int32Array;
  readonly #supply: Int32Array;
  readonly #required: Uint8Array;
  readonly #opaque: boolean;
  /** It has cut something off: the search may then have got stuck for what comes later. */
  used = false;

  private constructor(problem: Problem, hints: ClassHints, states: number, optional: boolean) {
    const { size, cls, ret } = problem;
    this.#need = cls.map((id) => hints.need[id]!);
    this.#make = cls.map((id) => hints.make[id]!);
    this.#required = Uint8Array.from({ length: size }, (_, op) => (ret[op] === OPEN ? 0 : 1));
    this.#demand = new Int32Array(states);
    this.#uses = new Int32Array(states);
    this.#supply = new Int32Array(states);
    this.#opaque = hints.opaque;
    for (let op = 0; op < size; op++) if (optional || this.#required[op] === 1) this.restore(op);
  }

  /** The counts of a problem; null where its model cannot say, or where they cost more than they save. */
  static of(problem: Problem, optional: boolean): LookAhead | null {
    const hints = problem.table.hints();
    const { states } = problem.table;
    if (hints === null || states > 4 * problem.size) return null;
    return new LookAhead(problem, hints, states, optional);
  }

  /** The operation has been done. */
  take(op: number): void {
    const need = this.#need[op]!;
    const make = this.#make[op]!;
    if (need !== NO_STATE) {
      this.#uses[need]!--;
      this.#demand[need]! -= this.#required[op]!;
    }
    if (make !== NO_STATE) this.#supply[make]!--;
  }

  /** It has not been done after all. */
  restore(op: number): void {
    const need = this.#need[op]!;
    const make = this.#make[op]!;
    if (need !== NO_STATE) {
      this.#uses[need]!++;
      this.#demand[need]! += this.#required[op]!;
    }
    if (make !== NO_STATE) this.#supply[make]!++;
  }

  /** Would leaving this state for another by this operation leave others without the state they need? */
  strands(state: number, op: number): boolean {
    // States met only on the way are needed by nobody.
    if (state >= this.#demand.length) return false;
    const own = this.#need[op] === state ? this.#required[op]! : 0;
    if (this.#demand[state]! <= own || this.#supply[state] !== 0) return false;
    this.used = true;
    return true;
  }

  /** Can this operation happen here and now without making a difference to any other? */
  isIdle(state: number, op: number): boolean {
    const make = this.#make[op]!;
    if (this.#opaque || make === NO_STATE || this.#need[op] !== NO_STATE || this.#uses[make] !== 0)
      return false;
    return state >= this.#uses.length || this.#uses[state] === 0;
  }
}
