/**
 * Partitions: the shape each mode draws, the edges of small clusters, what the probes prove.
 */
import { describe, expect, it } from 'vitest';
import type { Json, NodeId, PlannedFault, TargetSpec } from '../../harness/contracts.ts';
import { ImpossibleFault } from '../../harness/faults/parameters.ts';
import { Seed } from '../../harness/random.ts';
import { UsageError } from '../../harness/registry.ts';
import { partition } from '../../nemesis/partition.ts';
import { contextOf, FakeCluster, nodeNames } from '../../plugins/kit/fake-cluster.ts';

function planned(
  mode: string,
  size: number,
  options: { seed?: number; params?: Record<string, Json>; target?: TargetSpec } = {},
): PlannedFault {
  const rng = Seed.of(options.seed ?? 1).rng();
  const drawn = partition.plan(mode, options.params ?? {}, options.target, nodeNames(size), rng);
  return { id: 'p', fault: 'partition', mode, lane: 'partition', atNs: 0, untilNs: 1, ...drawn };
}

const groupsOf = (fault: PlannedFault): NodeId[][] => fault.params['groups'] as unknown as NodeId[][];
const cutsOf = (fault: PlannedFault): [NodeId, NodeId][] =>
  fault.params['cuts'] as unknown as [NodeId, NodeId][];
const seeds = Array.from({ length: 30 }, (_, seed) => seed);

describe('shapes', () => {
  it.each([
    ['halves', 5, [2, 3], 12],
    ['halves', 4, [2, 2], 8],
    ['one', 5, [1, 4], 8],
    ['majority', 5, [2, 3], 12],
    ['majority', 4, [1, 3], 6],
    ['minority-third', 5, [1, 4], 8],
    ['minority-third', 7, [2, 5], 20],
  ])('%s of %i', (mode, size, sides, cuts) => {
    for (const seed of seeds) {
      const fault = planned(mode, size, { seed });
      expect(groupsOf(fault).map((group) => group.length)).toEqual(sides);
      expect(cutsOf(fault)).toHaveLength(cuts);
      expect(fault.nodes).toEqual(groupsOf(fault)[0]);
    }
  });

  it('one-way cuts one direction only, sometimes what the small side says, sometimes what it hears', () => {
    const heard = new Set<boolean>();
    for (const seed of seeds) {
      const fault = planned('one-way', 5, { seed });
      const small = groupsOf(fault)[0]!;
      const cuts = cutsOf(fault);
      for (const [from, to] of cuts) {
        expect(cuts.some(([a, b]) => a === to && b === from)).toBe(false);
        heard.add(small.includes(from));
      }
    }
    expect(heard.size).toBe(2);
  });

  it('one-way with a target silences exactly the target', () => {
    const fault = planned('one-way', 3, { target: ['n2'] });
    expect(cutsOf(fault)).toEqual([
      ['n2', 'n1'],
      ['n2', 'n3'],
    ]);
  });

  it('takes a named side', () => {
    expect(groupsOf(planned('halves', 5, { target: ['n4', 'n1'] }))).toEqual([
      ['n1', 'n4'],
      ['n2', 'n3', 'n5'],
    ]);
    expect(groupsOf(planned('bridge', 5, { target: ['n3'] }))[1]).toEqual(['n3']);
  });

  it('takes explicit groups and explicit links', () => {
    const groups = [['n1'], ['n2', 'n3']];
    expect(cutsOf(planned('explicit', 3, { params: { groups } }))).toHaveLength(4);
    const cuts = [['n1', 'n2']];
    expect(cutsOf(planned('explicit', 3, { params: { cuts } }))).toEqual(cuts);
  });
});

describe('bad shapes', () => {
  it.each([
    ['one', 1],
    ['majority', 2],
    ['minority-third', 3],
    ['bridge', 2],
    ['majorities-ring', 2],
  ])('%s is impossible with %i nodes, and says so', (mode, size) => {
    expect(() => planned(mode, size)).toThrow(ImpossibleFault);
  });

  it.each<[string, string, Record<string, Json>, TargetSpec | undefined]>([
    ['explicit without groups or cuts', 'explicit', {}, undefined],
    ['explicit with both', 'explicit', { groups: [['n1'], ['n2']], cuts: [['n1', 'n2']] }, undefined],
    ['a node in two groups', 'explicit', { groups: [['n1'], ['n1', 'n2']] }, undefined],
    ['a single group', 'explicit', { groups: [['n1']] }, undefined],
    ['an unknown node', 'explicit', { groups: [['n1'], ['n9']] }, undefined],
    ['a link to itself', 'explicit', { cuts: [['n1', 'n1']] }, undefined],
    ['a link with three ends', 'explicit', { cuts: [['n1', 'n2', 'n3']] }, undefined],
    ['no links', 'explicit', { cuts: [] }, undefined],
    ['a group that is no list', 'explicit', { groups: ['n1', 'n2'] }, undefined],
    ['everybody on one side', 'halves', {}, 'all'],
    ['two bridges', 'bridge', {}, ['n1', 'n2']],
    ['a target for a ring', 'majorities-ring', {}, 'one'],
    ['the leader as a side', 'one', {}, 'leader'],
    ['clients cut from a stranger', 'one', { clientsFrom: ['n9'] }, undefined],
  ])('refuses %s', (_what, mode, params, target) => {
    expect(() => planned(mode, 5, { params, ...(target === undefined ? {} : { target }) })).toThrow(
      UsageError,
    );
  });
});

