import { describe, expect, it } from 'vitest';
import { built, load } from '../../plugins/kit/built-workload.ts';
import { listAppend } from '../../workloads/list-append.ts';

describe('list-append', () => {
  it('never appends a value twice, and moves on to fresh keys', () => {
    const txns = load(built(listAppend), 5, 400).map((op) => op.value as [string, number, number | null][]);
    const appended = txns.flat().filter(([f]) => f === 'append');
    expect(new Set(appended.map(([, , value]) => value)).size).toBe(appended.length);
    expect(Math.max(...txns[0]!.map(([, key]) => key))).toBeLessThan(6);
    expect(Math.min(...txns.at(-1)!.map(([, key]) => key))).toBeGreaterThan(6);
    expect(Math.max(...txns.map((txn) => txn.length))).toBe(4);
  });
});
