import { describe, expect, it } from 'vitest';
import { broadcast } from '../../workloads/broadcast.ts';
import { cart } from '../../workloads/cart.ts';
import { gCounter, pnCounter } from '../../workloads/counters.ts';
import { orSet } from '../../workloads/or-set.ts';
import { siblings } from '../../workloads/siblings.ts';
import { built, load, workloadContract } from '../kits/workload.ts';

workloadContract(cart);
workloadContract(broadcast);
workloadContract(gCounter);
workloadContract(pnCounter);
workloadContract(orSet);
workloadContract(siblings);

describe('cart', () => {
  it('removes an item from the cart it was put into, long after', () => {
    const ops = load(built(cart), 5, 1000);
    const added = new Map(ops.filter((op) => op.f === 'add').map((op) => [op.value, op.key]));
    const removed = ops.filter((op) => op.f === 'remove' && added.has(op.value));
    expect(removed.length).toBeGreaterThan(50);
    for (const op of removed) expect(op.key).toBe(added.get(op.value));
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