describe('clients', () => {
  it('are cut from one side, drawn at plan time, and need a capability of their own', async () => {
    const sides = new Set<number>();
    for (const seed of seeds) {
      const fault = planned('one', 5, { seed, params: { clients: true } });
      const from = fault.params['clientsFrom'] as NodeId[];
      expect(groupsOf(fault)).toContainEqual(from);
      sides.add(from.length);
      const cluster = new FakeCluster();
      await partition.inject(fault, contextOf(cluster));
      for (const node of cluster.nodes) {
        const expected = from.includes(node) ? 'cut' : 'open';
        expect(await cluster.links.probe('clients', node)).toBe(expected);
        expect(await cluster.links.probe(node, 'clients')).toBe(expected);
      }
    }
    expect(sides).toEqual(new Set([1, 4]));
    expect(partition.needs('one', { clients: true })).toContain('client-link.cut');
    expect(partition.needs('one', { clients: false })).not.toContain('client-link.cut');
  });

  it('can be cut from the leader, or from all the others', async () => {
    const reachable = new Set<string>();
    for (const seed of seeds) {
      const cluster = new FakeCluster();
      await partition.inject(
        planned('isolate-leader', 5, { seed, params: { clients: true } }),
        contextOf(cluster, 'n3'),
      );
      const open = await Promise.all(
        cluster.nodes.map(async (node) =>
          (await cluster.links.probe('clients', node)) === 'open' ? node : '',
        ),
      );
      reachable.add(open.filter(Boolean).join());
    }
    expect(reachable).toEqual(new Set(['n3', 'n1,n2,n4,n5']));
  });
});

describe('evidence', () => {
  it('isolates whoever leads when it fires', async () => {
    const cluster = new FakeCluster();
    const evidence = await partition.inject(planned('isolate-leader', 5), contextOf(cluster, 'n4'));
    expect(evidence).toMatchObject({
      state: 'installed',
      bit: true,
      measures: { nodes: ['n4'], cutLinks: 8 },
    });
    expect(await cluster.links.probe('n4', 'n1')).toBe('cut');
    expect(await cluster.links.probe('n1', 'n2')).toBe('open');
  });

  it('names a probe that was refused and one that went through', async () => {
    const evidence = await partition.inject(
      planned('halves', 3, { target: ['n1'] }),
      contextOf(new FakeCluster(3)),
    );
    expect(evidence.summary).toBe('4 links cut, probe n1>n2 refused, n2>n3 open');
  });

  it('compares with a client link where no link between nodes is left', async () => {
    const evidence = await partition.inject(planned('halves', 2), contextOf(new FakeCluster(2)));
    expect(evidence).toMatchObject({ bit: true, measures: { probesInside: { 'clients>n1': 'open' } } });
  });

  it('fails when a probe goes through the cut', async () => {
    const cluster = new FakeCluster(3);
    cluster.links.probe = async () => 'open';
    expect(await partition.inject(planned('one', 3), contextOf(cluster))).toMatchObject({ state: 'failed' });
  });

  it('proves nothing when probes are refused everywhere, or answer nothing', async () => {
    const deaf = new FakeCluster(5);
    deaf.links.probe = async () => 'cut';
    expect((await partition.inject(planned('one', 5), contextOf(deaf))).bit).toBeNull();
    const mute = new FakeCluster(5);
    mute.links.probe = () => Promise.reject(new Error('no probe'));
    expect(await partition.inject(planned('one', 5), contextOf(mute))).toMatchObject({
      state: 'installed',
      bit: null,
    });
  });

  it('does not wait for a probe that takes for ever', async () => {
    const cluster = new FakeCluster(3);
    cluster.links.probe = () => new Promise(() => undefined);
    const evidence = await partition.inject(planned('one', 3), contextOf(cluster));
    expect(evidence).toMatchObject({
      state: 'installed',
      bit: null,
      summary: '4 links cut, no probe possible',
    });
  });

  it('counts what tried to cross, on cut links only', async () => {
    const cluster = new FakeCluster(3);
    const fault = planned('one', 3, { target: ['n1'] });
    await partition.inject(fault, contextOf(cluster));
    cluster.send('n2', 'n3');
    expect(await partition.undo(fault, contextOf(cluster))).toMatchObject({
      bit: false,
      summary: 'no message tried to cross',
    });
    await partition.inject(fault, contextOf(cluster));
    cluster.send('n1', 'n2');
    cluster.send('n3', 'n1');
    expect(await partition.undo(fault, contextOf(cluster))).toMatchObject({
      bit: true,
      summary: '2 messages dropped while it was in force',
    });
  });

  it('fails to be undone while a link stays cut', async () => {
    const cluster = new FakeCluster(3);
    const fault = planned('one', 3, { target: ['n1'] });
    await partition.inject(fault, contextOf(cluster));
    cluster.links.set('other', [{ from: 'n1', to: 'n2', rule: { cut: true } }]);
    expect(await partition.undo(fault, contextOf(cluster))).toMatchObject({ state: 'failed' });
    cluster.links.clear('other');
    expect(await partition.undo(fault, contextOf(cluster))).toMatchObject({ state: 'installed' });
  });
});
