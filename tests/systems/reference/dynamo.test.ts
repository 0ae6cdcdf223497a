import { describe, expect, it } from 'vitest';
import { dynamo as system } from '../../../systems/dynamo.ts';
import { join, knows, NOTHING } from '../../../systems/reference/dynamo/causal.ts';
import { dynamo as kind } from '../../../systems/reference/dynamo/dynamo.ts';
import { bugHunt } from './bug-hunt.ts';
import { trial } from './trial.ts';

const cuts = { weather: { partition: 2, isolate: 1, heal: 1, everyMs: 500 } };

describe('dynamo', () => {
  bugHunt(
    { system, kind },
    {
      'no-dots': {},
      'forget-counter': { weather: { crashAll: 1, everyMs: 700, downMs: 100 } },
      'drop-hints': cuts,
      'drop-context': {},
      'one-sibling': cuts,
      'union-merge': cuts,
    },
  );

  it.each(['siblings', 'merge'])('loses no item and brings none back with %s', (resolve) => {
    const weather = { partition: 2, heal: 1, crash: 1, pause: 1, everyMs: 400 };
    for (const seed of [1, 2, 3]) {
      const { results } = trial({ system, kind, workload: 'cart', seed, weather, set: { resolve } });
      expect(results['eventual-set']!.verdict, results['eventual-set']!.anomalies[0]?.sentence).toBe('pass');
    }
  });

  it('loses items with the last write winning', () => {
    const lww = { system, kind, workload: 'cart', ...cuts, set: { resolve: 'lww' } };
    const verdicts = [1, 2].map((seed) => trial({ ...lww, seed }).verdict('eventual-set'));
    expect(verdicts).toContain('fail');
  });
});

describe('the past of a value', () => {
  it('knows what it was told, and nothing between', () => {
    const past = join(NOTHING, NOTHING, ['n1', 1], ['n1', 3], ['n2', 2]);
    expect(knows(past, ['n1', 1])).toBe(true);
    expect(knows(past, ['n1', 2])).toBe(false);
    expect(knows(past, ['n1', 3])).toBe(true);
    expect(knows(past, ['n2', 1])).toBe(false);
    expect(join(past, NOTHING, ['n1', 2])).toEqual({ upTo: { n1: 3 }, beyond: [['n2', 2]] });
  });
});
