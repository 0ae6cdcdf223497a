import { describe, expect, it } from 'vitest';
import { clients, Roster } from '../../harness/generator/index.ts';
import { type AnswerRule, invocations, perfect, simulate } from '../../harness/interpreter/simulate.ts';
import { built, load } from '../../plugins/kit/built-workload.ts';
import { broadcast } from '../../workloads/broadcast.ts';
import { cart } from '../../workloads/cart.ts';
import { gCounter, pnCounter } from '../../workloads/counters.ts';
import { orSet } from '../../workloads/or-set.ts';
import { siblings } from '../../workloads/siblings.ts';

describe('cart', () => {
  it('removes an item from the cart it was put into, long after', () => {
    const ops = load(built(cart), 5, 1000);
    const added = new Map(ops.filter((op) => op.f === 'add').map((op) => [op.value, op.key]));
    const removed = ops.filter((op) => op.f === 'remove' && added.has(op.value));
    expect(removed.length).toBeGreaterThan(50);
    for (const op of removed) expect(op.key).toBe(added.get(op.value));
  });

  it('takes a fresh cart after so many operations, and goes on removing from the old one', () => {
    const ops = load(built(cart, { given: { carts: 2, opsPerCart: 50 } }), 5, 1000);
    const added = new Map(ops.filter((op) => op.f === 'add').map((op) => [op.value, op.key]));
    for (let key = 0; key < 20; key++) {
      const items = [...added.values()].filter((of) => of === key);
      expect(items.length).toBeGreaterThan(0);
      expect(items.length).toBeLessThanOrEqual(50);
    }
    const removed = ops.filter((op) => op.f === 'remove' && added.has(op.value));
    for (const op of removed) expect(op.key).toBe(added.get(op.value));
    expect(
      load(built(cart, { given: { carts: 2, opsPerCart: 0 } }), 5, 1000).every(({ key }) => Number(key) < 2),
    ).toBe(true);
  });

  /** Keys of the final reads of one client, where carts below `used` hold something. */
  function finallyRead(used: number, rule: AnswerRule = perfect): number[] {
    const { final } = built(cart, { given: { carts: 3, quietMs: 0 } });
    const answer: AnswerRule = (op, ...more) =>
      rule === perfect
        ? { afterNs: 10, type: 'ok', value: Number(op.key) < used ? [1] : [] }
        : rule(op, ...more);
    const ops = invocations(simulate(clients(final!), new Roster(1), answer, 0, { maxOps: 5_000 }));
    return ops.map((op) => Number(op.key));
  }

  it('reads every cart that was used at the end, until three in a row are empty', () => {
    expect(finallyRead(0)).toEqual([0, 1, 2]);
    expect(finallyRead(40)).toEqual(Array.from({ length: 43 }, (_, key) => key));
    const refused = finallyRead(40, () => ({ afterNs: 10, type: 'fail' }));
    expect(refused).toHaveLength(60);
    expect(new Set(refused)).toEqual(new Set([0, 1, 2]));
  });
});

describe('reads of everything there is', () => {
  it('keep their share at first, and thin out as answers grow', () => {
    for (const workload of [broadcast, orSet]) {
      const ops = load(built(workload), 5, 20_000).map((op) => op.f);
      const reads = (from: number, to: number) => ops.slice(from, to).filter((f) => f === 'read').length;
      const first = reads(0, 1000);
      expect(first).toBeGreaterThan(20);
      expect(reads(10_000, 20_000)).toBeLessThan(2 * first);
      expect(reads(10_000, 20_000)).toBeGreaterThan(0.2 * first);
    }
  });
});

describe('siblings', () => {
  it('replaces what it read, of the key it read', () => {
    const ops = load(built(siblings), 3, 400, (op) =>
      op.f === 'get' ? { afterNs: 10, type: 'ok', value: [`of ${op.key}`] } : { afterNs: 10, type: 'ok' },
    );
    const puts = ops.filter((op) => op.f === 'put').map((op) => [op.key, op.value] as const);
    const informed = puts.filter(([, value]) => (value as { context: string[] }).context.length > 0);
    expect(informed.length).toBeGreaterThan(100);
    for (const [key, value] of informed)
      expect((value as { context: string[] }).context).toEqual([`of ${key}`]);
    expect(new Set(puts.map(([, value]) => (value as { value: string }).value)).size).toBe(puts.length);
  });
});

describe('counters', () => {
  it('only grow, or go both ways', () => {
    const amounts = (workload: typeof gCounter) =>
      load(built(workload), 5, 300)
        .filter((op) => op.f === 'add')
        .map((op) => op.value as number);
    expect(Math.min(...amounts(gCounter))).toBe(0);
    expect(Math.min(...amounts(pnCounter))).toBe(-5);
    expect(Math.max(...amounts(pnCounter))).toBe(5);
  });
});
