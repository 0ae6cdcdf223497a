import { describe, expect, it } from 'vitest';
import { twoPhaseCommit as kind } from '../../../systems/reference/two-phase-commit/two-phase-commit.ts';
import { twoPhaseCommit as system } from '../../../systems/two-phase-commit.ts';
import { bugHunt } from './bug-hunt.ts';
import { trial } from './trial.ts';

const kills = { weather: { crash: 1, everyMs: 120, downMs: 100 }, network: { delayMs: 20 } };

describe('two-phase commit', () => {
  bugHunt(
    { system, kind },
    {
      'no-read-locks': { network: { delayMs: 10 } },
      'early-unlock': { network: { delayMs: 10 } },
      'dirty-read': { network: { delayMs: 10 } },
      'forget-promises': kills,
      'forget-decisions': { ...kills, network: { delayMs: 3, loss: 0.3 } },
      'unilateral-abort': {
        weather: { partition: 1, isolate: 1, heal: 1, everyMs: 300 },
        network: { delayMs: 10 },
      },
      'first-vote-wins': { network: { delayMs: 5 } },
    },
  );

  it('is strictly serializable under every weather', () => {
    const weather = { partition: 1, isolate: 1, heal: 1, crash: 1, crashAll: 0.3, pause: 1, everyMs: 250 };
    let committed = 0;
    for (const seed of [1, 2, 3, 4]) {
      const network = { loss: 0.05, duplicate: 0.1, delayMs: 3 };
      const { results } = trial({ system, kind, workload: 'list-append', seed, weather, network });
      const judge = results['list-append']!;
      expect(judge.verdict, judge.anomalies[0]?.sentence ?? judge.note).toBe('pass');
      committed += Number(judge.stats['acknowledged']);
    }
    expect(committed).toBeGreaterThan(400);
  });
});
