import { describe, expect, it } from 'vitest';
import { bully as system } from '../../../systems/bully.ts';
import { bully as kind } from '../../../systems/reference/bully/bully.ts';
import { bugHunt } from './bug-hunt.ts';
import { trial } from './trial.ts';

const base = { system, kind, workload: 'leader' };

describe('bully', () => {
  bugHunt(
    { system, kind },
    {
      'sticky-leader': { weather: { crash: 1, downMs: 1500, everyMs: 2000 }, ms: 8000 },
      // Watched for longer than an election may take.
      'waits-to-be-told': { weather: { crashAll: 1, everyMs: 1500 }, ms: 4000, settleMs: 11_000 },
      'text-order': { nodes: 10, ms: 500, settleMs: 11_000 },
    },
  );

  it('is split by a partition', () => {
    const verdicts = [1, 2, 3].map((seed) =>
      trial({ ...base, seed, weather: { partition: 2, heal: 1, everyMs: 1500 } }).verdict('election-safety'),
    );
    expect(verdicts).toContain('fail');
  });
});
