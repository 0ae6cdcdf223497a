/**
 * What the netns backend costs: five nodes up and down, a partition of five nodes installed and healed, and bytes per
 * second between two nodes over the switch and over the kernel's own bridge.
 * `npm run bench -- netns/figures [seconds per transfer]`; needs iperf3 for the last one.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { detectClockSupport } from '../../harness/cluster/clock/clock-support.ts';
import { createClocks } from '../../harness/cluster/clock/clocks.ts';
import type { NodeNetwork } from '../../harness/cluster/netns/node-network.ts';
import { runCommand } from '../../harness/cluster/processes.ts';
import { Seed } from '../../harness/random.ts';
import { insideSandbox } from '../../harness/sandbox/command.ts';
import { lendSandbox } from '../../harness/sandbox/enter.ts';
import { findSandbox } from '../../harness/sandbox/probe.ts';
import { monotonicNs, sleep } from '../../harness/time.ts';

// As built, and not bundled into this bench: the source of the switch lies beside them.
const built = (file: string): Promise<object> =>
  import(pathToFileURL(resolve(`dist/harness/cluster/netns/${file}.js`)).href);
const { createNetnsCluster } = (await built(
  'netns-cluster',
)) as typeof import('../../harness/cluster/netns/netns-cluster.ts');
const networks = (await built(
  'node-network',
)) as typeof import('../../harness/cluster/netns/node-network.ts');
const { SwitchLinks } = (await built(
  'switch-links',
)) as typeof import('../../harness/cluster/netns/switch-links.ts');

/** What each node writes every few milliseconds: its clock beside a time that no fault touches. */
const WATCHES = `import time
while True:
  print(time.time_ns() - time.monotonic_ns(), flush=True)
  time.sleep(0.002)`;
const reals = new Map<string, number>();
const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const since = (ns: number): number => (monotonicNs() - ns) / 1e6;
const at = (values: number[], share: number): number =>
  values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;

if (!insideSandbox()) {
  const support = await findSandbox();
  if ('reason' in support) throw new Error(support.reason);
  process.exit(await lendSandbox(support.way, [process.execPath, ...process.argv.slice(1)]));
}
const load = loadavg().map((n) => n.toFixed(1));
say(`${cpus().length} processors, load ${load.join(' ')}`);
const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
await clusters('switch');
await clusters('bridge');
await clocks();
await transfers(Number(process.argv[2] ?? 3));
rmSync(folder, { recursive: true });

async function clusters(joinedBy: 'switch' | 'bridge'): Promise<void> {
  const ups: number[] = [];
  const downs: number[] = [];
  const sets: number[] = [];
  const heals: number[] = [];
  const seen: number[] = [];
  for (let round = 0; round < 5; round++) {
    const cluster = createNetnsCluster(
      {
        runId: folder,
        nodes: NODES,
        seed: Seed.of(1),
        program: () => ({ file: 'sleep', args: ['1000'] }),
        // 100 ms of life: the rest is the network and the processes.
        ready: { kind: 'none' },
        logsDir: join(folder, 'logs'),
        dataDir: join(folder, 'data'),
      },
      joinedBy,
    );
    let began = monotonicNs();
    await cluster.up(new AbortController().signal);
    ups.push(since(began) - 100);
    const sides = (node: string): boolean => node === 'n1' || node === 'n2';
    const cut = NODES.flatMap((from) =>
      NODES.filter((to) => sides(from) !== sides(to)).map((to) => ({ from, to })),
    );
    for (let i = 0; i < 10; i++) {
      began = monotonicNs();
      cluster.links.set(
        'p',
        cut.map((link) => ({ ...link, rule: { cut: true } })),
      );
      sets.push(since(began));
      began = monotonicNs();
      cluster.links.clear('p');
      heals.push(since(began));
      // Until a frame has come through again, from device to device.
      if ((await cluster.links.probe('n1', 'n3')) !== 'open') throw new Error('the healed link is not open');
      seen.push(since(began));
    }
    began = monotonicNs();
    const problems = await cluster.down();
    if (problems.length > 0) throw new Error(problems.join('; '));
    downs.push(since(began));
  }
  say(`joined by the ${joinedBy}:`);
  say(
    `five nodes up     p50 ${at(ups, 0.5).toFixed(0)} ms, worst ${at(ups, 1).toFixed(0)} ms of ${ups.length}`,
  );
  say(`five nodes down   p50 ${at(downs, 0.5).toFixed(0)} ms, worst ${at(downs, 1).toFixed(0)} ms`);
  say(
    `12 links cut      p50 ${at(sets, 0.5).toFixed(2)} ms, worst ${at(sets, 1).toFixed(2)} ms of ${sets.length}`,
  );
  say(`12 links healed   p50 ${at(heals, 0.5).toFixed(2)} ms, worst ${at(heals, 1).toFixed(2)} ms`);
  say(`healed, and seen  p50 ${at(seen, 0.5).toFixed(2)} ms, worst ${at(seen, 1).toFixed(2)} ms`);
}

