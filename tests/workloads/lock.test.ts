import { describe, expect, it } from 'vitest';
import { built, load } from '../../plugins/kit/built-workload.ts';
import { lock } from '../../workloads/lock.ts';

describe('lock', () => {
  it('writes and releases with the token it was granted, and acquires when it holds none', () => {
    let granted = 0;
    const ops = load(built(lock), 5, 500, (op) => {
      if (op.f === 'acquire') return { afterNs: 10, type: 'ok', value: { token: ++granted, ttlMs: 100 } };
      return { afterNs: 10, type: 'ok' };
    });
    const tokens = ops.filter((op) => op.f !== 'acquire').map((op) => (op.value as { token: number }).token);
    expect(tokens.length).toBeGreaterThan(200);
    expect(Math.max(...tokens)).toBeLessThanOrEqual(granted);
  });

  it('starts over when it is refused', () => {
    const ops = load(built(lock), 2, 50, () => ({ afterNs: 10, type: 'ok', value: false }));
    expect(ops.every((op) => op.f === 'acquire')).toBe(true);
  });
});
