/**
 * Causal reverse: whoever sees a write must see every write that was over before that one began. Elements are
 * only added, so one number decides each read: the latest invocation among the writes it saw. All writes over
 * before it must be there, and counting them is a binary search.
 */
import { FAIL, type History, NONE, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import {
  clientCalls,
  Evidence,
  Meter,
  NEVER,
  ofKey,
  outcomeCode,
  returned,
  step,
  ValueIds,
  who,
} from './evidence.ts';

/** One element of one object, however often it was written. */
interface Element {
  value: Json;
  /** First invocation that may have happened, NEVER for none. */
  call: number;
  failed: number;
  /** Event by which it certainly was there: an acknowledgement, or a read that saw it. */
  known: number;
  /** The operation that shows it, by invocation. */
  shownBy: number;
  /** Read that last counted it, so that repeats in one read count once. */
  mark: number;
}

interface Collection {
  elements: Map<number, Element>;
  reads: number[];
}

/** Judges `write` or `add` of elements and `read`s of all of them, by key. O(n log n + size of the reads). */
export function causalReverse(history: History, _options = {}, budget: Budget = UNLIMITED): CheckerResult {
  const ids = new ValueIds(history);
  const meter = new Meter(budget);
  const evidence = new Evidence(history);
  const objects = readObjects(history, ids, meter);
  let reads = 0;
  let constrained = 0;
  for (const { elements, reads: calls } of objects.values()) {
    // A read that saw an element shows that it is there, whatever its write answered.
    for (const call of calls) {
      // What a read left out here would have shown only makes fewer writes known.
      if (meter.over((history.value(history.pair(call)) as Json[]).length + 1)) break;
      noteSeen(history, ids, elements, call, evidence);
    }
    const order = [...elements.values()].filter((e) => e.known !== NEVER && e.call !== NEVER);
    order.sort((a, b) => a.known - b.known);
    const known = Int32Array.from(order, (element) => element.known);
    for (const call of calls) {
      const list = history.value(history.pair(call)) as Json[];
      if (meter.over(list.length + 1)) break;
      reads++;
      if (judgeRead(history, ids, elements, order, known, call, list, evidence)) constrained++;
    }
  }
  return evidence.conclude(
    { reads, constrained },
    {
      stopped: meter.stopped,
      vacuous: constrained === 0 ? 'no read saw a write that began after another was over' : null,
    },
  );
}

function readObjects(history: History, ids: ValueIds, meter: Meter): Map<number, Collection> {
  const { fs, keys } = history.columns;
  const readF = history.names.find('read');
  const objects = new Map<number, Collection>();
  for (const call of clientCalls(history, 'write', 'add', 'read')) {
    if (meter.over(1)) break;
    let of = objects.get(keys[call]!);
    if (of === undefined) objects.set(keys[call]!, (of = { elements: new Map(), reads: [] }));
    const outcome = outcomeCode(history, call);
    if (fs[call] === readF) {
      if (outcome === OK && Array.isArray(history.value(history.pair(call)))) of.reads.push(call);
      continue;
    }
    const value = history.value(call);
    const id = ids.of(value);
    let element = of.elements.get(id);
    if (element === undefined) {
      element = { value, call: NEVER, failed: NONE, known: NEVER, shownBy: NONE, mark: NONE };
      of.elements.set(id, element);
    }
    if (outcome === FAIL) {
      element.failed = call;
      continue;
    }
    element.call = Math.min(element.call, call);
    const ret = returned(history, call);
    if (ret < element.known) {
      element.known = ret;
      element.shownBy = call;
    }
  }
  return objects;
}

function noteSeen(
  history: History,
  ids: ValueIds,
  elements: Map<number, Element>,
  call: number,
  evidence: Evidence,
): void {
  const ret = history.pair(call);
  for (const value of history.value(ret) as Json[]) {
    const element = elements.get(ids.of(value));
    if (element !== undefined && element.call < ret) {
      if (ret < element.known) {
        element.known = ret;
        element.shownBy = call;
      }
      continue;
    }
    const aborted = element !== undefined && element.failed !== NONE && element.call === NEVER;
    const name = JSON.stringify(value);
    evidence.add(aborted ? 'aborted-read' : 'phantom-read', () => ({
      sentence:
        `Only what was written may be read, but ${who(history, call)} read ${name}${ofKey(history.key(call))}, ` +
        `${aborted ? 'whose write failed' : 'which nobody had begun to write'}.`,
      steps: [
        ...(aborted ? [step(history, element.failed, `The write of ${name} failed for certain.`)] : []),
        step(history, call, `A read returned ${name}.`),
      ],
      key: history.key(call),
    }));
  }
}

/** True when the read saw a write that began after another was over. */
function judgeRead(
  history: History,
  ids: ValueIds,
  elements: Map<number, Element>,
  order: readonly Element[],
  known: Int32Array,
  call: number,
  list: readonly Json[],
  evidence: Evidence,
): boolean {
  let latest: Element | null = null;
  const ret = history.pair(call);
  for (const value of list) {
    const element = elements.get(ids.of(value));
    if (element === undefined || element.call > ret) continue;
    if (latest === null || element.call > latest.call) latest = element;
  }
  if (latest === null) return false;
  let seen = 0;
  for (const value of list) {
    const element = elements.get(ids.of(value));
    if (element === undefined || element.mark === call || element.known >= latest.call) continue;
    element.mark = call;
    seen++;
  }
  const required = countBelow(known, latest.call);
  if (seen < required) {
    const missing = order.find((element) => element.mark !== call)!;
    const newer = latest;
    evidence.add('causal-reverse', () => {
      const key = history.key(call);
      const [first, second] = [JSON.stringify(missing.value), JSON.stringify(newer.value)];
      return {
        sentence:
          `Whoever sees a write must see what was over before it began, but ${who(history, call)} saw ` +
          `${second}${ofKey(key)} and not ${first}, which was there before ${second} was written.`,
        steps: [
          step(history, missing.call, `The write of ${first} began.`),
          step(
            history,
            missing.shownBy,
            missing.shownBy === missing.call ? 'It was acknowledged.' : 'This shows that it was there.',
          ),
          step(history, newer.call, `Only then was ${second} written.`),
          step(history, call, `A read saw ${second} and not ${first}.`),
        ],
        key,
        detail: { missing: missing.value, seen: newer.value },
      };
    });
  }
  return required > 0;
}

function countBelow(sorted: Int32Array, bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (sorted[mid]! < bound) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** The `causal-reverse` checker. */
export const causalReverseChecker: Checker = {
  name: 'causal-reverse',
  summary: 'whoever sees a write sees every write that was over before it began',
  options: {},
  reads: {
    write: 'write v',
    add: 'add v',
    read: 'read -> [v...]',
  },
  anomalies: {
    'causal-reverse': 'a write seen without one that was over before it began',
    'phantom-read': 'a value that nobody wrote',
    'aborted-read': 'a value whose write had failed',
  },
  check: causalReverse,
};
