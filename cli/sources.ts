/**
 * Where what some operations read came from. A read of a set or of lists mentions elements that other operations
 * put there; without those it would look as if nobody had. Their invocations alone say enough: an operation that
 * never completed may have taken effect, and promises nothing else. One that failed stays one that failed: to read
 * from it is another violation than to read from one that may have taken effect.
 */
import { historyOf } from '../harness/history/builder.ts';
import { FAIL, type History, INVOKE, NONE, OK } from '../harness/history/history.ts';
import type { Json, Op } from '../harness/op.ts';

/**
 * The history of the operations at these positions (ascending, with their other halves) and of the invocations
 * of whatever wrote an element one of them read. Each of those gets a process of its own: it stays open, and a
 * process with an open operation can do nothing more. O(n).
 */
export function withSources(history: History, positions: Int32Array): { history: History; sources: number } {
  const { types, processes, pairs } = history.columns;
  const kept = new Set(positions);
  const sources = sourcesOf(history, positions);
  const failures = Array.from(sources, (i) => pairs[i]!).filter((i) => i !== NONE && types[i] === FAIL);
  let next = 0;
  for (let i = 0; i < history.length; i++) next = Math.max(next, processes[i]! + 1);
  const processOf = new Map<number, number>();
  for (const i of sources) processOf.set(i, next++);
  for (const i of failures) processOf.set(i, processOf.get(pairs[i]!)!);
  const ops: Op[] = [];
  for (const i of Int32Array.from([...positions, ...sources, ...failures]).sort()) {
    const op = history.op(i);
    const asked = kept.has(i) || types[i] === INVOKE ? op : history.op(pairs[i]!);
    ops.push(kept.has(i) ? op : { ...op, ...asWrite(asked), process: processOf.get(i)! });
  }
  return { history: historyOf(ops), sources: sources.length };
}

/** Invocations outside of these positions that wrote an element one of them read, ascending. O(n). */
export function sourcesOf(history: History, positions: Int32Array): Int32Array {
  const { types, processes } = history.columns;
  const read = new Set<string>();
  for (const i of positions) {
    if (types[i] === OK) for (const name of readBy(history, i)) read.add(name);
  }
  const kept = new Set(positions);
  return history.indexesWhere(
    (i) =>
      types[i] === INVOKE &&
      processes[i]! >= 0 &&
      !kept.has(i) &&
      writtenBy(history, i).some((name) => read.has(name)),
  );
}

/** What was asked; a cas as the write it would be: what it read would need a source of its own. */
function asWrite({ f, value }: Op): Pick<Op, 'f' | 'value'> {
  return f === 'cas' && Array.isArray(value) ? { f: 'write', value: value[1] ?? null } : { f, value };
}

const READS: ReadonlySet<string> = new Set(['read', 'get', 'dequeue', 'pop', 'peek']);
const WRITES: ReadonlySet<string> = new Set(['add', 'write', 'put', 'enqueue', 'push']);

const named = (key: Json, value: Json): string => JSON.stringify([key, value]);
const elements = (value: Json): Json[] => (Array.isArray(value) ? value : [value]);

function micro(history: History, i: number): [Json, Json, Json][] {
  const value = history.value(i);
  if (history.f(i) !== 'txn' || !Array.isArray(value)) return [];
  return value.filter((each) => Array.isArray(each) && each.length >= 3) as [Json, Json, Json][];
}

function readBy(history: History, i: number): string[] {
  const f = history.f(i);
  if (READS.has(f)) return elements(history.value(i)).map((each) => named(history.key(i) ?? null, each));
  const value = history.value(i);
  if (f === 'cas' && Array.isArray(value)) return [named(history.key(i) ?? null, value[0] ?? null)];
  return micro(history, i).flatMap(([verb, key, value]) => {
    if (verb === 'r') return elements(value).map((each) => named(key, each));
    // A scan shows pairs of a key and what is there.
    const found = verb === 'scan' ? elements(value).filter((pair) => Array.isArray(pair)) : [];
    return found.flatMap(([at, seen]) => elements(seen!).map((each) => named(at!, each)));
  });
}

function writtenBy(history: History, i: number): string[] {
  const f = history.f(i);
  if (WRITES.has(f)) return [named(history.key(i) ?? null, history.value(i))];
  const value = history.value(i);
  if (f === 'cas' && Array.isArray(value)) return [named(history.key(i) ?? null, value[1] ?? null)];
  return micro(history, i).flatMap(([verb, key, value]) =>
    verb === 'r' || verb === 'scan' ? [] : [named(key, value)],
  );
}
