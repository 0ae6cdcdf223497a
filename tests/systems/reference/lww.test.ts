import { describe, expect, it } from 'vitest';
import { lww as system } from '../../../systems/lww.ts';
import type { Body } from '../../../systems/reference/api.ts';
import { lww as kind } from '../../../systems/reference/lww/lww.ts';
import { bugHunt } from './bug-hunt.ts';
import { trial } from './trial.ts';
import { VirtualCluster } from './virtual-cluster.ts';

const cuts = { weather: { partition: 1, isolate: 1, heal: 1, everyMs: 400 } };

describe('last write wins', () => {
  bugHunt(
    { system, kind },
    {
      'arrival-order': cuts,
      'no-anti-entropy': cuts,
      'lazy-flush': { weather: { crashAll: 1, everyMs: 700 } },
      'first-write-wins': {},
    },
  );

  it('loses X = 2, written at T = 99, to X = 1, written before it at T = 100', () => {
    const cluster = new VirtualCluster(kind, 2, 1, { delayMs: 1, loss: 0, duplicate: 0 });
    // The clock of n2 is behind by more than the time between the two writes.
    cluster.nodes.get('n2')!.clockOffsetMs = -1000;
    const replies: Body[] = [];
    cluster.request('n1', { type: 'write', key: 'X', value: 1 }, (reply) => replies.push(reply));
    cluster.run(100);
    cluster.request('n2', { type: 'write', key: 'X', value: 2 }, (reply) => replies.push(reply));
    cluster.run(200);
    for (const node of cluster.ids)
      cluster.request(node, { type: 'read', key: 'X' }, (reply) => replies.push(reply));
    cluster.run(300);
    expect(replies.map((reply) => reply.type)).toEqual(['write_ok', 'write_ok', 'read_ok', 'read_ok']);
    expect(replies[1]!['stamp']).toBeLessThan(Number(replies[0]!['stamp']));
    expect(replies.slice(2).map((reply) => reply['value'])).toEqual([1, 1]);
  });

  it('loses writes while clocks are wrong, and the checker says so', () => {
    const skewed = { system, kind, workload: 'last-write', seed: 1, weather: { skew: 1, skewMs: 2000 } };
    expect(trial(skewed).verdict('last-write-wins')).toBe('fail');
  });
});
