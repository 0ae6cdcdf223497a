/**
 * Random histories that keep the rules of processes, and JSON values as histories hold them.
 */
import fc from 'fast-check';
import type { Json, Op, OpType, Phase, Process } from '../../../harness/op.ts';

/** JSON values; no -0, which JSON cannot tell from 0, and no integers beyond 2^53, which readers keep as text. */
export const json: fc.Arbitrary<Json> = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => plainNumbers(JSON.parse(JSON.stringify(value)) as Json));

function plainNumbers(value: Json): Json {
  if (typeof value === 'number') {
    return value === 0 || (Number.isInteger(value) && !Number.isSafeInteger(value)) ? 0 : value;
  }
  if (Array.isArray(value)) return value.map(plainNumbers);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainNumbers(item)]));
  }
  return value;
}

const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 3, arbitrary: fc.nat(20) },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.tuple(fc.nat(5), fc.nat(5)) as fc.Arbitrary<Json> },
  { weight: 2, arbitrary: json },
);
const name = fc.oneof(
  fc.constantFrom('read', 'write', 'cas', 'txn'),
  fc.string({ minLength: 1, maxLength: 6 }),
);
const process: fc.Arbitrary<Process> = fc.oneof(
  { weight: 5, arbitrary: fc.nat(4) },
  { weight: 1, arbitrary: fc.constantFrom('nemesis:net', 'observer:n1', 'cluster') },
);

interface Draw {
  process: Process;
  complete: OpType;
  f: string;
  key: Json | undefined;
  value: Json;
  node: string | undefined;
  phase: Phase | undefined;
  message: string | undefined;
  gap: number;
}

const draw: fc.Arbitrary<Draw> = fc.record({
  process,
  complete: fc.constantFrom<OpType>('ok', 'fail', 'info'),
  f: name,
  key: fc.option(value, { nil: undefined }),
  value,
  node: fc.option(fc.constantFrom('n1', 'n2', 'ü'), { nil: undefined }),
  phase: fc.option(fc.constantFrom<Phase>('setup', 'load', 'heal', 'settle', 'final'), { nil: undefined }),
  message: fc.option(fc.string(), { nil: undefined }),
  gap: fc.oneof(fc.nat(100), fc.nat(5_000_000_000)),
});

/** Histories that keep the rules: every process alternates invocation and completion; some stay open. */
export const ops: fc.Arbitrary<Op[]> = fc.array(draw, { maxLength: 60 }).map((draws) => {
  const open = new Map<Process, Op>();
  let time = 0;
  return draws.map((d, index) => {
    time += d.gap;
    const invocation = open.get(d.process);
    const op: Op = { index, time, process: d.process, type: 'invoke', f: d.f, value: d.value };
    if (d.key !== undefined) op.key = d.key;
    if (d.node !== undefined) op.node = d.node;
    if (d.phase !== undefined) op.phase = d.phase;
    if (invocation === undefined) {
      open.set(d.process, op);
      return op;
    }
    open.delete(d.process);
    op.type = d.complete;
    op.f = invocation.f;
    delete op.key;
    if (invocation.key !== undefined) op.key = invocation.key;
    if (d.complete !== 'ok') {
      op.error = { definite: d.complete === 'fail', kind: 'not-leader' };
      if (d.message !== undefined) op.error.message = d.message;
    }
    return op;
  });
});
