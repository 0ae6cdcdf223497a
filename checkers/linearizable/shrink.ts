/**
 * From a history that is not linearizable to the few operations that show it.
 *
 * Only relaxations are used, so what is invalid after them was invalid before: an operation that changes
 * nothing is left out; one that must have happened is allowed not to have (and to happen at any later time);
 * an optional operation is left out when it can make no difference to any other; and a window of the history
 * is judged from every state it could start in instead of from what came before it.
 */
import type { Budget } from '../contract.ts';
import { isBuiltIn } from '../models/registry.ts';
import type { Core } from './core.ts';
import { afterCut } from './cut.ts';
import { dropItems, withoutAfterthoughts } from './items.ts';
import { OPEN, type Problem, restrict } from './problem.ts';
import { search } from './search.ts';
import { ILLEGAL } from './state-table.ts';

/** Steps all attempts together may take; what is left when they are used up is the witness. */
const TOTAL_STEPS = 3_000_000;
const WINDOW_STEPS = 1_000_000;
const FIRST_WINDOW = 3;
const LARGEST_WINDOW = 1536;

/** Shrinks an invalid problem; `stuckAt` is the completion its search did not get past. */
export function shrink(problem: Problem, stuckAt: number, budget: Budget): Core {
  const attempts = { steps: TOTAL_STEPS, budget };
  const prefix = before(problem, stuckAt);
  // The caller has just shown the prefix to be invalid: what is left if no window will do.
  const whole: Core = { problem: prefix, states: [prefix.initial], fromAnyState: false, from: -1 };
  return restored(
    minimize(
      alone(whole, stuckAt, attempts) ?? window(prefix, attempts) ?? end(prefix, attempts) ?? whole,
      attempts,
    ),
    problem,
  );
}

/**
 * The core with every operation that must have happened before the last answer said to have: it was allowed not
 * to only so that others could be left out, and what is known makes the better argument.
 */
function restored(core: Core, original: Problem): Core {
  const known = new Map(Array.from(core.problem.call, (call, i) => [call, i]));
  const last = core.problem.ret.reduce((max, ret) => (ret === OPEN ? max : Math.max(max, ret)), -1);
  const ret = core.problem.ret.slice();
  for (let i = 0; i < original.size; i++) {
    const at = known.get(original.call[i]!);
    if (at === undefined || original.call[i]! < core.from || original.ret[i]! > last) continue;
    ret[at] = original.ret[i]!;
  }
  return { ...core, problem: { ...core.problem, ret } };
}

/**
 * Is there a short window before this completion that no state explains? A proof of a violation that needs no
 * search of what came before: worth trying where a search that got so far and no further ran out.
 */
export function refutedNear(problem: Problem, stuckAt: number, budget: Budget): boolean {
  return window(before(problem, stuckAt), { steps: WINDOW_STEPS, budget }) !== null;
}

interface Attempts {
  steps: number;
  budget: Budget;
}

/** The operations invoked before a completion; those it cut short become optional. */
export function before(problem: Problem, stuckAt: number): Problem {
  const keep: number[] = [];
  const optional = new Uint8Array(problem.size);
  for (let i = 0; i < problem.size && problem.call[i]! < stuckAt; i++) {
    keep.push(i);
    if (problem.ret[i]! > stuckAt) optional[i] = 1;
  }
  return restrict(problem, keep, optional);
}

/** Kinds of operations times states up to which it pays to ask what could have led to one operation. */
const ALONE_PAIRS = 1 << 20;
/** More than this is not the one operation that nothing could have led to. */
const ALONE_SIZE = 3;

/**
 * The operation that completed at `stuckAt`, all others optional: it is a witness by itself when none of them,
 * in any number and order, could have led to what it saw. A value that nobody wrote needs no window.
 */