async function clocks(): Promise<void> {
  const support = await detectClockSupport();
  const logsDir = join(folder, 'clock-logs');
  const cluster = createNetnsCluster({
    runId: folder,
    nodes: NODES,
    seed: Seed.of(1),
    program: () => ({ file: 'python3', args: ['-c', WATCHES] }),
    ready: { kind: 'none' },
    logsDir,
    dataDir: join(folder, 'clock-data'),
    clocks: createClocks(support),
  });
  await cluster.up(new AbortController().signal);
  // The median of a few: a process may be put aside between its two readings.
  const shown = async (node: string): Promise<number> => {
    const path = join(logsDir, node, 'stdout.log');
    const from = statSync(path).size;
    while (statSync(path).size < from + 200) await sleep(2);
    const lines = readFileSync(path, 'utf8').slice(from).split('\n').slice(1, -1);
    return at(lines.map(Number), 0.5);
  };
  const aheads: number[] = [];
  const firsts: number[] = [];
  const changes: number[] = [];
  const confirmed: number[] = [];
  const errors: number[] = [];
  for (let round = 0; round < 10; round++) {
    for (const node of NODES) {
      const offsetNs = (round % 2 === 0 ? 1 : -1) * (round + 1) * 1_000_000_000;
      const real = round === 0 ? await shown(node) : (reals.get(node) ?? 0);
      reals.set(node, real);
      const began = monotonicNs();
      const { measures } = await cluster.clocks.set(node, { offsetNs });
      (round === 0 ? firsts : changes).push(Number(measures['writtenMs']));
      confirmed.push(since(began));
      if (round === 0) aheads.push(Number(measures['attachedAheadMs']));
      errors.push(Math.abs((await shown(node)) - real - offsetNs) / 1e6);
    }
  }
  const problems = await cluster.down();
  if (problems.length > 0) throw new Error(problems.join('; '));
  say(`clocks by ${cluster.clocks.mechanism}:`);
  say(`attached ahead    p50 ${at(aheads, 0.5).toFixed(2)} ms, worst ${at(aheads, 1).toFixed(2)} ms`);
  say(`first change      p50 ${at(firsts, 0.5).toFixed(2)} ms, worst ${at(firsts, 1).toFixed(2)} ms`);
  say(
    `clock changed     p50 ${at(changes, 0.5).toFixed(2)} ms, worst ${at(changes, 1).toFixed(2)} ms of ${changes.length}`,
  );
  say(
    `changed, and seen p50 ${at(confirmed, 0.5).toFixed(2)} ms, worst ${at(confirmed, 1).toFixed(2)} ms, in all processes`,
  );
  say(`read back, wrong  p50 ${at(errors, 0.5).toFixed(3)} ms, worst ${at(errors, 1).toFixed(3)} ms`);
}

async function transfers(seconds: number): Promise<void> {
  const network = new networks.NodeNetwork(NODES.slice(0, 2));
  await network.open();
  const ip = async (words: string): Promise<void> => {
    const { exit, stderr } = await runCommand('ip', words.split(' '), { timeoutMs: 5_000 });
    if (exit.code !== 0) throw new Error(`ip ${words}: ${stderr}`);
  };
  const bySwitch: number[] = [];
  const byBridge: number[] = [];
  for (let round = 0; round < 3; round++) {
    await ip('link add br0 type bridge stp_state 0 forward_delay 0');
    for (const port of [0, 1]) await ip(`link set ${network.device(port)} master br0`);
    await ip('link set br0 up');
    byBridge.push(await transfer(network, seconds));
    await ip('link del br0');
    const links = new SwitchLinks({ nodes: NODES.slice(0, 2), network, seed: 1n, folder });
    await links.open();
    bySwitch.push(await transfer(network, seconds));
    const problems = await links.close();
    if (problems.length > 0) throw new Error(problems.join('; '));
  }
  await network.close();
  const [ours, kernels] = [at(bySwitch, 0.5), at(byBridge, 0.5)];
  const all = (rates: number[]): string => rates.map((rate) => rate.toFixed(0)).join(' ');
  say(`kernel bridge     ${kernels.toFixed(0)} MB/s (${all(byBridge)})`);
  say(
    `switch            ${ours.toFixed(0)} MB/s (${all(bySwitch)}), ${((100 * ours) / kernels).toFixed(0)} % of it`,
  );
}

/** MB/s of one TCP connection from the second node to the first. */
async function transfer(network: NodeNetwork, seconds: number): Promise<number> {
  const [server, ...serverWords] = network.wordsIn('n1', 'iperf3', ['-s', '-1']);
  const listening = runCommand(server, serverWords, { timeoutMs: (seconds + 10) * 1e3 });
  await sleep(300);
  const words = network.wordsIn('n2', 'iperf3', ['-c', network.address('n1'), '-t', String(seconds), '-J']);
  const { stdout } = await runCommand(words[0], words.slice(1), { timeoutMs: (seconds + 10) * 1e3 });
  await listening;
  const result = JSON.parse(stdout) as { error?: string; end: { sum_received: { bits_per_second: number } } };
  if (result.error !== undefined) throw new Error(`iperf3: ${result.error}`);
  return result.end.sum_received.bits_per_second / 8e6;
}
