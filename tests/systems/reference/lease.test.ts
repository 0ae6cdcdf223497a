import { describe, expect, it } from 'vitest';
import { lease as system } from '../../../systems/lease.ts';
import { lease as kind } from '../../../systems/reference/lease/lease.ts';
import { bugHunt } from './bug-hunt.ts';
import { trial } from './trial.ts';

const restarts = { weather: { crash: 1, downMs: 20, everyMs: 300, only: ['n1'] } };

describe('lease', () => {
  bugHunt(
    { system, kind },
    {
      'no-fencing': { weather: { pause: 1, everyMs: 500 } },
      'forget-tokens': restarts,
      'forget-leases': { ...restarts, given: { ttlMs: 3000, release: 0.02 } },
      'early-expiry': {},
      'any-release': {},
      'no-expiry': { weather: { crashAll: 1, everyMs: 1500 }, settleMs: 12_000 },
      'trust-lease': {
        weather: { isolate: 1, heal: 1, pause: 1, everyMs: 1000, only: ['n2', 'n3', 'n4', 'n5'] },
      },
    },
  );

  it('sees holders that outlive their lease, whom only the tokens stop', () => {
    const { results } = trial({
      system,
      kind,
      workload: 'lock',
      seed: 1,
      weather: { pause: 1, everyMs: 500 },
    });
    expect(results['lock']!.verdict).toBe('pass');
    expect(results['lock']!.stats['overlapsPastExpiry']).toBeGreaterThan(0);
  });

  it('has one leader at any instant, whoever is paused, cut off or killed', () => {
    for (const seed of [1, 2, 3]) {
      const weather = { isolate: 1, heal: 1, pause: 1, crash: 1, everyMs: 400 };
      const { results } = trial({ system, kind, workload: 'leader', seed, weather });
      expect(results['election-safety']!.verdict).toBe('pass');
      expect(results['election-liveness']!.verdict).toBe('pass');
    }
  });
});