function alone(whole: Core, stuckAt: number, attempts: Attempts): Core | null {
  const { problem } = whole;
  const culprit = problem.ret.indexOf(stuckAt);
  if (culprit < 0 || problem.table.model.representatives === undefined) return null;
  if (new Set(problem.cls).size * representatives(problem).length > ALONE_PAIRS) return null;
  const optional = new Uint8Array(problem.size).fill(1);
  optional[culprit] = 0;
  const everything = Array.from(problem.cls, (_, i) => i);
  const core = tidy({ ...whole, problem: restrict(problem, everything, optional) });
  return core.problem.size <= ALONE_SIZE && invalid(core, attempts) ? core : null;
}

/** The end of it from the states that are possible before it; for models of one's own, which know no others. */
function end(prefix: Problem, attempts: Attempts): Core | null {
  if (isBuiltIn(prefix.table.model)) return null;
  const core = afterCut(prefix);
  return core !== null && invalid(core, attempts) ? core : null;
}

/** The shortest window, by doubling, that is invalid from every state. */
function window(prefix: Problem, attempts: Attempts): Core | null {
  if (prefix.table.model.representatives === undefined) return null;
  const must: number[] = [];
  for (let i = 0; i < prefix.size; i++) if (prefix.ret[i] !== OPEN) must.push(i);
  for (let length = FIRST_WINDOW; length <= LARGEST_WINDOW; length *= 2) {
    const first = must[Math.max(0, must.length - length)];
    if (first === undefined) return null;
    const from = prefix.call[first]!;
    const keep: number[] = [];
    const optional = new Uint8Array(prefix.size);
    for (let i = 0; i < prefix.size; i++) {
      if (prefix.ret[i]! < from) continue;
      if (prefix.call[i]! < from) {
        if (prefix.readOnly[prefix.cls[i]!] === 1) continue;
        optional[i] = 1;
      }
      keep.push(i);
    }
    const core = anywhere(restrict(prefix, keep, optional), from);
    if (core.states.length === 0) return null;
    if (invalid(core, attempts)) return core;
    if (first === 0 || attempts.steps <= 0) return null;
  }
  return null;
}

function anywhere(problem: Problem, from: number): Core {
  return { problem, states: representatives(problem), fromAnyState: true, from };
}

function representatives(problem: Problem): number[] {
  const { table } = problem;
  const classes = table.model.counts === true ? problem.cls : new Set(problem.cls);
  const ops = Array.from(classes, (cls) => table.op(cls));
  return [...new Set(table.model.representatives!(ops).map((state) => table.stateOf(state)))];
}

/** Is the core certainly invalid from each of its states? */
function invalid(core: Core, attempts: Attempts): boolean {
  for (const initial of core.states) {
    const limit = 2000 + 40 * core.problem.size;
    let settled = false;
    for (const rule of ['exact', 'endless'] as const) {
      const { budget } = attempts;
      const result = search(core.problem, rule, { steps: limit, configurations: 1 << 20, initial, budget });
      const cost = result.steps + core.problem.size;
      attempts.steps = budget.spend(core.problem.size) ? attempts.steps - cost : 0;
      if (result.verdict === 'valid') return false;
      if ((settled = result.verdict === 'invalid')) break;
    }
    if (!settled) return false;
  }
  return true;
}

/**
 * Relaxes operations in chunks, then one by one, as long as the core stays invalid. Operations that change
 * nothing go first: an argument from writes alone is the easier one to follow.
 */
function minimize(start: Core, attempts: Attempts): Core {
  const tidied = tidy(start);
  const fewer = dropItems(tidied.problem, (problem) => {
    return attempts.steps > 0 && invalid({ ...tidied, problem }, attempts);
  });
  const core = pass({ ...tidied, problem: fewer }, attempts, true);
  const least = pass(core, attempts, false);
  return tidy({ ...least, problem: withoutAfterthoughts(least.problem) });
}

function pass(start: Core, attempts: Attempts, onlyReads: boolean): Core {
  let core = start;
  for (let chunk = Math.max(1, core.problem.size >> 1); attempts.steps > 0; ) {
    let changed = false;
    for (let at = 0; at < core.problem.size && attempts.steps > 0; ) {
      const next = relax(core, at, chunk, onlyReads);
      if (next !== null && invalid(next, attempts)) {
        changed = true;
        core = next;
      } else {
        at += chunk;
      }
    }
    if (chunk === 1 && !changed) break;
    if (chunk > 1) chunk >>= 1;
  }
  return core;
}

