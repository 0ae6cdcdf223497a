import { describe, expect, it } from 'vitest';
import { built, load } from '../../plugins/kit/built-workload.ts';
import { predicate } from '../../workloads/predicate.ts';

describe('predicate', () => {
  it('inserts twice into every key, once into each table, with ids of its own', () => {
    const ops = load(built(predicate), 6, 600);
    const byKey = new Map<unknown, (number | null)[][]>();
    for (const op of ops) byKey.set(op.key, [...(byKey.get(op.key) ?? []), op.value as (number | null)[]]);
    const whole = [...byKey.values()].filter((values) => values.length === 2);
    expect(whole.length).toBeGreaterThan(250);
    for (const [one, two] of whole) {
      expect([one![0] === null, two![0] === null].sort()).toEqual([false, true]);
    }
    const ids = whole.flat(2).filter((id) => id !== null);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
