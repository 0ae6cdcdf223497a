/**
 * Clusters driven step by step, alone and by fast-check's commands with a model.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../checkers/testing/vitest.ts';
import { raft } from '../../examples/own-raft/raft.ts';
import { faultCommands, faultCommandsSync } from '../../testing/fast-check.ts';
import { type Cluster, cluster, clusterSync, type SyncCluster } from '../../testing/index.ts';
import { central, Waiting } from './nodes.ts';

describe('a cluster', () => {
  it('answers, waits, and is hurt step by step', async () => {
    const three = cluster(raft(), { seed: 7 });
    expect(three.nodes).toEqual(['n1', 'n2', 'n3']);
    expect(await three.leader()).toBeNull();
    await three.wait(1_000);
    expect(three.nowMs).toBe(1_000);
    const leader = (await three.leader())!;
    expect(three.nodes).toContain(leader);
    const wrote = await three.call({ f: 'write', key: 'x', value: 1, node: leader });
    expect(wrote).toMatchObject({ type: 'ok', f: 'write', value: 1, node: leader });
    expect(await three.request(leader, { type: 'read', key: 'x' })).toMatchObject({
      type: 'read_ok',
      value: 1,
    });
    await three.kill(leader);
    expect(await three.call({ f: 'read', key: 'x', node: leader })).toMatchObject({
      type: 'fail',
      error: { kind: 'connection-refused' },
    });
    await three.wait(1_000);
    const next = (await three.leader())!;
    expect(next).not.toBe(leader);
    expect(await three.call({ f: 'read', key: 'x', node: next })).toMatchObject({ type: 'ok', value: 1 });
    await three.partition([next]);
    expect(await three.call({ f: 'write', key: 'x', value: 2, node: next })).toMatchObject({ type: 'info' });
    await three.heal();
    await three.wait(1_000);
    const last = (await three.leader())!;
    expect((await three.call({ f: 'read', key: 'x', node: last })).type).toBe('ok');
    expect(three.history).toBeLinearizable('cas-register');
    await expect(three.kill('n9')).rejects.toThrow('no node "n9"');
    await expect(three.begin({ f: 'read', client: 9 })).rejects.toThrow('no client is free: there are 3');
  });

  it('has several clients ask at once', () => {
    const three = clusterSync(central, { clients: 2 });
    three.wait(10);
    three.begin({ f: 'write', key: 1, value: 1, node: 'n2' });
    three.begin({ f: 'write', key: 1, value: 2, node: 'n3' });
    expect(() => three.begin({ f: 'read', key: 1 })).toThrow('no client is free');
    three.settle();
    expect(three.ops.map(({ type, process }) => `${process} ${type}`)).toHaveLength(4);
    const pause = three.inject({ fault: 'pause', target: ['n1'] });
    expect(three.call({ f: 'read', key: 1, node: 'n2' }).type).toBe('info');
    three.undo(pause);
    expect(three.call({ f: 'read', key: 1, node: 'n2' }).type).toBe('ok');
    expect(three.history).toBeLinearizable();
  });

  it('runs asynchronous programs, and refuses them at once', async () => {
    const three = cluster(Waiting);
    await three.wait(10);
    expect(await three.call({ f: 'write', key: 1, value: 5 })).toMatchObject({ type: 'ok' });
    expect(await three.call({ f: 'read', key: 1, client: 2 })).toMatchObject({ type: 'ok', value: 5 });
    expect(three.notes.map(({ text }) => text)).toContain('started n1');
    expect(() => clusterSync(Waiting).wait(10)).toThrow('cluster(program) and await');
  });

  it('says what was done when a matcher fails', () => {
    const three = clusterSync(central);
    three.wait(10);
    three.call({ f: 'write', key: 1, value: 1 });
    three.kill('n1');
    three.start('n1');
    three.wait(10);
    three.call({ f: 'read', key: 1, client: 1 });
    expect(() => expect(three.history).toBeLinearizable()).toThrow(
      /seed 1, driven by 6 steps\n.*wait 10 ms\n.*client 0: write 1 1 -> ok 1\n.*kill n1\n/,
    );
  });
});

/** What a register must hold; null when an outcome that is not known left it open. */
interface Model {
  value: number | null;
  known: boolean;
  next: number;
}