/** The core without the operations from `at` on that change nothing, and with the others optional. */
function relax(core: Core, at: number, chunk: number, onlyReads: boolean): Core | null {
  const { problem } = core;
  const keep: number[] = [];
  const optional = new Uint8Array(problem.size);
  let relaxed = false;
  for (let i = 0; i < problem.size; i++) {
    const inside = i >= at && i < at + chunk;
    const read = problem.readOnly[problem.cls[i]!] === 1;
    if (inside && problem.ret[i] !== OPEN && (read || !onlyReads)) {
      relaxed = true;
      if (read) continue;
      optional[i] = 1;
    }
    keep.push(i);
  }
  return relaxed ? tidy({ ...core, problem: restrict(problem, keep, optional) }) : null;
}

/** Leaves out optional operations that can make no difference to any other operation. */
function tidy(core: Core): Core {
  let { problem } = core;
  const { model } = problem.table;
  if (model.representatives === undefined && isBuiltIn(model)) return core;
  const statesOf = (some: Problem): number[] =>
    model.representatives === undefined ? reachable(some, core.states) : representatives(some);
  let states = statesOf(problem);
  if (states.length === 0) return core;
  for (;;) {
    const keep: number[] = [];
    const matters = matterTable(problem, states);
    for (let i = 0; i < problem.size; i++) {
      if (problem.ret[i] !== OPEN || matters(problem.cls[i]!)) keep.push(i);
    }
    if (keep.length === problem.size) break;
    problem = restrict(problem, keep);
    states = statesOf(problem);
  }
  // Built-in models have a state that stands for whatever operations left out may have made of it.
  const partial = core.partial === true || (!isBuiltIn(model) && problem.size < core.problem.size);
  return { ...core, problem, states: core.fromAnyState ? states : core.states, partial };
}

const MOST_REACHABLE = 256;

/** Every state that these operations, in any number and order, can lead to; none when there are too many. */
function reachable({ cls, table }: Problem, from: readonly number[]): number[] {
  const classes = [...new Set(cls)];
  if (classes.length > MOST_REACHABLE) return [];
  const found = new Set(from);
  for (const state of found) {
    for (const each of classes) {
      const next = table.step(state, each);
      if (next !== ILLEGAL) found.add(next);
    }
    if (found.size > MOST_REACHABLE) return [];
  }
  return [...found];
}

/**
 * Tells of a class whether it can make a difference, in some state, to an operation that must have happened: by
 * itself, or through others that can. What cannot has no part in why the core is invalid, for taking it out of an
 * order leaves every operation that counts with the same outcome.
 */
function matterTable(problem: Problem, states: readonly number[]): (cls: number) => boolean {
  const { table } = problem;
  const counting = new Set<number>();
  for (let i = 0; i < problem.size; i++) if (problem.ret[i] !== OPEN) counting.add(problem.cls[i]!);
  const changes = (cls: number, other: number): boolean =>
    states.some((state) => {
      const after = table.step(state, cls);
      if (after === ILLEGAL || after === state) return false;
      const result = table.step(after, other);
      return result !== ILLEGAL && result !== table.step(state, other);
    });
  // Every class that counts is asked about once: a Set hands out what is added to it while it is read.
  let open = [...new Set(problem.cls)].filter((cls) => !counting.has(cls));
  for (const other of counting) {
    open = open.filter((cls) => {
      if (!changes(cls, other)) return true;
      counting.add(cls);
      return false;
    });
  }
  // Another operation of the same kind is another operation.
  const twice = new Map<number, boolean>();
  return (cls) => {
    if (!counting.has(cls)) return false;
    let answer = twice.get(cls);
    if (answer === undefined) {
      answer = [...counting].some((other) => changes(cls, other));
      twice.set(cls, answer);
    }
    return answer;
  };
}
