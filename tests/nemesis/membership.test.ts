/**
 * The membership fault in simulated runs of raft: members leave and join for as long as it lasts, and are those of
 * before at the end, whatever else happens.
 */
import { describe, expect, it } from 'vitest';
import { OpFailure, type PlannedFault } from '../../harness/contracts.ts';
import { changeFor } from '../../harness/membership.ts';
import type { Case } from '../../harness/sim/case.ts';
import { simulate } from '../../harness/sim/simulate.ts';
import { FAULTS } from '../../nemesis/index.ts';
import { contextOf, FakeCluster, nodeNames } from '../../plugins/kit/fake-cluster.ts';
import { subjectOf } from '../../systems/subjects.ts';

const NODES = nodeNames(5);

function fault(id: string, mode: string, nodes: string[], atMs: number, untilMs: number): PlannedFault {
  const [kind, how] = mode.split(':') as [string, string];
  const times = { atNs: atMs * 1e6, untilNs: untilMs * 1e6 };
  return { id, fault: kind, mode: how, lane: kind, ...times, target: nodes, nodes, params: {} };
}

/** What raft said about its members, in order: the lists that leaders proposed. */
function membersOf(faults: PlannedFault[], spares = 0): string[] {
  const c: Case = {
    version: 1,
    seed: 5,
    nodes: NODES,
    workload: 'set',
    settings: { spares },
    bugs: [],
    ops: [{ atNs: 9e9, client: 0, f: 'read', value: null }],
    faults,
  };
  const said: string[] = [];
  const onNote = (_node: string, _timeNs: number, text: string): void => {
    const list = /^members are to be (.*)$/.exec(text)?.[1];
    if (list !== undefined) said.push(list);
  };
  const { ops } = simulate(subjectOf('raft', c), c, { faults: FAULTS, onNote });
  expect(ops.at(-1)).toMatchObject({ type: 'ok', f: 'read' });
  return said;
}

const sorted = (list: string | undefined): string => (list ?? '').split(' ').sort().join(' ');

describe('membership', () => {
  it('removes members one at a time, the leader too, and takes them back', () => {
    const said = membersOf([fault('m', 'membership:remove', ['n1', 'n2', 'n3'], 1500, 4000)]);
    expect(said.some((list) => sorted(list) === 'n4 n5')).toBe(true);
    expect(sorted(said.at(-1))).toBe('n1 n2 n3 n4 n5');
    const sizes = [5, ...said.map((list) => list.split(' ').length)];
    for (let i = 1; i < sizes.length; i++) expect(Math.abs(sizes[i]! - sizes[i - 1]!)).toBe(1);
  });

  it('adds and replaces where nodes are outside', () => {
    expect(membersOf([fault('m', 'membership:add', ['n5'], 1500, 3000)], 1).map(sorted)).toEqual([
      'n1 n2 n3 n4 n5',
      'n1 n2 n3 n4',
    ]);
    const said = membersOf([fault('m', 'membership:replace', ['n2'], 1500, 4000)], 1).map(sorted);
    expect(said).toContain('n1 n3 n4 n5');
    expect(said.at(-1)).toBe('n1 n2 n3 n4');
  });

  it('restores the members of before when several faults overlap, with crashes between', () => {
    const said = membersOf([
      fault('a', 'membership:remove', ['n1', 'n4'], 1500, 3000),
      fault('b', 'membership:remove', ['n4', 'n5'], 2000, 4000),
      fault('k', 'kill:kill', ['n2'], 2500, 2900),
    ]);
    expect(sorted(said.at(-1))).toBe('n1 n2 n3 n4 n5');
  });

  it('knows what each mode amounts to', () => {
    expect(changeFor('remove', ['n1', 'n2'], ['n1', 'n2'], NODES)).toEqual({ add: [], remove: ['n1'] });
    expect(changeFor('add', ['n1'], ['n1', 'n2', 'n3'], NODES)).toEqual({ add: ['n4'], remove: [] });
    expect(changeFor('replace', ['n1', 'n2'], ['n1', 'n2', 'n3', 'n4'], NODES)).toEqual({
      add: ['n5'],
      remove: ['n1'],
    });
    expect(changeFor('replace', ['n1'], NODES, NODES)).toEqual({ add: [], remove: [] });
  });
});

describe('a change that is refused', () => {
  it('is told in the words of the system, once, and not in those of nodes that did not answer', async () => {
    const cluster = new FakeCluster(3);
    const refusal = (kind: string, message: string) => new OpFailure({ definite: true, kind, message });
    const asked: string[] = [];
    const context = {
      ...contextOf(cluster, 'n1'),
      membership: {
        members: async () => ({ members: nodeNames(3), version: 1 }),
        change: async (node: string, kind: 'add' | 'remove', member: string) => {
          asked.push(`${node} ${kind} ${member}`);
          throw node === 'n3'
            ? refusal('connection-refused', 'n3 is down')
            : refusal('grpc-9', 'etcdserver: unhealthy cluster');
        },
      },
    };
    const evidence = await FAULTS['membership'].inject(
      fault('m', 'membership:remove', ['n1'], 0, 400),
      context,
    );
    expect(evidence.state).toBe('failed');
    expect(evidence.summary).toBe('nobody did it within 0.3 s: remove n1 (etcdserver: unhealthy cluster)');
    expect(evidence.measures).toMatchObject({
      refusals: [{ what: 'remove n1', because: ['etcdserver: unhealthy cluster'] }],
    });
    expect(new Set(asked)).toEqual(new Set(['n1 remove n1', 'n2 remove n1', 'n3 remove n1']));
  });
});

describe('a change that was made and not confirmed', () => {
  it('counts once the others know of it: who leaves stops before it can answer', async () => {
    const cluster = new FakeCluster(3);
    let members = nodeNames(3);
    const context = {
      ...contextOf(cluster, 'n1'),
      membership: {
        members: async () => ({ members, version: 4 - members.length }),
        change: async () => {
          members = ['n2', 'n3'];
          throw new OpFailure({ definite: false, kind: 'grpc-13', message: 'raft: stopped' });
        },
      },
    };
    const evidence = await FAULTS['membership'].inject(
      fault('m', 'membership:remove', ['n1'], 0, 400),
      context,
    );
    expect(evidence).toMatchObject({ state: 'installed', bit: true, summary: 'n1 removed' });
    expect(evidence.measures).toMatchObject({ before: nodeNames(3), after: ['n2', 'n3'] });
    expect(evidence.measures).not.toHaveProperty('refusals');
  });

  it('is told apart from what is still to be done', async () => {
    const cluster = new FakeCluster(5);
    let members = nodeNames(5);
    const context = {
      ...contextOf(cluster, 'n1'),
      membership: {
        members: async () => ({ members, version: 1 }),
        change: async (node: string, _kind: 'add' | 'remove', member: string) => {
          if (member === 'n1') members = members.filter((each) => each !== 'n1');
          else if (node === 'n5')
            throw new OpFailure({ definite: true, kind: 'grpc-9', message: 'unhealthy cluster' });
          else throw new OpFailure({ definite: false, kind: 'connection-lost', message: 'read ECONNRESET' });
        },
      },
    };
    const evidence = await FAULTS['membership'].inject(
      fault('m', 'membership:remove', ['n1', 'n2'], 0, 400),
      context,
    );
    expect(evidence).toMatchObject({ state: 'installed', bit: true });
    expect(evidence.summary).toBe('n1 removed; not yet: remove n2 (unhealthy cluster)');
  });
});
