/**
 * Processes in lock step on virtual time: clocks, sleeps and timers are virtual, randomness is seeded, faults work,
 * one seed gives one behaviour, and what cannot be run says why.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { findStepper } from '../../../../harness/cluster/lockstep/stepper-program.ts';
import type { ClusterOptions } from '../../../../harness/cluster/options.ts';
import { runCommand } from '../../../../harness/cluster/processes.ts';
import type { Json } from '../../../../harness/op.ts';
import { Seed } from '../../../../harness/random.ts';
import { virtually } from '../../../../harness/sim/virtual-time.ts';
import { machineMs, monotonicNs, sleep } from '../../../../harness/time.ts';
import { type Bench, chattyProgram, cleanUp, failure, makeBench } from '../../../kits/backend.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));
const CLOCKED = { file: 'python3', args: [fixture('clocked_node.py')] };
/** 2026-01-01, in ms. */
const EPOCH_MS = Date.UTC(2026, 0);

let stepper = '';

beforeAll(async () => {
  const support = await findStepper();
  expect(support).toHaveProperty('path');
  if ('path' in support) stepper = support.path;
});

cleanUp();

/** Runs a test in virtual time on a started cluster, and takes it down there. */
function inVirtualTime(
  test: (bench: Bench) => Promise<void>,
  changes: Partial<ClusterOptions> = {},
): () => Promise<void> {
  return () =>
    virtually(async () => {
      const bench = makeBench('stdio', {
        virtualTime: { stepper, stepSeconds: 1 },
        program: () => CLOCKED,
        ...changes,
      });
      await bench.cluster.up(new AbortController().signal);
      await test(bench);
      expect(await bench.cluster.down()).toEqual([]);
    });
}

const timeout = 60_000;

