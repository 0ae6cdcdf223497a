import { describe, expect, it } from 'vitest';
import { Roster } from '../../harness/generator/index.ts';
import { invocations, simulate } from '../../harness/interpreter/simulate.ts';
import { built, load } from '../../plugins/kit/built-workload.ts';
import { set } from '../../workloads/set.ts';

describe('set', () => {
  it('adds 0, 1, 2... each once', () => {
    const added = load(built(set), 5, 1000)
      .filter((op) => op.f === 'add')
      .map((op) => op.value);
    expect(added).toEqual(added.map((_, i) => i));
  });

  it('reads now and then, ever more rarely once the set is large', () => {
    const ops = load(built(set), 5, 8000);
    const reads = (from: number, to: number) => ops.slice(from, to).filter((op) => op.f === 'read').length;
    expect(reads(0, 1000)).toBeGreaterThan(60);
    expect(reads(7000, 8000)).toBeLessThan(30);
    expect(reads(7000, 8000)).toBeGreaterThan(2);
  });

  it('is read by every client at the end, until it answers', () => {
    const { final } = built(set);
    expect(invocations(simulate(final!, new Roster(4)))).toHaveLength(4);
    let n = 0;
    const once = simulate(final!, new Roster(1), () => ({ afterNs: 10, type: n++ < 3 ? 'fail' : 'ok' }));
    expect(invocations(once).map((op) => op.timeNs)).toEqual([0, 250e6, 500e6, 750e6]);
  });
});
