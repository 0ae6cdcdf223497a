import { describe, expect, it } from 'vitest';
import { crdt as system } from '../../../systems/crdt.ts';
import { crdt as kind } from '../../../systems/reference/crdt/crdt.ts';
import { bugHunt } from './bug-hunt.ts';
import { trial } from './trial.ts';

describe('crdt', () => {
  bugHunt(
    { system, kind },
    {
      'sum-on-merge': { rate: 20, seeds: 2 },
      'shared-entry': {},
      'forget-entry': { weather: { crash: 1 } },
      'one-number': {},
      'no-graves': {},
      'replace-state': {},
    },
  );

  it.each(['g-counter', 'pn-counter', 'or-set'])('converges under every weather: %s', (workload) => {
    const weather = { partition: 1, isolate: 1, heal: 1, crash: 1, pause: 1, everyMs: 300 };
    for (const seed of [1, 2, 3]) {
      const network = { loss: 0.1, duplicate: 0.1 };
      const { results } = trial({ system, kind, workload, seed, weather, network, ms: 3000 });
      const [judge] = Object.values(results);
      expect(judge!.verdict, judge!.anomalies[0]?.sentence ?? judge!.note).toBe('pass');
    }
  });
});
