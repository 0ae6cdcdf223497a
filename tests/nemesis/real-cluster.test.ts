/**
 * Every fault against real processes on every backend: it is installed, it bites while the nodes talk, it is
 * undone, and the cluster is then as before. One cluster per backend, hurt again and again, as in a run.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS } from '../../harness/cluster/backends.ts';
import { detectClockSupport } from '../../harness/cluster/clock/clock-support.ts';
import { createClocks } from '../../harness/cluster/clock/clocks.ts';
import { detectDiskSupport } from '../../harness/cluster/disk/disk-program.ts';
import { processInfo } from '../../harness/cluster/proc.ts';
import type { Capability, Fault, Json, NodeId, PlannedFault, TargetSpec } from '../../harness/contracts.ts';
import { FaultRunner, type UndoLog } from '../../harness/faults/fault-runner.ts';
import { Ledger, readLedger, SimulatedLedger } from '../../harness/faults/ledger.ts';
import { Seed } from '../../harness/random.ts';
import { insideSandbox } from '../../harness/sandbox/command.ts';
import { virtually } from '../../harness/sim/virtual-time.ts';
import type { FaultReport } from '../../harness/store/files.ts';
import { monotonicNs, sleep } from '../../harness/time.ts';
import { FAULTS } from '../../nemesis/index.ts';
import { nodeNames } from '../../plugins/kit/fake-cluster.ts';
import { type Bench, lives, makeBench, until, upBench } from '../kits/backend.ts';
import { againInSandbox } from '../kits/sandboxed.ts';

interface Case {
  fault: Fault;
  mode: string;
  params: Record<string, Json>;
  target?: TargetSpec;
}

// A connection that has lost packets for long waits ever longer before it sends again: packets get more room.
const SANDBOXED = insideSandbox();
const NARROW = SANDBOXED ? 20_000 : 300;

const PARAMS: Readonly<Record<string, Record<string, Json>>> = {
  'partition explicit': {
    groups: [
      ['n1', 'n5'],
      ['n2', 'n3', 'n4'],
    ],
  },
  'bandwidth limit': { bytesPerSecond: NARROW },
  'bandwidth congestion': { bytesPerSecond: NARROW, queueBytes: 100 },
  'mtu black-hole': { bytes: 100 },
  'flap regular': { downMs: 40, upMs: 40 },
  'clock jump': { offsetMs: 90_000 },
  'replay random': { probability: 1, minAgeMs: 0 },
  'forge random': { probability: 1 },
  'power at-sync': { sync: 1, path: '*' },
};

// Members are changed by the system, and the nodes here have none: see membership.test.ts.
const CASES: Case[] = Object.values(FAULTS)
  .filter(({ name }) => name !== 'membership')
  .flatMap((fault: Fault) =>
    Object.keys(fault.modes).map((mode) => ({ fault, mode, params: PARAMS[`${fault.name} ${mode}`] ?? {} })),
  );
CASES.push(
  { fault: FAULTS.partition, mode: 'one', params: { clients: true } },
  { fault: FAULTS.kill, mode: 'kill', params: {}, target: 'all' },
  { fault: FAULTS.pause, mode: 'pause', params: {}, target: 'leader' },
  { fault: FAULTS.latency, mode: 'normal', params: { clients: true }, target: ['n2'] },
);

const LEADER = 'n3';

// Nodes with a network of their own need a sandbox: found outside of one, this file runs itself again inside.
// Containers need an engine of the tests' own, and hosts an sshd: see tests/e2e/docker.test.ts and ssh.test.ts.
const ELSEWHERE: ReadonlySet<string> = new Set(['docker', 'ssh']);
const REAL = BACKENDS.filter(
  ({ name, simulated }) => simulated !== true && !ELSEWHERE.has(name) && (name === 'netns') === SANDBOXED,
);

describe.skipIf(SANDBOXED)('on netns, in a sandbox', () => {
  it('installs, bites and undoes every fault', async (context) => {
    const { skipped, code, output } = await againInSandbox(fileURLToPath(import.meta.url));
    if (skipped !== null) return context.skip(skipped);
    expect(code, output).toBe(0);
  });
});

for (const backend of REAL) {
  describe(`faults on ${backend.name}`, () => {
    let bench: Bench;
    let ledger: Ledger;

    beforeAll(async () => {
      const support = await detectClockSupport();
      const disk = await detectDiskSupport();
      if ('reason' in disk) process.stderr.write(`skipped: faults of disks: ${disk.reason}\n`);
      bench = makeBench(backend.name, {
        nodes: nodeNames(5),
        ...(support.mechanism === 'none' ? {} : { clocks: createClocks(support) }),
        ...('program' in disk ? { disks: disk } : {}),
      });
      ledger = await Ledger.create(join(bench.folder, 'ledger.jsonl'), bench.folder);
      await bench.cluster.up(new AbortController().signal);
      await talk(bench);
    });

    afterAll(async () => {
      expect(await bench.cluster.down()).toEqual([]);
      expect(bench.started.filter(lives)).toEqual([]);
      await ledger.close(true);
      rmSync(bench.folder, { recursive: true });
    });

    // What a backend never offers is a limit of it; what it offers and lacks here, it gives a reason for.
    const possible = CASES.filter((each) => needsOf(each).every((need) => backend.offers.includes(need)));
    it.for(possible.map((each) => [titleOf(each), each] as const))('%s', async ([, each], context) => {
      const { cluster } = bench;
      const planned = planOf(each);
      const lacking = needsOf(each).filter((need) => !cluster.offers.has(need));
      const reasons = lacking.map((need) => cluster.missing.find(({ capability }) => capability === need));
      expect(reasons).not.toContain(undefined);
      const [first] = reasons;
      if (first !== undefined) return context.skip(`${first.reason}${first.fix ? ` (${first.fix})` : ''}`);
      const report = await inflict(bench, ledger, planned);
      expect(report.inject?.summary).toBeTruthy();
      expect(report).toMatchObject({ state: 'installed', bit: true, undo: { state: 'installed' } });
      await expectWell(bench);
    });

    it('lets faults of several lanes be in force on the same nodes, and heals them all', async () => {
      const { cluster } = bench;
      const wanted: Case[] = [
        { fault: FAULTS.clock, mode: 'jump', params: { offsetMs: -5_000 }, target: ['n2', 'n4'] },
        { fault: FAULTS.pause, mode: 'pause', params: {}, target: ['n2'] },
        { fault: FAULTS.partition, mode: 'halves', params: {}, target: ['n2', 'n4'] },
        { fault: FAULTS.latency, mode: 'constant', params: {} },
        { fault: FAULTS.kill, mode: 'kill', params: {}, target: ['n4'] },
      ];
      const planned = wanted
        .map(planOf)
        .filter((each) => each.fault !== 'clock' || cluster.offers.has('clock.skew'));
      // A second skew, of a node that is stopped, after the first was undone; and a pause of a killed node.
      const more = [
        planOf({ fault: FAULTS.pause, mode: 'pause', params: {}, target: ['n4'] }),
        planOf({ fault: FAULTS.clock, mode: 'jump', params: { offsetMs: 7_000 }, target: ['n2'] }),
      ];
      const runner = runnerOf(bench, ledger, [...planned, ...more]);
      for (const each of planned)
        expect(await runner.invoke(opOf('inject', each))).toMatchObject({ type: 'ok' });
      expect(await runner.invoke(opOf('inject', more[0]!))).toMatchObject({ type: 'fail' });
      await talk(bench);
      if (cluster.offers.has('clock.skew')) {
        expect(await runner.invoke(opOf('undo', planned[0]!))).toMatchObject({ type: 'ok' });
        expect(await runner.invoke(opOf('inject', more[1]!))).toMatchObject({ type: 'ok' });
        expect(cluster.state('n2')).toBe('paused');
      }
      const active = runner.active();
      expect(await runner.healAll()).toEqual({ undone: active.reverse(), problems: [] });
      await expectWell(bench);
    });

    it('left nothing in its ledger to undo', async () => {
      await ledger.flush();
      const { entries, unreadable } = readLedger(join(bench.folder, 'ledger.jsonl'));
      const open = new Set(entries.flatMap((entry) => (entry.entry === 'fault' ? [entry.id] : [])));
      for (const entry of entries) if (entry.entry === 'undone') open.delete(entry.id);
      expect([...open]).toEqual([]);
      expect(unreadable).toBe(0);
    });
  });
}

const NOT_ON_SIM = [
  'rolling',
  'corrupt',
  'mtu',
  'power',
  'damage',
  'cpu',
  'memory',
  'descriptors',
  'disk full',
  'disk read-only',
  'disk error',
];
const ON_SIM = CASES.filter(
  ({ fault, mode }) => !NOT_ON_SIM.includes(fault.name) && !NOT_ON_SIM.includes(`${fault.name} ${mode}`),
);

describe.skipIf(SANDBOXED)('faults on sim', () => {
  it.each(ON_SIM.map((each) => [titleOf(each), each] as const))('%s', async (_title, each) => {
    const bench = await virtually(async () => {
      const made = await upBench('sim', { nodes: nodeNames(5) });
      await talk(made);
      const ledger = new SimulatedLedger(join(made.folder, 'ledger.jsonl'), made.folder);
      const report = await inflict(made, ledger, planOf(each));
      expect(report.inject?.summary).toBeTruthy();
      expect(report).toMatchObject({ state: 'installed', bit: true, undo: { state: 'installed' } });
      await expectWell(made);
      await ledger.close();
      return made;
    });
    expect(await bench.cluster.down()).toEqual([]);
    rmSync(bench.folder, { recursive: true });
  });
});

function titleOf({ fault, mode, params, target }: Case): string {
  const words = [fault.name, mode, ...Object.entries(params).map(([k, v]) => `${k}=${JSON.stringify(v)}`)];
  return [...words, ...(target === undefined ? [] : [`on ${target}`])].join(' ');
}

let serial = 0;

function needsOf(each: Case): readonly Capability[] {
  return each.fault.needs(each.mode, planOf(each).params);
}

function planOf({ fault, mode, params, target }: Case): PlannedFault {
  const rng = Seed.of(11).fork(fault.name, mode).rng();
  const drawn = fault.plan(mode, params, target, nodeNames(5), rng);
  const id = `${fault.name}-${++serial}`;
  return { id, fault: fault.name, mode, lane: fault.lane, atNs: 0, untilNs: 1e9, ...drawn };
}

function runnerOf({ cluster }: Bench, ledger: UndoLog, planned: PlannedFault[]): FaultRunner {
  const leader = async (): Promise<NodeId> => LEADER;
  return new FaultRunner({ cluster, faults: FAULTS, planned, ledger, leader, now: monotonicNs });
}

function opOf(verb: 'inject' | 'undo', planned: PlannedFault): { f: string; value: Json } {
  return { f: `${verb}-${planned.fault}`, value: { ...planned } as unknown as Json };
}

/** Injects, lets the nodes talk, undoes; what the runner reports in the end. */
async function inflict(bench: Bench, ledger: UndoLog, planned: PlannedFault): Promise<FaultReport> {
  const runner = runnerOf(bench, ledger, [planned]);
  await runner.invoke(opOf('inject', planned));
  checkWhileInForce(bench, runner.results()[0]!);
  await talk(bench);
  await runner.invoke(opOf('undo', planned));
  expect(await runner.healAll()).toEqual({ undone: [], problems: [] });
  return runner.results()[0]!;
}

