/** Members of a real etcd that leave and join, and what nodes are started as. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NodeAddress } from '../../../harness/contracts.ts';
import { signalAfter } from '../../../harness/time.ts';
import { startSystem } from '../../../plugins/kit/running-system.ts';
import { etcd } from '../../../systems/etcd/etcd.ts';
import { missingFor } from '../../kits/missing.ts';
import { skipping } from '../../kits/skipping.ts';
import { eventually, invoke } from '../asked.ts';

describe.skipIf(skipping('members of etcd', missingFor('etcd')))('members of etcd', () => {
  it('leave for good, and come back as new ones that catch up', async () => {
    const running = await startSystem(etcd, 'register');
    const { cluster, context } = running;
    try {
      const members = etcd.membership!(context);
      const seen = () => members.members('n1', signalAfter(3_000));
      expect((await seen()).members).toEqual(['n1', 'n2', 'n3']);
      const client = await running.client('n1');
      const write = () => invoke(client, { f: 'write', key: 1, value: 7 });
      await eventually(write, (value) => value === 7);
      const remove = () => members.change('n1', 'remove', 'n2', signalAfter(5_000)).then(() => true);
      await eventually(remove, (done) => done);
      expect((await seen()).members).toEqual(['n1', 'n3']);
      expect(cluster.state('n2')).toBe('stopped');
      // Asked for once more, nothing is left to do.
      await members.change('n3', 'remove', 'n2', signalAfter(5_000));
      const { version } = await seen();
      const add = () => members.change('n3', 'add', 'n2', signalAfter(10_000)).then(() => true);
      await eventually(add, (done) => done);
      await eventually(seen, (now) => now.members.length === 3);
      expect((await seen()).version).toBeGreaterThan(version);
      expect(cluster.state('n2')).toBe('running');
      const back = await running.client('n2');
      const read = () => invoke(back, { f: 'read', key: 1, value: null });
      expect(await eventually(read, (value) => value === 7)).toBe(7);
    } finally {
      expect(await running.close()).toEqual([]);
    }
  });
});

describe.skipIf(skipping('members of etcd', missingFor('etcd')))('a member of etcd that is down', () => {
  it('is not started with an empty folder when it is asked to be a member', async () => {
    const running = await startSystem(etcd, 'register');
    const { cluster, context } = running;
    try {
      const client = await running.client('n1');
      const write = () => invoke(client, { f: 'write', key: 1, value: 7 });
      await eventually(write, (value) => value === 7);
      await cluster.kill('n2');
      await etcd.membership!(context).change('n1', 'add', 'n2', signalAfter(10_000));
      expect(cluster.state('n2')).toBe('stopped');
      expect(existsSync(join(cluster.address('n2').dataDir, 'joining.json'))).toBe(false);
      expect(await cluster.restart('n2')).toMatchObject({ state: 'installed' });
    } finally {
      expect(await running.close()).toEqual([]);
    }
  });
});

describe('a node of etcd', () => {
  const started = (dataDir: string, set: Record<string, string | number>) => {
    const ports = { client: 1, peer: 2 };
    const address: NodeAddress = { id: 'n1', index: 0, host: '10.0.0.1', ports, dataDir, peers: [] };
    return etcd.program(address, { nodes: ['n1'], workload: 'register', options: set, bugs: [] }, 'netns');
  };

  it('is another version, or another configuration, as a variant says', () => {
    const { file, args } = started('/nowhere', { binary: '/opt/etcd-3.5/etcd', electionMs: 200 });
    expect(file).toBe('/opt/etcd-3.5/etcd');
    expect(args.slice(args.indexOf('--election-timeout')).slice(0, 2)).toEqual(['--election-timeout', '200']);
    expect(Object.values(etcd.variants ?? {}).map(({ set }) => Object.keys(set))).toEqual([
      ['electionMs'],
      ['electionMs'],
    ]);
  });

  it('that joined later starts in a folder of its own, into the cluster there is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'faultline-etcd-'));
    try {
      writeFileSync(join(folder, 'joining.json'), JSON.stringify({ life: 2, cluster: 'n1=a,n2=b' }));
      const { args } = started(folder, { binary: '/bin/etcd' });
      expect(args).toContain(join(folder, 'etcd-2'));
      expect(args).toContain('existing');
      expect(args).toContain('n1=a,n2=b');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
