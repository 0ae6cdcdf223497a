/**
 * What the disk fault says when nothing met it.
 */
import { describe, expect, it } from 'vitest';
import type { Json, PlannedFault } from '../../harness/contracts.ts';
import { FAULTS } from '../../nemesis/index.ts';
import { contextOf, FakeCluster } from '../../plugins/kit/fake-cluster.ts';

async function said(mode: string, params: Record<string, Json>): Promise<string> {
  const context = contextOf(new FakeCluster(3), 'n1');
  const times = { atNs: 0, untilNs: 1e9 };
  const where = { target: ['n1'], nodes: ['n1'] };
  const fault: PlannedFault = { id: 'disk-1', fault: 'disk', mode, lane: 'disk', ...times, ...where, params };
  await FAULTS['disk'].inject(fault, context);
  const { bit, summary } = await FAULTS['disk'].undo(fault, context);
  expect(bit).toBe(false);
  return summary;
}

describe('a disk that made no difference', () => {
  it.each<[string, Record<string, Json>, string]>([
    // A database writes on into room that it has reserved.
    ['full', {}, 'nothing needed more room meanwhile'],
    ['read-only', {}, 'nothing was written meanwhile'],
    ['fail', {}, 'nothing was written meanwhile'],
    ['slow', { of: 'syncs' }, 'nothing was synced meanwhile'],
    ['slow', { of: 'all' }, 'nothing was read or written meanwhile'],
    ['error', { of: 'reads', path: '*.wal' }, 'nothing of *.wal was read from the disk meanwhile'],
  ])('%s %j: %s', async (mode, params, summary) => {
    expect(await said(mode, params)).toBe(summary);
  });
});
