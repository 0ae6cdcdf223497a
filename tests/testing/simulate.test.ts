/**
 * `simulate` as a test of somebody else's uses it: their nodes, inside a test, sync and async.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import '../../checkers/testing/vitest.ts';
import { type Body, findDivergence, type NodeHandle, simulate, simulateSync } from '../../testing/index.ts';
import { central, separate, Waiting } from './nodes.ts';

const MODULE = new URL('../fixtures/async-node.ts', import.meta.url);

afterEach(() => {
  vi.useRealTimers();
});

const acknowledged = (run: { ops: readonly { type: string; process: unknown }[] }): number =>
  run.ops.filter((op) => op.type === 'ok' && typeof op.process === 'number').length;

describe('simulate', () => {
  it('runs a program of handlers, and the same again', async () => {
    const run = await simulate(central, { seed: 5 });
    expect(run.history).toBeLinearizable('cas-register');
    expect(run).toLoseNoWrites();
    expect(run.violations).toEqual([]);
    run.assertNoViolations();
    expect(acknowledged(run)).toBeGreaterThan(40);
    const again = await simulate(central, run.plan);
    expect([again.hash, again.traceHash]).toEqual([run.hash, run.traceHash]);
    expect((await simulate(central, { seed: 6 })).hash).not.toBe(run.hash);
    expect(simulateSync(central, run.plan).traceHash).toBe(run.traceHash);
  });

  it('runs asynchronous code of a class inside a test', async () => {
    const plan = { seed: 2, faults: { kinds: ['partition', 'pause', 'clock'], count: 5 } } as const;
    const run = await simulate(Waiting, plan);
    expect(run.crashes).toEqual([]);
    expect(acknowledged(run)).toBeGreaterThan(20);
    expect(run.history).toBeLinearizable();
    expect((await simulate(Waiting, plan)).traceHash).toBe(run.traceHash);
    expect(await findDivergence(Waiting, plan)).toBeNull();
    expect(run.notes.map(({ node, text }) => `${node} ${text}`)).toContain('n1 started n1');
  });

  it('runs a module by its path, anew in every life', async () => {
    const run = await simulate(MODULE, { seed: 3, operations: 30 });
    expect(acknowledged(run)).toBeGreaterThan(10);
    const started = run.notes.filter(({ text }) => text.startsWith('started after'));
    expect(started.map(({ text }) => text.replace(/.* in /, ''))).toEqual(['life 1', 'life 1', 'life 1']);
    const path = fileURLToPath(MODULE);
    expect((await simulate(path, run.plan)).hash).toBe(run.hash);
    await expect(simulate('no-such-node.ts')).rejects.toThrow('there is no such module');
  });

  it('says what is wrong, with its witness, its seed, and how to simulate it again', async () => {
    const run = await simulate(separate, { seed: 4, operations: 20 });
    expect(run.violations.length).toBeGreaterThan(0);
    expect(run.violations[0]).toMatchObject({ checker: 'linearizable' });
    for (const complaint of [
      () => expect(run.history).toBeLinearizable('cas-register'),
      () => run.assertNoViolations(),
    ]) {
      let message = '';
      try {
        complaint();
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toContain('witness');
      expect(message).toContain(`simulated with seed 4: 3 nodes`);
      expect(message).toContain(`history hash ${run.hash}`);
      expect(message).toContain('again: await simulate(program, {"seed":4,"operations":20})');
    }
  });

  it('records messages with their fates, and events in words', async () => {
    const faults = [{ fault: 'partition', mode: 'one', target: ['n1'], atMs: 500, forMs: 400 }] as const;
    const run = await simulate(central, { seed: 8, faults });
    const cut = run.messages.filter(({ fate }) => fate === 'cut');
    expect(cut.length).toBeGreaterThan(0);
    for (const { from, to, sentMs } of cut) {
      expect([from, to]).toContain('n1');
      expect(sentMs).toBeGreaterThanOrEqual(500);
      expect(sentMs).toBeLessThan(900);
    }
    const asked = run.messages.find(({ type }) => type === 'ask')!;
    expect(asked.body).toMatchObject({ type: 'ask', body: { key: expect.anything() } });
    expect(asked.endedMs).toBeGreaterThan(asked.sentMs);
    expect(run.trace).toContainEqual(expect.stringMatching(/^\d+\.\d{6} ms: n1 gets ask from n[23]$/));
    const lean = await simulate(central, run.plan, { record: false });
    expect([lean.hash, lean.messages, lean.trace]).toEqual([run.hash, [], []]);
  });

  it('reports a program that throws as a violation', async () => {
    const angry = (node: NodeHandle) => ({
      async onMessage(from: string, body: Body) {
        await null;
        if (body.type === 'cas') throw new Error('I never liked compare-and-set');
        node.reply({ from, body }, { type: `${body.type}_ok`, value: null });
      },
    });
    const run = await simulate(angry, { seed: 1 });
    const thrown = run.violations.find(({ checker }) => checker === 'program');
    expect(thrown?.sentence).toMatch(/ended at \d+ ms: Error: I never liked/);
    const file = await simulate(() => ({ onMessage: () => void readFileSync('/etc/hostname') }), { seed: 1 });
    expect(file.crashes[0]?.error).toContain('fs.readFileSync is not part of the simulation');
  });

  it('takes programs with init, and those that answer who leads', async () => {
    const leads = () => {
      let node: NodeHandle;
      return {
        init(given: NodeHandle) {
          node = given;
        },
        onMessage(from: string, body: Body) {
          node.reply({ from, body }, { type: 'leader_ok', leading: node.id === 'n1', term: 1 });
        },
      };
    };
    const plan = { operations: [], timeMs: 1_000, observeEveryMs: 100 };
    expect((await simulate(leads, plan)).history).toHaveOneLeaderPerTerm();
    const all = () => ({ ...leads(), onMessage: () => undefined });
    expect(() => simulateSync(all, plan).ops).not.toThrow();
    const two = (node: NodeHandle) => ({
      onMessage: (from: string, body: Body) =>
        node.reply({ from, body }, { type: 'leader_ok', leading: true, term: 1 }),
    });
    const run = await simulate(two, plan);
    expect(run.violations.map(({ kind }) => kind)).toContain('two-leaders-in-term');
  });

  it('asks in words of the test', async () => {
    const bank = (node: NodeHandle) => ({
      onMessage: (from: string, body: Body) =>
        node.reply({ from, body }, { type: 'balance', cents: Number(body['account']) * 100 }),
    });
    const run = await simulate(
      bank,
      { workload: 'bank', operations: [{ atMs: 10, client: 0, f: 'balance', key: 7 }] },
      {
        requests: {
          balance: {
            request: ({ key }) => ({ type: 'balance?', account: key ?? null }),
            value: (reply) => reply['cents'] ?? null,
          },
        },
      },
    );
    expect(run.ops.map(({ type, value }) => [type, value])).toEqual([
      ['invoke', null],
      ['ok', 700],
    ]);
  });
});

describe('the traps of asynchronous code in tests', () => {
  it('is not stopped by fake timers, and does not stop them', async () => {
    const plan = { seed: 2 };
    const { traceHash } = await simulate(Waiting, plan);
    vi.useFakeTimers({ now: 0 });
    const fake = await simulate(Waiting, plan);
    expect(fake.traceHash).toBe(traceHash);
    let rang = false;
    setTimeout(() => {
      rang = true;
    }, 1_000);
    vi.advanceTimersByTime(1_000);
    expect(rang).toBe(true);
    expect(Date.now()).toBe(1_000);
    vi.useRealTimers();
    expect((await simulate(Waiting, plan)).traceHash).toBe(traceHash);
    expect(Date.now()).toBeGreaterThan(Date.UTC(2024, 0));
  });

  it('finds promises in a program that is to run at once', () => {
    expect(() => simulateSync(Waiting)).toThrow(
      'this program uses promises, which can only be run to their end with await simulate(program, plan)',
    );
    const hidden = (node: NodeHandle) => ({
      onMessage(from: string, body: Body) {
        void (async () => {
          await null;
          node.reply({ from, body }, { type: 'write_ok' });
        })();
      },
    });
    expect(() => simulateSync(hidden)).toThrow(TypeError);
  });

  it('runs many at a time', async () => {
    const runs = await Promise.all([1, 2, 3, 4].map((seed) => simulate(Waiting, { seed, operations: 20 })));
    const alone = await simulate(Waiting, { seed: 3, operations: 20 });
    expect(runs[2]!.traceHash).toBe(alone.traceHash);
  });

  it('names the first event that differs when nodes share what they must not', async () => {
    let shared = 0;
    const leaky = (node: NodeHandle) => ({
      onMessage: (from: string, body: Body) => {
        if (body.type === 'gossip') return;
        if (++shared % 7 === 0) node.send('n1', { type: 'gossip' });
        node.reply({ from, body }, { type: `${body.type}_ok`, value: null });
      },
    });
    const divergence = await findDivergence(leaky, { seed: 1 });
    expect(divergence?.first).toMatch(/^\d+\.\d+ ms: /);
    expect(divergence?.second).not.toBe(divergence?.first);
  });

  it('gives up a run that never ends, and says so', async () => {
    const storm = (node: NodeHandle) => ({
      onMessage: () => {
        for (const peer of node.peers) node.send(peer, { type: 'again' });
      },
    });
    await expect(simulate(storm, {}, { maxEvents: 5_000 })).rejects.toThrow(/5001 events by \d+ ms/);
  });

  it('leaves the world outside as it was', async () => {
    const before = [Math.random, setTimeout, Date].map((one) => typeof one);
    await simulate(Waiting, { operations: 5 });
    expect([Math.random, setTimeout, Date].map((one) => typeof one)).toEqual(before);
    expect(new Date()).toBeInstanceOf(Date);
    expect(new Date().getFullYear()).toBeGreaterThan(2023);
    expect(new Set([Math.random(), Math.random(), Math.random()]).size).toBe(3);
    await new Promise((done) => setTimeout(done, 5));
  });
});

describe('a plan that cannot be carried out', () => {
  it.each([
    [{ node: 3 }, 'plan has no "node" (did you mean "nodes"?'],
    [{ nodes: 0 }, 'nodes must be a whole number from 1 on, not 0'],
    [{ nodes: ['a', 'a'] }, 'nodes must be one or more different names'],
    [{ workload: 'registre' }, 'there is no workload "registre" (did you mean "register"?'],
    [{ seed: -1 }, 'seed must be a whole number'],
    [{ faults: [{ fault: 'partiton', atMs: 1, forMs: 1 }] }, 'there is no fault "partiton"'],
    [{ faults: [{ fault: 'kill', atMs: 1 }] }, 'faults[0].forMs must be a number'],
    [{ faults: [{ fault: 'kill', atMs: 1, forMs: 1, target: ['n9'] }] }, 'there is no node "n9"'],
    [{ nodes: 1, faults: [{ fault: 'partition', atMs: 1, forMs: 1 }] }, 'a cluster of one node has no links'],
    [{ operations: [{ atMs: 1, client: 0, f: 'frob' }] }, 'the workload register has no operation "frob"'],
    [
      { operations: [{ atMs: 1, client: 0, f: 'read', node: 'n7' }] },
      'operations[0].node: there is no node "n7"',
    ],
    [{ workloadOptions: { keys: 1 } }, 'workload register has no option "keys"'],
  ])('%j is refused in words', async (plan, words) => {
    await expect(simulate(central, plan as never)).rejects.toThrow(words);
    expect(() => simulateSync(central, plan as never)).toThrow(TypeError);
  });

  it('says what a program must be', async () => {
    const run = await simulate((() => ({})) as never, { operations: [] });
    expect(run.crashes[0]?.error).toContain('it must return an object with onMessage(from, body)');
  });
});
