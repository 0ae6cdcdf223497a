import { describe, expect, it } from 'vitest';
import { primaryBackup as system } from '../../../systems/primary-backup.ts';
import { primaryBackup as kind } from '../../../systems/reference/primary-backup/primary-backup.ts';
import { bugHunt } from './bug-hunt.ts';
import { trial } from './trial.ts';

const servers = ['n2', 'n3', 'n4', 'n5'];
const failovers = { weather: { isolate: 2, heal: 2, partition: 1, everyMs: 300, only: servers }, ms: 8000 };

describe('primary-backup', () => {
  bugHunt(
    { system, kind },
    {
      'ack-before-backup': failovers,
      'local-read': failovers,
      'no-view-check': { weather: { unlink: 2, heal: 1, everyMs: 400 }, ms: 6000 },
      'no-transfer': failovers,
      'promote-spare': { weather: { crash: 1, downMs: 1500, everyMs: 300, only: servers }, ms: 6000 },
    },
  );

  it('loses acknowledged writes when it copies later', () => {
    const later = { system, kind, workload: 'register', ...failovers, set: { sync: false } };
    const verdicts = [1, 2, 3].map((seed) => trial({ ...later, seed }).verdict('linearizable'));
    expect(verdicts).toContain('fail');
  });

  it('has one primary per view', () => {
    for (const seed of [1, 2, 3]) {
      const { results } = trial({ system, kind, workload: 'leader', ...failovers, seed });
      expect(results['election-safety']!.verdict).toBe('pass');
      expect(results['election-liveness']!.verdict).toBe('pass');
    }
  });

  it('serves clients of the view service as those of any other node', () => {
    const { history } = trial({ system, kind, workload: 'register', ms: 2000, seed: 1 });
    const served = new Set<string | undefined>();
    for (let i = 0; i < history.length; i++) {
      const { type, f, node } = history.op(i);
      if (type === 'ok' && f === 'read') served.add(node);
    }
    expect([...served].sort()).toEqual(['n1', ...servers]);
  });
});
