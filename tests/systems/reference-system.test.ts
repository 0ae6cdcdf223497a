/**
 * The reference systems as real processes: they start, elect, take operations and keep what they promised.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { BackendName, LeaderObservation } from '../../harness/contracts.ts';
import { type RunningSystem, startSystem } from '../../plugins/kit/running-system.ts';
import { bully } from '../../systems/bully.ts';
import { raft } from '../../systems/raft.ts';
import { eventually, invoke } from './asked.ts';

const BACKENDS: BackendName[] = ['stdio', 'tcp'];

let running: RunningSystem | undefined;

afterEach(async () => {
  expect((await running?.close()) ?? []).toEqual([]);
  running = undefined;
});

async function leaders({ cluster, context }: RunningSystem, system = raft): Promise<LeaderObservation[]> {
  const signal = AbortSignal.timeout(2000);
  return Promise.all(cluster.nodes.map((node) => system.observe!(node, context, signal)));
}

const oneLeader = (all: LeaderObservation[]): boolean => all.filter((o) => o.leading).length === 1;

describe.each(BACKENDS)('raft on %s', (backend) => {
  it('serves a linearizable map at every node and survives a restart of all of them', async () => {
    running = await startSystem(raft, 'register', { backend });
    await eventually(() => leaders(running!), oneLeader);
    const [a, b, c] = await Promise.all(running.cluster.nodes.map((node) => running!.client(node)));
    expect(await invoke(a!, { f: 'read', key: 1, value: null })).toBeNull();
    expect(await invoke(b!, { f: 'write', key: 1, value: 7 })).toBe(7);
    expect(await invoke(c!, { f: 'read', key: 1, value: null })).toBe(7);
    expect(await invoke(c!, { f: 'cas', key: 1, value: [7, 8] })).toEqual([7, 8]);
    await expect(invoke(a!, { f: 'cas', key: 1, value: [7, 9] })).rejects.toMatchObject({
      error: { definite: true, kind: 'precondition-failed' },
    });
    for (const node of running.cluster.nodes) await running.cluster.kill(node);
    for (const node of running.cluster.nodes) await running.cluster.restart(node);
    const read = (): Promise<unknown> => invoke(a!, { f: 'read', key: 1, value: null });
    expect(await eventually(read, (value) => value === 8)).toBe(8);
  });

  it('accepts commands at its leader only, and tells the term', async () => {
    running = await startSystem(raft, 'leader', { backend });
    const seen = await eventually(() => leaders(running!), oneLeader);
    for (const [i, observation] of seen.entries()) {
      const client = await running.client(running.cluster.nodes[i]!);
      const asked = invoke(client, { f: 'command', value: i });
      if (observation.leading) {
        expect(await asked).toEqual({ command: i, term: observation.term, by: running.cluster.nodes[i] });
      } else {
        await expect(asked).rejects.toMatchObject({ error: { definite: true, kind: 'not-leader' } });
      }
    }
  });

  it('shows its log, page by page, the same at every node', async () => {
    running = await startSystem(raft, 'set', { backend });
    await eventually(() => leaders(running!), oneLeader);
    const client = await running.client('n1');
    for (const value of [1, 2, 3]) await invoke(client, { f: 'add', value });
    const { cluster, context } = running;
    const show = (node: string, from: number) =>
      raft.observeLog!(node, context, from, AbortSignal.timeout(2000));
    const all = await eventually(
      () => Promise.all(cluster.nodes.map((node) => show(node, 1))),
      (pages) => pages.every((page) => page.commit === pages[0]!.last && page.last >= 4),
    );
    for (const page of all) expect(page.entries).toEqual(all[0]!.entries);
    const rest = await show('n2', 3);
    expect(rest).toMatchObject({ first: 3, last: all[0]!.last, entries: all[0]!.entries.slice(2) });
    expect(rest.after).toBe(all[0]!.after);
    expect(await show('n2', 1000)).toMatchObject({ entries: [], before: null });
  });

  it('keeps a set, makes unique ids and echoes', async () => {
    running = await startSystem(raft, 'set', { backend });
    await eventually(() => leaders(running!), oneLeader);
    const client = await running.client('n1');
    for (const value of [3, 1, 2]) await invoke(client, { f: 'add', value });
    expect(await invoke(await running.client('n2'), { f: 'read', value: null })).toEqual([3, 1, 2]);
    const call = { timeoutMs: 2000, client: 'c9' };
    const ids = await Promise.all(
      ['n1', 'n2', 'n1'].map(
        async (node) => (await running!.cluster.request(node, { type: 'generate' }, call))['id'],
      ),
    );
    expect(new Set(ids).size).toBe(3);
    expect((await running.cluster.request('n3', { type: 'echo', echo: [1] }, call))['echo']).toEqual([1]);
  });
});

describe.each(BACKENDS)('bully on %s', (backend) => {
  it('lets the highest node lead, and the next one when it dies', async () => {
    running = await startSystem(bully, 'leader', { backend });
    const follows = (leader: string) => (all: LeaderObservation[]) => all.every((o) => o.leader === leader);
    await eventually(() => leaders(running!, bully), follows('n3'));
    const client = await running.client('n3');
    expect(await invoke(client, { f: 'command', value: 1 })).toEqual({ command: 1, by: 'n3' });
    await running.cluster.kill('n3');
    const low = async (): Promise<LeaderObservation[]> => {
      const { context } = running!;
      return Promise.all(
        ['n1', 'n2'].map((node) => bully.observe!(node, context, AbortSignal.timeout(2000))),
      );
    };
    expect(await eventually(low, follows('n2'))).toMatchObject([{ leading: false }, { leading: true }]);
    await running.cluster.restart('n3');
    await eventually(() => leaders(running!, bully), follows('n3'));
  });

  it('splits when it is partitioned', async () => {
    running = await startSystem(bully, 'leader', { backend });
    await eventually(
      () => leaders(running!, bully),
      (all) => all.every((o) => o.leader === 'n3'),
    );
    const cut = { cut: true };
    running.cluster.links.set('split', [
      ...['n1', 'n2'].flatMap((node) => [
        { from: node, to: 'n3', rule: cut },
        { from: 'n3', to: node, rule: cut },
      ]),
    ]);
    const both = (all: LeaderObservation[]): boolean => all.filter((o) => o.leading).length === 2;
    const split = await eventually(() => leaders(running!, bully), both);
    expect(split.map((o) => o.leading)).toEqual([false, true, true]);
    running.cluster.links.clear('split');
    const healed = await eventually(() => leaders(running!, bully), oneLeader);
    expect(healed[2]!.leading).toBe(true);
  });
});
