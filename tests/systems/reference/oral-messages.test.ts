import { describe, expect, it } from 'vitest';
import { oralMessages as system } from '../../../systems/oral-messages.ts';
import { oralMessages as kind } from '../../../systems/reference/oral-messages/oral-messages.ts';
import { LIES } from '../../../systems/reference/traitors.ts';
import { bugHunt } from './bug-hunt.ts';
import { trial } from './trial.ts';

const FOUR = { nodes: 4, ms: 4000, settleMs: 500 };

describe('oral-messages', () => {
  bugHunt(
    { system, kind },
    {
      'one-round': FOUR,
      'trust-first': FOUR,
      'ignore-silence': { ...FOUR, set: { lies: 'random' } },
      'trust-path': FOUR,
      'shared-order': { ...FOUR, rate: 1000 },
    },
  );

  const outcome = (nodes: number, set: Record<string, number | string>, seed = 1) =>
    trial({ system, kind, workload: 'agreement', nodes, set, seed, ms: 4000, settleMs: 500 });

  it.each(LIES)('bears one traitor among four that does this: %s', (lies) => {
    const { results } = outcome(4, { lies });
    expect(results['agreement']!.verdict).toBe('pass');
    expect(results['agreement']!.stats['validity']).toBe('judged');
    expect(Number(results['agreement']!.stats['decisions'])).toBeGreaterThan(50);
    expect(results['equivocation']!.verdict).toBe('pass');
    if (lies === 'equivocate') expect(Number(results['equivocation']!.stats['byFaulty'])).toBeGreaterThan(0);
  });

  it('bears two among seven, and not two among six', () => {
    const set = { traitors: 2, lies: 'equivocate' };
    expect(outcome(7, set).verdict('agreement')).toBe('pass');
    expect(outcome(6, set).verdict('agreement')).toBe('fail');
  });

  it('does not bear one among three, however it is told', () => {
    const { results } = outcome(3, { lies: 'equivocate' });
    expect(results['agreement']!.verdict).toBe('fail');
    expect(results['agreement']!.note).toContain('outside the fault model');
  });

  it('agrees without traitors', () => {
    expect(outcome(3, { traitors: 0 }).verdict('agreement')).toBe('pass');
  });
});
