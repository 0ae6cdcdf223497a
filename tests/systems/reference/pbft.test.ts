import { describe, expect, it } from 'vitest';
import { pbft as system } from '../../../systems/pbft.ts';
import { pbft as kind } from '../../../systems/reference/pbft/pbft.ts';
import { LIES } from '../../../systems/reference/traitors.ts';
import { bugHunt, type Hunt } from './bug-hunt.ts';
import { trial } from './trial.ts';

const FOUR: Hunt = { nodes: 4, ms: 4000, settleMs: 500, rate: 200 };
const CUTS: Hunt = { ...FOUR, ms: 5000, weather: { partition: 1, isolate: 2, heal: 3, everyMs: 400 } };

describe('pbft', () => {
  bugHunt(
    { system, kind },
    {
      'skip-prepare': { ...CUTS, set: { patienceMs: 150, resendMs: 1000 } },
      'weak-quorum': FOUR,
      'accept-two-preprepares': FOUR,
      'forget-prepared': { ...CUTS, set: { patienceMs: 150, resendMs: 1000 } },
      'trust-one': { ...CUTS, set: { lies: 'lie' } },
      'trust-primary': { ...FOUR, set: { lies: 'lie' } },
    },
  );

  const outcome = (nodes: number, set: Record<string, number | string>, more: Partial<Hunt> = {}, seed = 1) =>
    trial({ system, kind, workload: 'agreement', nodes, set, seed, ms: 4000, settleMs: 500, ...more });

  it.each(LIES)('decides with one traitor among four that does this: %s', (lies) => {
    const { results } = outcome(4, { lies });
    expect(results['agreement']!.verdict).toBe('pass');
    expect(Number(results['agreement']!.stats['decisions'])).toBeGreaterThan(200);
  });

  it('bears two among seven, loss, crashes and pauses', () => {
    const rough = {
      weather: { partition: 1, crash: 1, pause: 1, heal: 2 },
      network: { loss: 0.05, duplicate: 0.05 },
    };
    const { results } = outcome(7, { traitors: 2, faults: 2, lies: 'random' }, rough);
    expect(results['agreement']!.verdict).toBe('pass');
    expect(Number(results['agreement']!.stats['decisions'])).toBeGreaterThan(50);
  });

  it('does not bear one among three', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { results } = outcome(3, { lies: 'equivocate' }, {}, seed);
      expect(results['agreement']!.verdict).toBe('fail');
      expect(results['agreement']!.note).toContain('outside the fault model');
    }
  });
});
