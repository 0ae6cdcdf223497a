/**
 * Judging while the run goes, with real clusters: a violation is said at once, ends the load where that is asked,
 * and is found again afterwards.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { RunMeta, VerdictFile } from '../../harness/store/files.ts';
import { Workplace } from './cli.ts';

const place = new Workplace();
afterAll(() => place.remove());

describe('run --live-check', () => {
  it('stops at the first violation, says why, and judges as usual', async () => {
    const words = ['run', 'raft', '--bug', 'stale-read', '--time-limit', '25s', '--seed', '3', '--json'];
    const { code, stdout, stderr } = await place.run(...words, '--stop-on-fail', '--out', 'stale');
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(
      /violation seen by linearizable at [\d.]+ s: Key .+ was promised to be linearizable/,
    );
    expect(stderr).toMatch(
      /note stopped at [\d.]+ s, [\d.]+ s into a load of 25 s, because linearizable failed/,
    );
    const verdict = JSON.parse(stdout) as VerdictFile;
    expect(verdict.verdict).toBe('fail');
    const { findings, stoppedNs, operations } = verdict.live!;
    expect(findings[0]).toMatchObject({ checker: 'linearizable' });
    // Seen within two seconds of the answer that shows it, long before the planned end.
    expect(findings[0]!.seenNs - findings[0]!.provedNs).toBeLessThan(2e9);
    expect(stoppedNs).toBeLessThan(24e9);
    expect(operations).toBe(verdict.counts.operations);
    expect(verdict.phases.map(({ phase }) => phase)).toEqual(['setup', 'load', 'heal', 'settle', 'final']);
    const meta = JSON.parse(place.read('stale', 'run.json')) as RunMeta;
    expect(meta.endedBy).toMatch(
      /^stopped at [\d.]+ s, [\d.]+ s into a load of 25 s, because linearizable failed/,
    );
    expect(meta.live).toEqual(verdict.live);
  });

  it('lets the load go on without --stop-on-fail, and sees nothing where there is nothing', async () => {
    const words = ['run', 'raft', '--workload', 'register', '--nemesis', 'partition', '--time-limit', '4s'];
    const { code, stdout, stderr } = await place.run(...words, '--seed', '5', '--live-check', '--json');
    expect(code, stderr).toBe(0);
    const verdict = JSON.parse(stdout) as VerdictFile;
    expect(verdict.live).toMatchObject({ stopOnFail: false, findings: [], stoppedNs: null });
    expect(verdict.live!.operations).toBe(verdict.counts.operations);
    const watched = verdict.live!.checkers.filter(({ why }) => why === null);
    expect(watched.map(({ checker }) => checker)).toEqual(['linearizable']);
  });
});
