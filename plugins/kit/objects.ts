/**
 * Objects that answer the operations of a workload as they should, one at a time: what the kit of workloads plays
 * against, so that a checker that accuses them is wrong.
 */
import { type Invocation, OpFailure } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';

/** Answers an operation with its completed value; throws `OpFailure` where it refuses. */
export type CorrectObject = (op: Invocation) => Json;

const nameOf = (value: Json | undefined): string => JSON.stringify(value ?? null);

function refuse(kind: string): never {
  throw new OpFailure({ definite: true, kind });
}

function unknownTo(op: Invocation): never {
  throw new RangeError(`the object does not know the operation ${op.f}`);
}

function registers(): CorrectObject {
  const values = new Map<string, Json>();
  return (op) => {
    const key = nameOf(op.key);
    const now = values.get(key) ?? null;
    if (op.f === 'read') return now;
    if (op.f === 'write') values.set(key, op.value);
    else if (op.f === 'cas') {
      const [from = null, to = null] = op.value as Json[];
      if (nameOf(now) !== nameOf(from)) refuse('precondition-failed');
      values.set(key, to);
    } else unknownTo(op);
    return op.value;
  };
}

function sets(): CorrectObject {
  const byKey = new Map<string, Map<string, Json>>();
  return (op) => {
    const key = nameOf(op.key);
    const set = byKey.get(key) ?? new Map<string, Json>();
    byKey.set(key, set);
    if (op.f === 'read') return [...set.values()];
    if (op.f === 'add' || op.f === 'broadcast' || op.f === 'submit') set.set(nameOf(op.value), op.value);
    else if (op.f === 'remove') set.delete(nameOf(op.value));
    else unknownTo(op);
    return op.value;
  };
}

function counters(): CorrectObject {
  let sum = 0;
  return (op) => {
    if (op.f === 'read') return sum;
    if (op.f !== 'add') return unknownTo(op);
    sum += op.value as number;
    return op.value;
  };
}

function queues(): CorrectObject {
  const waiting: Json[] = [];
  return (op) => {
    if (op.f === 'dequeue') return waiting.length === 0 ? refuse('empty') : waiting.shift()!;
    if (op.f !== 'enqueue') return unknownTo(op);
    waiting.push(op.value);
    return op.value;
  };
}

function transactions(): CorrectObject {
  const values = new Map<string, Json>();
  return (op) => {
    if (op.f !== 'txn') return unknownTo(op);
    return (op.value as [string, Json, Json][]).map(([verb, key, value]): Json => {
      const now = values.get(nameOf(key)) ?? null;
      if (verb === 'r') return [verb, key, now];
      values.set(nameOf(key), verb === 'append' ? [...((now as Json[] | null) ?? []), value] : value);
      return [verb, key, value];
    });
  };
}

function idSource(): CorrectObject {
  let next = 0;
  return (op) => (op.f === 'generate' ? next++ : unknownTo(op));
}

/** By the workload whose operations they answer. */
const OBJECTS: Readonly<Record<string, () => CorrectObject>> = {
  register: registers,
  'last-write': registers,
  set: sets,
  'or-set': sets,
  cart: sets,
  broadcast: sets,
  requests: sets,
  'g-counter': counters,
  'pn-counter': counters,
  queue: queues,
  'list-append': transactions,
  'rw-register': transactions,
  'unique-ids': idSource,
  echo: () => (op) => op.value,
};

/** Makes the object of a workload; undefined where none is known. */
export function correctObject(workload: string): (() => CorrectObject) | undefined {
  return Object.hasOwn(OBJECTS, workload) ? OBJECTS[workload] : undefined;
}
