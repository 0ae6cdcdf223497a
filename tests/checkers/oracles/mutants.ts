/**
 * Histories near those of the museum: two pieces of a checker one after the other or interleaved, with outcomes,
 * answers and the order of events changed at random. Some are wrong, some are legal, most are in between.
 */
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Op } from '../../../harness/op.ts';
import type { Dice } from '../script.ts';

/** One history out of two. */
export function mutant(d: Dice, first: History, second: History): History {
  let ops = d.chance(50) ? listOf(first, 0) : joined(listOf(first, 0), listOf(second, 500));
  const changes = d.roll(5);
  for (let n = 0; n < changes && ops.length > 2; n++) ops = changed(d, ops);
  return historyOf(ops.map((op, index) => ({ ...op, index })));
}

/** Many histories one after the other, with changes here and there. */
export function crowd(d: Dice, histories: readonly History[]): History {
  let ops = histories.map((history, n) => listOf(history, 5000 * n)).reduce(joined, []);
  const changes = d.roll(8);
  for (let n = 0; n < changes && ops.length > 2; n++) ops = changed(d, ops);
  return historyOf(ops.map((op, index) => ({ ...op, index })));
}

const listOf = (history: History, shift: number): Op[] =>
  Array.from({ length: history.length }, (_, i) => {
    const op = history.op(i);
    return typeof op.process === 'number' ? { ...op, process: op.process + shift } : op;
  });

function joined(a: Op[], b: Op[]): Op[] {
  const end = (a.at(-1)?.time ?? 0) + 1e6;
  return [...a, ...b.map((op) => ({ ...op, time: op.time + end }))];
}

function changed(d: Dice, ops: Op[]): Op[] {
  const n = d.roll(ops.length);
  const op = ops[n]!;
  switch (d.roll(5)) {
    case 0: {
      const before = ops.slice(0, n).findLast((other) => other.process === op.process);
      if (op.type === 'invoke' || before?.type !== 'invoke') return ops;
      const type = d.pick(['ok', 'fail', 'info'] as const);
      return ops.with(n, { ...op, type });
    }
    case 1: {
      // The answer of another operation of the same function.
      const others = ops.filter((other) => other.f === op.f && other.type === op.type);
      return ops.with(n, { ...op, value: d.pick(others).value });
    }
    case 2: {
      const next = ops[n + 1];
      if (next === undefined || next.process === op.process) return ops;
      return ops.with(n, { ...next, time: op.time }).with(n + 1, { ...op, time: next.time });
    }
    case 3: {
      const { phase: _, ...rest } = op;
      return ops.with(n, d.chance(50) ? { ...rest, phase: d.pick(['load', 'final'] as const) } : rest);
    }
    default:
      return without(ops, n);
  }
}

/** Without one operation, both halves. */
function without(ops: Op[], n: number): Op[] {
  const op = ops[n]!;
  const gone = new Set([n]);
  if (op.type === 'invoke') {
    const end = ops.findIndex((other, i) => i > n && other.process === op.process && other.type !== 'invoke');
    if (end >= 0) gone.add(end);
  } else {
    const call = ops.findLastIndex(
      (other, i) => i < n && other.process === op.process && other.type === 'invoke',
    );
    if (call >= 0) gone.add(call);
  }
  return ops.filter((_, i) => !gone.has(i));
}