/** Looks at the processes themselves, not at what fault and cluster say about them. */
function checkWhileInForce({ cluster, started }: Bench, report: FaultReport): void {
  for (const node of report.nodes) {
    const latest = started.filter((process) => process.node === node).at(-1);
    if (latest === undefined) continue;
    if (report.fault === 'pause') expect(processInfo(latest.pid)?.state).toBe('T');
    if (report.fault === 'kill') {
      expect(lives(latest)).toBe(false);
      expect(cluster.state(node)).toBe('stopped');
    }
  }
}

/** Every node sends every other one a few messages; what cannot be asked meanwhile is not. */
async function talk({ cluster, ask }: Bench): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const pairs = cluster.nodes.flatMap((from) =>
      cluster.nodes.filter((to) => to !== from).map((to) => [from, to] as [NodeId, NodeId]),
    );
    // Several at once on each link: with one alone there is nothing to overtake.
    const tells = pairs.flatMap(([from, to]) =>
      ['a', 'b', 'c'].map((word) => ask(from, { type: 'tell', to, value: `${word}${round}` }, 150)),
    );
    const keeps = cluster.nodes.map((node) => ask(node, { type: 'keep', value: `${round}` }, 150));
    await Promise.allSettled([...tells, ...keeps]);
    await sleep(30);
  }
}

/** All nodes run, every link is open, and no clock is wrong. */
async function expectWell({ cluster, ask }: Bench): Promise<void> {
  for (const node of cluster.nodes) {
    expect(cluster.state(node)).toBe('running');
    expect(await ask(node, { type: 'echo', echo: 1 })).toMatchObject({ echo: 1 });
    expect(await cluster.links.probe('clients', node)).toBe('open');
    if (!cluster.offers.has('clock.skew')) continue;
    expect(Math.abs((await cluster.clocks.read(node)) ?? 0)).toBeLessThan(10e6);
  }
  const pairs = cluster.nodes.flatMap((from) => cluster.nodes.map((to) => [from, to] as const));
  const links = pairs.filter(([from, to]) => from !== to);
  // A probe that ran out of time on a busy machine knows nothing.
  await until('every link to be open', async () => {
    const answers = await Promise.all(links.map(([from, to]) => cluster.links.probe(from, to)));
    return answers.every((answer) => answer === 'open');
  });
}
