/**
 * Names for violations of sets and multisets. Elements have nothing to do with each other, so the element an
 * answer is wrong about is found by asking about each alone.
 */
import { canonicalJson } from '../../../harness/history/interner.ts';
import type { Json } from '../../../harness/op.ts';
import type { ModelOp } from '../../models/model.ts';
import { changeOf } from '../../models/set.ts';
import { modelOpAt, restrict } from '../problem.ts';
import {
  completed,
  holds,
  type Kind,
  named,
  originsOf,
  PLAIN,
  rewritten,
  type Scene,
  same,
  sourceless,
  spanOf,
} from './scene.ts';

/** What a witness about a set is called. */
export function setKind(scene: Scene): Kind {
  const { op } = scene;
  if (op.outcome === 'info') return PLAIN;
  for (const element of elementsIn(scene)) {
    const count = countIn(op, element);
    if (count === null || !isWrong(scene, element)) continue;
    return count > 0 ? presentKind(scene, element, count) : absentKind(scene, element);
  }
  return PLAIN;
}

function elementsIn({ problem }: Scene): Json[] {
  const found = new Map<string, Json>();
  for (const cls of problem.cls) {
    const op = problem.table.op(cls);
    if (op.f !== 'read') found.set(canonicalJson(op.input), op.input);
    else if (Array.isArray(op.output)) for (const item of op.output) found.set(canonicalJson(item), item);
  }
  return [...found.values()];
}

/** How many of an element an operation says there were (1 for some); null when it says nothing. */
function countIn(op: ModelOp, element: Json): number | null {
  if (op.f === 'read') {
    return op.outcome === 'ok' && Array.isArray(op.output)
      ? op.output.filter((item) => same(item, element)).length
      : null;
  }
  if (!same(op.input, element) || op.outcome === 'info') return null;
  if (op.outcome === 'refused') return 0;
  if (op.f === 'contains') return op.output === true ? 1 : 0;
  const change = changeOf(op);
  if (change === null) return null;
  return change === (op.f === 'remove') ? 1 : 0;
}

/** Is it this element alone that the last answer is wrong about? */
function isWrong(scene: Scene, element: Json): boolean {
  const { problem, inquiry, culprit } = scene;
  const { model } = problem.table;
  const only = new Set([canonicalJson(element)]);
  const kept: number[] = [];
  const alone = rewritten({ ...scene, inquiry: { ...inquiry, initial: null } }, model, (op, i) => {
    if (op.f !== 'read' && !same(op.input, element)) return null;
    kept.push(i);
    return model.restrict!(op, only);
  });
  const own = Array.isArray(inquiry.initial) ? inquiry.initial.filter((item) => same(item, element)) : [];
  const states = [alone.table.initial(own)];
  if (holds(alone, states)) return false;
  const at = kept.indexOf(culprit);
  const keep = kept.map((_, i) => i).filter((i) => i !== at);
  return holds(restrict(alone, keep), states);
}

function presentKind(scene: Scene, element: Json, count: number): Kind {
  const { history, initial } = scene.inquiry;
  const { call } = spanOf(scene);
  const shown = JSON.stringify(element);
  const origins = originsOf(
    scene,
    (at) => at !== call && same(history.value(at), element) && canAdd(scene, at),
  );
  const before = Array.isArray(initial) ? initial.filter((item) => same(item, element)).length : 0;
  if (before + origins.possible.length === 0) {
    const source = sourceless(origins, 'element', 'added', 'add');
    return source ?? named('phantom-element', `though nobody ever added ${shown}`);
  }
  if (scene.op.f === 'remove') {
    const { ret } = spanOf(scene);
    const taken = [...completed(scene, (at) => at !== call && isRemoval(scene, at, element, true))];
    const earlier = taken.filter((removal) => removal.ret < ret).map((removal) => removal.call);
    if (earlier.length >= before + origins.possible.length) {
      return named('duplicate-element', `though ${shown} had been removed before`, earlier);
    }
  }
  const most = scene.inquiry.model.name === 'multiset' ? before + origins.possible.length : 1;
  if (count > most) {
    return named('duplicate-element', `with ${shown} more often than it was added`, origins.possible);
  }
  const gone = [...completed(scene, (at) => isRemoval(scene, at, element))].filter(({ ret }) => ret < call);
  if (gone.length === 0) return PLAIN;
  const calls = gone.map((removal) => removal.call);
  return named('stale-element', `though ${shown} had been removed`, calls);
}

/** Is this an `add` that did not say that it added nothing? */
function canAdd({ inquiry }: Scene, call: number): boolean {
  const { history, model, outcomes } = inquiry;
  if (history.f(call) !== 'add') return false;
  const op = modelOpAt(history, model, outcomes, call);
  return op === null || changeOf(op) !== false;
}

/** Is this a removal of the element that did not say that it removed nothing, or (`sure`) that says it did? */
function isRemoval({ inquiry }: Scene, call: number, element: Json, sure = false): boolean {
  const { history } = inquiry;
  if (history.f(call) !== 'remove' || !same(history.value(call), element)) return false;
  const op = modelOpAt(history, inquiry.model, inquiry.outcomes, call);
  if (op === null || op.outcome !== 'ok') return false;
  return sure ? changeOf(op) === true : changeOf(op) !== false;
}

/** It was there for certain: lost when it was added for certain, never removed, and never seen again. */
function absentKind(scene: Scene, element: Json): Kind {
  const { inquiry, calls } = scene;
  const { history, outcomes, model } = inquiry;
  const { call } = spanOf(scene);
  const shown = JSON.stringify(element);
  let added = false;
  for (const at of calls) {
    const op = modelOpAt(history, model, outcomes, at);
    if (op === null) continue;
    const about = op.f === 'read' || same(op.input, element);
    if (!about) continue;
    if (op.f === 'add' && op.outcome === 'ok' && history.pair(at) < call) added = true;
    if (op.f === 'remove' && op.outcome !== 'refused') return named('missing-element');
    const seenAgain = history.pair(at) > call && (countIn(op, element) ?? 0) > 0;
    if (seenAgain) return named('missing-element', `though ${shown} had been there and was never removed`);
  }
  if (!added) return named('missing-element');
  return named('lost-element', `though ${shown} had been added, and nobody ever sees it again`);
}
