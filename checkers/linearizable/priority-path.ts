/**
 * A priority queue of unique numbers: whoever took or saw a number must have done so at an instant at which no
 * larger one was certainly in the queue, and whoever found it empty at one at which none was. Items are covered
 * in falling order, so every slot is covered once (union-find). O(n a(n)) after a sort.
 */
import type { FastDecision, FastPath } from './fast-path.ts';
import { invalidBy, VALID } from './fast-path.ts';
import type { Inquiry } from './inquiry.ts';
import { cover, EVER, type ItemColumns, ItemReader } from './item-columns.ts';
import { type Assignment, type Core, resolve } from './loose-removals.ts';

/** Judges priority queues. */
export class PriorityPath implements FastPath {
  readonly name = 'priorities';
  readonly #inquiry: Inquiry;
  readonly #reader: ItemReader;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
    this.#reader = new ItemReader(inquiry, 'enqueue', 'dequeue');
  }

  /** The verdict on one key. */
  judge(calls: Int32Array): FastDecision {
    const c = this.#reader.read(calls);
    if ('ambiguous' in c) return null;
    if ('impossible' in c) return this.#invalid(calls, new Set(c.impossible), []);
    const order = this.#falling(c);
    if (order === null) return null;
    const core: Core = (some, assignment) => {
      return wrong(some, some.value === c.value ? order : this.#falling(some)!, assignment);
    };
    const answer = resolve(c, core, this.#inquiry.budget);
    if (answer === null) return null;
    if (answer.valid) return VALID;
    return this.#invalid(calls, new Set(answer.stuck.map((item) => c.value[item]!)), c.empties.call);
  }

  #invalid(calls: Int32Array, values: Set<number>, extra: Iterable<number>): FastDecision {
    return invalidBy(this.#inquiry, [...this.#reader.callsOf(calls, values, EVER), ...extra]);
  }

  /** Items from the largest down; null when they are not all numbers. */
  #falling(c: ItemColumns): Int32Array | null {
    const numbers = new Float64Array(c.count);
    const { values } = this.#inquiry.history;
    for (let item = 0; item < c.count; item++) {
      const value = values.get(c.value[item]!);
      if (typeof value !== 'number') return null;
      numbers[item] = value;
    }
    const order = Int32Array.from(numbers, (_, item) => item);
    return order.sort((a, b) => numbers[b]! - numbers[a]!);
  }
}

/** Items that show what is wrong, or null. */
function wrong(c: ItemColumns, order: Int32Array, { gone, taken }: Assignment): readonly number[] | null {
  const up = new Int32Array(c.slots + 3);
  for (let i = 0; i < up.length; i++) up[i] = i;
  const looks = looksByItem(c);
  for (const item of order) {
    if (gone[item] === 1) continue;
    const out = c.rr[item]! <= c.slots || taken[item] === 1;
    if (out && find(up, c.ri[item]!) >= c.rr[item]!) {
      return [item, ...larger(c, order, item, gone, c.ri[item]!, c.rr[item]!)];
    }
    for (let k = looks.starts[item]!; k < looks.starts[item + 1]!; k++) {
      const look = looks.order[k]!;
      const from = Math.max(c.peeks.from[look]!, c.ai[item]!);
      const to = Math.min(c.peeks.to[look]!, c.rr[item]!);
      if (find(up, from) >= to) return [item, ...larger(c, order, item, gone, from, to)];
    }
    for (let t = find(up, c.ar[item]!); t < c.ri[item]!; t = find(up, t)) up[t] = t + 1;
  }
  for (let i = 0; i < c.empties.from.length; i++) {
    const [from, to] = [c.empties.from[i]!, c.empties.to[i]!];
    if (find(up, from) >= to) return larger(c, order, -1, gone, from, to);
  }
  return null;
}

/** Some items before `item` in falling order (of all, when it is -1) that were in the queue throughout a span. */
function larger(
  c: ItemColumns,
  order: Int32Array,
  item: number,
  gone: Uint8Array,
  from: number,
  to: number,
): number[] {
  const before = item < 0 ? order.length : order.indexOf(item);
  return cover(
    c,
    order.subarray(0, before).filter((other) => gone[other] === 0),
    from,
    to,
  );
}

function looksByItem(c: ItemColumns): { starts: Int32Array; order: Int32Array } {
  const starts = new Int32Array(c.count + 1);
  for (const item of c.peeks.item) starts[item + 1]!++;
  for (let item = 0; item < c.count; item++) starts[item + 1]! += starts[item]!;
  const next = starts.slice();
  const order = new Int32Array(c.peeks.item.length);
  for (const [look, item] of c.peeks.item.entries()) order[next[item]!++] = look;
  return { starts, order };
}

/** The first slot from here on that is not covered, with the way there shortened. */
function find(up: Int32Array, slot: number): number {
  let root = slot;
  while (up[root] !== root) root = up[root]!;
  for (let t = slot; up[t] !== root; ) {
    const after = up[t]!;
    up[t] = root;
    t = after;
  }
  return root;
}
