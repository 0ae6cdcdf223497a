/**
 * Removals of unknown outcome from stacks and priority queues. Each may have taken one of the items that never
 * came out, at any time from its call on, or none. Three questions, from cheap to dear: is all well if none took
 * any? Is all lost even if they took every such item at once? And else: which of the items in the way can they
 * have taken, tried one after the other where it hurts.
 */
import type { Budget } from '../contract.ts';
import { type ItemColumns, pickItems } from './item-columns.ts';

/** Which items count, and when those that removals were assigned to came out. */
export interface Assignment {
  /** 1 for items to leave out: taken at once. */
  gone: Uint8Array;
  /** 1 for items that some removal of unknown outcome took. */
  taken: Uint8Array;
}

/** Items that show that the columns cannot be, beside what found it empty; null when they can. */
export type Core = (c: ItemColumns, assignment: Assignment) => readonly number[] | null;

/** `stuck`: items that show it is invalid. null: it was not found out. */
export type Resolution = { valid: true } | { valid: false; stuck: readonly number[] } | null;

const MOST_ATTEMPTS = 400;
/** Attempts times items: beyond this, only the search is left. */
const MOST_WORK = 20_000_000;

/** Decides columns with or without removals of unknown outcome. */
export function resolve(c: ItemColumns, core: Core, budget: Budget): Resolution {
  const none: Assignment = { gone: new Uint8Array(c.count), taken: new Uint8Array(c.count) };
  const stuck = core(c, none);
  if (stuck === null) return { valid: true };
  if (c.loose.length === 0) return { valid: false, stuck: fewest(c, core, stuck) };
  const certain = core(c, withoutLeftovers(c, none));
  if (certain !== null) return { valid: false, stuck: fewest(c, core, certain) };
  return new Trial(c, core, budget).run(stuck);
}

function withoutLeftovers(c: ItemColumns, { taken }: Assignment): Assignment {
  const gone = new Uint8Array(c.count);
  for (let item = 0; item < c.count; item++) if (c.rr[item]! > c.slots && taken[item] === 0) gone[item] = 1;
  return { gone, taken };
}

/** As few of these items as are invalid by themselves; all of them when they are not. */
function fewest(c: ItemColumns, core: Core, stuck: readonly number[]): readonly number[] {
  const nobody = new Uint8Array(c.count);
  const wrong = (items: readonly number[]): boolean =>
    core(pickItems(c, items), { gone: nobody, taken: nobody }) !== null;
  let items = stuck;
  if (items.length < 2 || !wrong(items)) return items;
  for (let chunk = items.length >> 1; chunk >= 1; chunk >>= 1) {
    for (let at = 0; at < items.length; ) {
      const fewer = [...items.slice(0, at), ...items.slice(at + chunk)];
      if (wrong(fewer)) items = fewer;
      else at += chunk;
    }
  }
  return items;
}

/** One decision: what may be tried here, and how far it has come. */
interface Choice {
  candidates: [item: number, loose: number][];
  next: number;
}

class Trial {
  readonly #c: ItemColumns;
  readonly #core: Core;
  readonly #budget: Budget;
  readonly #assignment: Assignment;
  readonly #used: Uint8Array;

  constructor(c: ItemColumns, core: Core, budget: Budget) {
    // Removal times are changed along the way.
    this.#c = { ...c, ri: c.ri.slice(), rr: c.rr.slice() };
    this.#core = core;
    this.#budget = budget;
    this.#assignment = { gone: new Uint8Array(c.count), taken: new Uint8Array(c.count) };
    this.#used = new Uint8Array(c.loose.length);
  }

  /** Depth first, by an explicit stack of choices. */
  run(first: readonly number[]): Resolution {
    const choices: Choice[] = [this.#choice(first)];
    for (let attempts = 0; choices.length > 0; ) {
      const choice = choices[choices.length - 1]!;
      if (choice.next > 0) this.#undo(choice.candidates[choice.next - 1]!);
      const candidate = choice.candidates[choice.next++];
      if (candidate === undefined) {
        choices.pop();
        continue;
      }
      const spent = attempts * this.#c.count;
      if (++attempts > MOST_ATTEMPTS || spent > MOST_WORK || !this.#budget.spend(this.#c.count)) return null;
      this.#assign(candidate);
      const stuck = this.#core(this.#c, this.#assignment);
      if (stuck === null) return { valid: true };
      const hopeless = this.#core(this.#c, withoutLeftovers(this.#c, this.#assignment)) !== null;
      choices.push(hopeless ? { candidates: [], next: 0 } : this.#choice(stuck));
    }
    // All was tried: every item may have played a part.
    return { valid: false, stuck: Array.from({ length: this.#c.count }, (_, item) => item) };
  }

  /**
   * Of the items in the way, those that never came out, oldest first, with every removal that differs. Of removals
   * that could take an item equally early the one called last is enough: the others can do all that it can.
   */
  #choice(stuck: readonly number[]): Choice {
    const c = this.#c;
    const free = stuck.filter((item) => c.rr[item]! > c.slots && this.#assignment.taken[item] === 0);
    free.sort((a, b) => c.ar[a]! - c.ar[b]!);
    const candidates: [number, number][] = [];
    for (const item of free) {
      let before = -1;
      for (let k = 0; k < c.loose.length; k++) {
        const from = Math.max(c.loose[k]!, c.leaves[item]!);
        if (this.#used[k] === 1) continue;
        if (from === before) candidates.pop();
        before = from;
        candidates.push([item, k]);
      }
    }
    return { candidates, next: 0 };
  }

  #assign([item, k]: [number, number]): void {
    this.#used[k] = 1;
    this.#assignment.taken[item] = 1;
    this.#c.ri[item] = Math.max(this.#c.loose[k]!, this.#c.leaves[item]!);
  }

  #undo([item, k]: [number, number]): void {
    this.#used[k] = 0;
    this.#assignment.taken[item] = 0;
    this.#c.ri[item] = this.#c.slots;
  }
}