const model = (): Model => ({ value: null, known: true, next: 1 });

function afterWrite(m: Model, type: string): void {
  if (type === 'ok') Object.assign(m, { value: m.next, known: true });
  else if (type === 'info') m.known = false;
  m.next++;
}

class Write implements fc.AsyncCommand<Model, Cluster> {
  check = (): boolean => true;
  async run(m: Model, real: Cluster): Promise<void> {
    afterWrite(m, (await real.call({ f: 'write', key: 'x', value: m.next })).type);
  }
  toString = (): string => 'write';
}

class Read implements fc.AsyncCommand<Model, Cluster> {
  readonly client: number;
  constructor(client: number) {
    this.client = client;
  }
  check = (): boolean => true;
  async run(m: Model, real: Cluster): Promise<void> {
    const { type, value } = await real.call({ f: 'read', key: 'x', client: this.client });
    if (type === 'ok' && m.known) expect(value).toBe(m.value);
  }
  toString = (): string => `read by ${this.client}`;
}

const asynchronous = (node: typeof central | typeof Waiting) =>
  fc.asyncProperty(
    fc.nat(1_000),
    fc.commands(
      [
        fc.constant(new Write()),
        fc.nat(2).map((client) => new Read(client)),
        ...faultCommands<Model>({ faults: ['kill', 'partition', 'pause'], waitMs: 500 }),
      ],
      { maxCommands: 40, size: 'max' },
    ),
    async (seed, commands) => {
      const real = cluster(node, { seed, opTimeoutMs: 200 });
      await fc.asyncModelRun(() => ({ model: model(), real }), commands);
      expect(real.ops.length === 0 || real.history.length > 0).toBe(true);
    },
  );

describe('model-based runs', () => {
  it('find that memory is lost, in the three commands it takes', async () => {
    const found = await fc.check(asynchronous(central), { numRuns: 200, seed: 4 });
    expect(found.failed).toBe(true);
    const said = String(found.counterexample![1]).split(',');
    // Killed, started again, and a wait perhaps until it is up.
    expect(said.length).toBeLessThanOrEqual(6);
    expect(said).toEqual(expect.arrayContaining(['write', 'kill(n1)']));
    expect(said.at(-1)).toMatch(/^read by/);
  });

  it('find nothing where storage keeps it, in asynchronous code', async () => {
    await fc.assert(asynchronous(Waiting), { numRuns: 40, seed: 4 });
  });

  it('run at once for programs without promises', () => {
    const write: fc.Command<Model, SyncCluster> = {
      check: () => true,
      run: (m, real) => afterWrite(m, real.call({ f: 'write', key: 'x', value: m.next }).type),
      toString: () => 'write',
    };
    const read: fc.Command<Model, SyncCluster> = {
      check: (m) => m.known,
      run(m, real) {
        const { type, value } = real.call({ f: 'read', key: 'x', client: 1 });
        if (type === 'ok') expect(value).toBe(m.value);
      },
      toString: () => 'read',
    };
    const commands = fc.commands(
      [fc.constant(write), fc.constant(read), ...faultCommandsSync<Model>({ faults: ['partition'] })],
      { maxCommands: 15 },
    );
    fc.assert(
      fc.property(commands, (list) => {
        const real = clusterSync(central, { opTimeoutMs: 200 });
        fc.modelRun(() => ({ model: model(), real }), list);
        expect(real.history).not.toSatisfy(() => real.crashes.length > 0);
      }),
      { numRuns: 60 },
    );
  });
});