describe('a process in virtual time', () => {
  it(
    'sleeps and beats on virtual time, in no time',
    { timeout },
    inVirtualTime(async ({ ask, cluster }) => {
      const began = machineMs();
      await sleep(60_000);
      const look = await ask('n1', { type: 'look' });
      expect(look['beats']).toBe(600);
      expect(Number(look['wall']) * 1e3).toBeCloseTo(EPOCH_MS + monotonicNs() / 1e6, -1);
      const before = monotonicNs();
      await ask('n1', { type: 'nap', seconds: 20 }, 30_000);
      expect((monotonicNs() - before) / 1e9).toBeGreaterThan(20);
      expect((monotonicNs() - before) / 1e9).toBeLessThan(20.1);
      expect(machineMs() - began).toBeLessThan(40_000);
      expect(cluster.caveats?.()).toEqual([]);
    }),
  );

  it(
    'that waits by asking for the time sees it pass',
    { timeout },
    inVirtualTime(async ({ ask }) => {
      const before = monotonicNs();
      await ask('n2', { type: 'watch', seconds: 0.25 });
      expect((monotonicNs() - before) / 1e9).toBeGreaterThan(0.25);
      expect((monotonicNs() - before) / 1e9).toBeLessThan(0.3);
    }),
  );

  it('draws by the seed, and is the same again from the same', async () => {
    const looks: Json[] = [];
    for (const seed of [7, 7, 8]) {
      await inVirtualTime(
        async ({ ask, cluster }) => {
          await cluster.kill('n2');
          await sleep(1_000);
          await cluster.restart('n2');
          looks.push([await ask('n1', { type: 'look' }), await ask('n2', { type: 'look' }), monotonicNs()]);
        },
        { seed: Seed.of(seed) },
      )();
    }
    expect(looks[1]).toEqual(looks[0]);
    expect(looks[2]).not.toEqual(looks[0]);
    const [n1, n2] = looks[0] as Record<string, Json>[];
    for (const name of ['draw', 'urandom', 'hash']) expect(n1![name]).not.toEqual(n2![name]);
    expect(n1!['pid']).toBe(n2!['pid']);
  });

  it(
    'is held by a pause while time passes, and killed and restarted',
    { timeout },
    inVirtualTime(async ({ ask, cluster, events }) => {
      await sleep(1_000);
      const paused = await cluster.pause('n1');
      expect(paused).toMatchObject({ state: 'installed', bit: true });
      expect((await failure(ask('n1', { type: 'look' }, 500))).kind).toBe('timeout');
      await sleep(1_500);
      await cluster.resume('n1');
      expect(Number((await ask('n1', { type: 'look' }))['last'])).toBeGreaterThan(1003);
      expect(await cluster.kill('n1')).toMatchObject({ state: 'installed', bit: true });
      expect(cluster.state('n1')).toBe('stopped');
      expect((await failure(ask('n1', { type: 'look' }))).kind).toBe('connection-refused');
      expect(await cluster.restart('n1')).toMatchObject({ state: 'installed', bit: true });
      expect((await ask('n1', { type: 'look' }))['beats']).toBe(0);
      expect(await cluster.stop('n2')).toMatchObject({ measures: { graceful: true } });
      expect((await failure(ask('n3', { type: 'die' }))).kind).toBe('connection-reset');
      expect(events.find((event) => event.kind === 'crashed')).toMatchObject({
        node: 'n3',
        detail: { code: 3 },
      });
      // Nothing in the history of a run may differ from one run to the next.
      expect(JSON.stringify(events)).not.toContain('pid');
    }),
  );

  it(
    'has its wall clock skewed and its monotonic clock left alone',
    { timeout },
    inVirtualTime(async ({ ask, cluster }) => {
      await cluster.clocks.set('n1', { offsetNs: 90e9 });
      const { wall, last } = (await ask('n1', { type: 'look' })) as { wall: number; last: number };
      expect(wall * 1e3).toBeCloseTo(EPOCH_MS + 90e3 + monotonicNs() / 1e6, -2);
      expect(last === null || last < 1001).toBe(true);
      await cluster.clocks.reset('n1');
      const { wall: right } = (await ask('n1', { type: 'look' })) as { wall: number };
      expect(right * 1e3).toBeCloseTo(EPOCH_MS + monotonicNs() / 1e6, -2);
    }),
  );

  it(
    'hears nothing across a cut, and is as far away as the rules say',
    { timeout },
    inVirtualTime(async ({ ask, cluster }) => {
      cluster.links.set('slow', [{ from: 'clients', to: 'n1', rule: { delay: { ms: 700 } } }]);
      const before = monotonicNs();
      await ask('n1', { type: 'look' });
      expect((monotonicNs() - before) / 1e6).toBeGreaterThan(700);
      cluster.links.set('cut', [{ from: 'n2', to: 'clients', rule: { cut: true } }]);
      expect((await failure(ask('n2', { type: 'look' }, 1_000))).kind).toBe('timeout');
      expect(cluster.links.counters().find((one) => one.from === 'n2' && one.to === 'clients')?.dropped).toBe(
        1,
      );
    }),
  );

  it(
    'that never waits is ended with the reason',
    { timeout },
    inVirtualTime(async ({ ask, cluster }) => {
      expect((await failure(ask('n1', { type: 'spin' }))).kind).toBe('connection-reset');
      expect(readFileSync(join(cluster.log('n1'), 'stderr.log'), 'utf8')).toContain(
        'processor time without waiting for input or time',
      );
    }),
  );

  it(
    'has timers by signal and by descriptor, and children that it waits for',
    { timeout },
    inVirtualTime(
      async ({ ask, cluster }) => {
        await sleep(10_000);
        const { alarms, children } = (await ask('n1', { type: 'look' })) as {
          alarms: number;
          children: string;
        };
        // From 0.9 s on every half second; it was up after two.
        expect(alarms).toBe(23);
        expect(children).toBe('1002.0');
        expect(cluster.caveats?.()).toEqual([]);
      },
      { nodes: ['n1'], program: () => ({ file: 'python3', args: [fixture('alarmed_node.py')] }) },
    ),
  );

  it('may use threads, which take turns: node, with its pool', async () => {
    const times: Json[] = [];
    for (let run = 0; run < 2; run++) {
      await inVirtualTime(
        async ({ ask, cluster }) => {
          await ask('n1', { type: 'tell', to: 'n2', value: 1 });
          await ask('n1', { type: 'keep', value: 'kept' });
          await sleep(500);
          times.push([await ask('n2', { type: 'notes' }), await ask('n1', { type: 'kept' }), monotonicNs()]);
          expect(cluster.caveats?.()).toEqual([]);
        },
        { program: chattyProgram },
      )();
    }
    expect(times[0]).toMatchObject([{ value: [1] }, { value: ['kept'] }, expect.any(Number)]);
    expect(times[1]).toEqual(times[0]);
  });

  it.each([
    ['dynamically', []],
    ['statically', ['-static']],
  ])('may be a C program, linked %s', { timeout }, async (how, flags) => {
    const program = join(stepper, '..', `clocked-node-${how}-${process.pid}`);
    const compiled = await runCommand('cc', ['-O2', ...flags, '-o', program, fixture('clocked-node.c')], {
      timeoutMs: 30_000,
    });
    expect(compiled.stderr).toBe('');
    await inVirtualTime(
      async ({ ask, cluster }) => {
        await sleep(1_000);
        const before = monotonicNs();
        const { ms } = (await ask('n1', { type: 'echo' })) as { ms: number };
        expect((monotonicNs() - before) / 1e6).toBeGreaterThan(250);
        expect(ms).toBeGreaterThanOrEqual(EPOCH_MS + 1_250);
        expect(ms).toBeLessThan(EPOCH_MS + 1_260);
        expect(cluster.caveats?.()).toEqual([]);
      },
      { nodes: ['n1'], program: () => ({ file: program, args: [] }) },
    )();
    await runCommand('rm', [program], { timeoutMs: 5_000 });
  });
});

describe('what cannot be run in virtual time', () => {
  it('says why: no such program', { timeout }, () =>
    virtually(async () => {
      const { cluster } = makeBench('stdio', {
        virtualTime: { stepper },
        program: () => ({ file: './nowhere', args: [] }),
      });
      await expect(cluster.up(new AbortController().signal)).rejects.toThrow(
        /nowhere: No such file or directory/,
      );
    }),
  );

  it('needs simulated time around it', () => {
    expect(() => makeBench('stdio', { virtualTime: { stepper } })).toThrow(/needs a run in simulated time/);
  });
});
