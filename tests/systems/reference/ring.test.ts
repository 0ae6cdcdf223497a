import { describe, expect, it } from 'vitest';
import { ring as kind } from '../../../systems/reference/ring/ring.ts';
import { ring as system } from '../../../systems/ring.ts';
import { bugHunt } from './bug-hunt.ts';
import { trial } from './trial.ts';

const base = { system, kind, workload: 'leader' };

describe('ring', () => {
  bugHunt(
    { system, kind },
    {
      'sticky-leader': { weather: { crash: 1, downMs: 1500, everyMs: 2000 }, ms: 8000 },
      // Watched for longer than an election may take.
      'waits-to-be-told': { weather: { crashAll: 1, everyMs: 1500 }, ms: 4000, settleMs: 11_000 },
      'swallows-tokens': { weather: { crash: 1, downMs: 1500, everyMs: 2500 }, ms: 15_000, settleMs: 11_000 },
      'resumes-lead': {
        weather: { crash: 1, downMs: 2500, everyMs: 3500 },
        ms: 15_000,
        set: { heartbeatMs: 300, failureTimeoutMs: 900 },
      },
    },
  );

  it('is split by a partition', () => {
    const verdicts = [1, 2, 3].map((seed) =>
      trial({ ...base, seed, weather: { partition: 2, heal: 1, everyMs: 1500 } }).verdict('election-safety'),
    );
    expect(verdicts).toContain('fail');
  });
});
