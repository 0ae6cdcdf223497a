/**
 * Names for violations of queues, stacks and priority queues. Whether it is the order that is wrong is found by
 * asking the same of a bag, from which items come out in any order.
 */
import { canonicalJson } from '../../../harness/history/interner.ts';
import type { Json } from '../../../harness/op.ts';
import type { Model, ModelOp } from '../../models/model.ts';
import { modelOpAt } from '../problem.ts';
import {
  completed,
  holds,
  isOpen,
  type Kind,
  named,
  originsOf,
  PLAIN,
  restHolds,
  rewritten,
  type Scene,
  same,
  sourceless,
  spanOf,
} from './scene.ts';

/** Ways removals of unknown outcome may have gone that are looked at. */
const MOST_WAYS = 400;

/** What a witness about a collection is called. */
export function collectionKind(scene: Scene): Kind {
  const { op } = scene;
  if (op.outcome === 'info' || isInsert(op.f)) return PLAIN;
  if (op.outcome === 'refused' || op.output === null) return emptyKind(scene);
  const value = op.output;
  const initial = Array.isArray(scene.inquiry.initial) ? scene.inquiry.initial : [];
  const { history } = scene.inquiry;
  const origins = originsOf(scene, (call) => isInsert(history.f(call)) && same(history.value(call), value));
  const before = initial.filter((item) => same(item, value)).length;
  if (before + origins.possible.length === 0) {
    const attempt = history.f(scene.calls.find((call) => isInsert(history.f(call))) ?? scene.calls[0]!);
    const named_ = sourceless(origins, 'element', 'put in', attempt);
    return named_ ?? named('phantom-element', 'which nobody ever put in');
  }
  const twice = takenBefore(scene, value, before + origins.possible.length);
  if (twice !== null) return twice;
  return restHolds(scene) && holdsAsBag(scene) ? named('out-of-order') : PLAIN;
}

const isInsert = (f: string): boolean => f === 'enqueue' || f === 'push';
const isTake = (f: string): boolean => f === 'dequeue' || f === 'pop';

/** Every one of `puts` had come out when the last answer was given, or when it was asked for. */
function takenBefore(scene: Scene, value: Json, puts: number): Kind | null {
  const { history } = scene.inquiry;
  const { call, ret } = spanOf(scene);
  const takes = [...completed(scene, (at) => isTake(history.f(at)))].filter((take) =>
    same(take.output, value),
  );
  const others = (end: number): number[] =>
    takes.filter((take) => take.call !== call && take.ret < end).map((take) => take.call);
  if (isTake(scene.op.f)) {
    const earlier = others(ret);
    if (earlier.length < puts) return null;
    return named('duplicate-element', 'which had come out before', earlier);
  }
  const gone = others(call);
  return gone.length < puts ? null : named('stale-element', 'which had been taken out', gone);
}

/** It was found empty, when by everything else it cannot have been. */
function emptyKind(scene: Scene): Kind {
  if (!restHolds(scene)) return PLAIN;
  const { problem, culprit, inquiry, calls } = scene;
  for (let i = 0; i < problem.size; i++) {
    const op = problem.table.op(problem.cls[i]!);
    if (isTake(op.f) && isOpen(scene, i)) return named('found-empty');
  }
  const saw = new Set<string>();
  for (const call of calls) {
    const op = modelOpAt(inquiry.history, inquiry.model, inquiry.outcomes, call);
    if (op === null || isInsert(op.f)) continue;
    // Who took something and never said what may have taken anything.
    if (op.outcome === 'info' && isTake(op.f)) return named('found-empty');
    if (op.outcome === 'ok') saw.add(canonicalJson(op.output));
  }
  for (let i = 0; i < problem.size; i++) {
    const op = problem.table.op(problem.cls[i]!);
    const there = isInsert(op.f) && !isOpen(scene, i) && problem.ret[i]! < problem.call[culprit]!;
    if (!there || saw.has(canonicalJson(op.input))) continue;
    const item = JSON.stringify(op.input);
    return named('lost-element', `though ${item} had been put in, and nobody ever sees it`);
  }
  return named('found-empty');
}

/** Can the witness be explained if items come out in any order? */
function holdsAsBag(scene: Scene): boolean {
  const { problem } = scene;
  const open: number[] = [];
  const items = new Map<string, Json>();
  for (let i = 0; i < problem.size; i++) {
    const op = problem.table.op(problem.cls[i]!);
    if (isInsert(op.f)) items.set(canonicalJson(op.input), op.input);
    if (isTake(op.f) && isOpen(scene, i)) open.push(i);
  }
  const values = [null, ...items.values()];
  const ways = values.length ** open.length;
  if (ways > MOST_WAYS) return false;
  const bag = bagOf(problem.table.model);
  for (let way = 0; way < ways; way++) {
    const taken = new Map(
      open.map((i, k) => [i, values[Math.floor(way / values.length ** k) % values.length]!]),
    );
    const asBag = rewritten(scene, bag, (op, i) => {
      const value = taken.get(i);
      if (value === undefined) return op;
      return value === null ? null : { ...op, outcome: 'ok', output: value };
    });
    if (holds(asBag, [asBag.initial])) return true;
  }
  return false;
}

/** The same collection in no order: items as sorted texts. */
function bagOf(model: Model<unknown>): Model<unknown> {
  const without = (items: readonly string[], item: string): readonly string[] => {
    const at = items.indexOf(item);
    return [...items.slice(0, at), ...items.slice(at + 1)];
  };
  const bag: Model<readonly string[]> = {
    name: 'bag',
    summary: '',
    functions: model.functions,
    independent: true,
    init: (initial) => (Array.isArray(initial) ? initial.map(canonicalJson).sort() : []),
    step(items, op: ModelOp) {
      if (isInsert(op.f)) return [...items, canonicalJson(op.input)].sort();
      if (op.outcome === 'refused' || op.output === null) return items.length === 0 ? items : undefined;
      const item = canonicalJson(op.output);
      if (!items.includes(item)) return undefined;
      return isTake(op.f) ? without(items, item) : items;
    },
    identity: (items) => items.join('\n'),
    readOnly: (op) => op.f === 'peek' || (isTake(op.f) && op.output === null),
    describe: (items) => items.join(' '),
    describeOp: (op) => op.f,
  };
  return bag as Model<unknown>;
}
