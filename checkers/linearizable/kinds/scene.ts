/**
 * What names of violations are given by: a witness that is proved, the answer in it that came last, and all
 * operations of its key. A name says no more than these show; what none fits is `not-linearizable`.
 */
import { NONE } from '../../../harness/history/history.ts';
import { canonicalJson } from '../../../harness/history/interner.ts';
import type { Json } from '../../../harness/op.ts';
import type { Model, ModelOp } from '../../models/model.ts';
import { bruteLinearizable } from '../brute.ts';
import type { Inquiry } from '../inquiry.ts';
import { OPEN, type Problem, restrict } from '../problem.ts';
import { search } from '../search.ts';
import { StateTable } from '../state-table.ts';

/** A class of violation, its reason as a clause for the sentence, and operations it points at. */
export interface Kind {
  kind: string;
  because: string | null;
  ops: number[];
}

/** What has no name of its own. */
export const PLAIN: Kind = { kind: 'not-linearizable', because: null, ops: [] };

/** A kind by its name alone. */
export function named(kind: string, because: string | null = null, ops: number[] = []): Kind {
  return { kind, because, ops };
}

/** A proved witness and where it comes from. */
export interface Scene {
  inquiry: Inquiry;
  problem: Problem;
  /** States the object can have been in before it. */
  states: readonly number[];
  /** Number of the operation that completed last. */
  culprit: number;
  /** The same operation. */
  op: ModelOp;
  /** All invocations of its key. */
  calls: Int32Array;
}

/** Equal as JSON. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a === b || canonicalJson(a) === canonicalJson(b);
}

/** History indexes between which the last answer was given. */
export function spanOf({ problem, culprit }: Scene): { call: number; ret: number } {
  return { call: problem.call[culprit]!, ret: problem.ret[culprit]! };
}

/** Calls that can have done something before the last answer, calls of it that failed, and that came too late. */
export interface Origins {
  possible: number[];
  failed: number[];
  later: number[];
}

/** All calls for which `does` holds, by whether they can explain the last answer. */
export function originsOf(scene: Scene, does: (call: number) => boolean): Origins {
  const found: Origins = { possible: [], failed: [], later: [] };
  const { ret } = spanOf(scene);
  for (const call of scene.calls) {
    if (!does(call)) continue;
    const outcome = scene.inquiry.outcomes.of(call);
    if (outcome === null || outcome === 'refused') found.failed.push(call);
    else (call < ret ? found.possible : found.later).push(call);
  }
  return found;
}

/** What to call an answer that nothing can have led to, by what did not lead to it; null when something can have. */
export function sourceless(
  { possible, failed, later }: Origins,
  noun: string,
  verb: string,
  attempt: string,
): Kind | null {
  if (possible.length > 0) return null;
  if (later.length > 0) return named(`future-${noun}`, `which was ${verb} only later`, [later[0]!]);
  if (failed.length > 0) return named(`aborted-${noun}`, `whose ${attempt} had failed`, [failed.at(-1)!]);
  return null;
}

/** Completed calls of the key for which `does` holds, with the index of their completion. */
export function* completed(
  scene: Scene,
  does: (call: number) => boolean,
): Generator<{ call: number; ret: number; output: Json }> {
  const { history, outcomes } = scene.inquiry;
  for (const call of scene.calls) {
    if (outcomes.of(call) !== 'ok' || !does(call)) continue;
    const ret = history.pair(call);
    if (ret !== NONE) yield { call, ret, output: history.value(ret) };
  }
}

const STEPS = 200_000;

/** Is there an order for this problem, from one of these states? False also when it is too large to tell. */
export function holds(problem: Problem, states: readonly number[]): boolean {
  return states.some((initial) => {
    const brute = bruteLinearizable(problem, initial);
    if (brute !== null) return brute;
    return search(problem, 'exact', { steps: STEPS, configurations: 1 << 18, initial }).verdict === 'valid';
  });
}

/** Is all well but for the last answer? Then it is that answer that is impossible, the others being as they are. */
export function restHolds({ problem, states, culprit }: Scene): boolean {
  const keep = Array.from(problem.cls, (_, i) => i).filter((i) => i !== culprit);
  return holds(restrict(problem, keep), states);
}

/** The witness with other operations in the place of its own, or none (null), under another model. */
export function rewritten(
  { problem, inquiry }: Scene,
  model: Model<unknown>,
  rewrite: (op: ModelOp, i: number) => ModelOp | null,
): Problem {
  const table = new StateTable(model);
  const keep: number[] = [];
  const classes: number[] = [];
  for (let i = 0; i < problem.size; i++) {
    const op = rewrite(problem.table.op(problem.cls[i]!), i);
    if (op === null) continue;
    keep.push(i);
    classes.push(table.classOf(op));
  }
  const readOnly = Uint8Array.from({ length: table.classes }, (_, id) =>
    model.readOnly(table.op(id)) ? 1 : 0,
  );
  const initial = table.initial(inquiry.initial);
  return { ...restrict(problem, keep), cls: Int32Array.from(classes), table, readOnly, initial };
}

/** Is operation i of the witness one that may not have happened? */
export function isOpen({ problem }: Scene, i: number): boolean {
  return problem.ret[i] === OPEN;
}
