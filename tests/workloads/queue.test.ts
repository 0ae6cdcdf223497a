import { describe, expect, it } from 'vitest';
import { Roster } from '../../harness/generator/index.ts';
import { invocations, simulate } from '../../harness/interpreter/simulate.ts';
import { built } from '../../plugins/kit/built-workload.ts';
import { queue } from '../../workloads/queue.ts';

describe('queue', () => {
  it('is emptied at the end: every client goes on until there is nothing left', () => {
    let left = 30;
    const drained = simulate(built(queue).final!, new Roster(3), () => {
      if (left-- > 0) return { afterNs: 10, type: 'ok', value: left };
      return { afterNs: 10, type: 'fail', error: { definite: true, kind: 'empty' } };
    });
    expect(drained.end).toBe('done');
    expect(invocations(drained)).toHaveLength(30 + 3 * 2);
  });

  it('is given up when nobody answers', () => {
    const silent = simulate(built(queue).final!, new Roster(2), () => ({ afterNs: 10, type: 'info' }));
    expect(invocations(silent)).toHaveLength(2 * 20);
  });
});
