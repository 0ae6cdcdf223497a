/**
 * Runs whose processes are killed with SIGKILL, each at a random moment and one of them at random: the command, and on
 * netns what holds the sandbox, its first process, or the harness inside. Counts what is left after `faultline clean`:
 * processes, namespaces (told apart by run), mounts, loop devices, control groups, network devices, rules, containers,
 * temporary files. `npm run bench -- netns/leaks [runs] [seed] [network|disk|journal]`: faults of networks on netns; of disks
 * and resources, on stdio, tcp and netns in turn; or power on disks of ext4, likewise.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { processesWith, processInfo, processTree } from '../../harness/cluster/proc.ts';
import { runCommand } from '../../harness/cluster/processes.ts';
import { Seed } from '../../harness/random.ts';
import { monotonicNs, sleep } from '../../harness/time.ts';

const runs = Number(process.argv[2] ?? 50);
const rng = Seed.of(Number(process.argv[3] ?? 1))
  .fork('leaks')
  .rng();
const FAULTS = {
  network: 'partition,kill,pause,latency,clock',
  disk: 'disk:slow,disk:full,disk:error,power:loss,power:at-sync,damage:flip,cpu,memory,descriptors',
  journal: 'power:journal,cpu,memory,descriptors',
};
const kind = (process.argv[4] ?? 'network') as keyof typeof FAULTS;
const BACKENDS = kind === 'network' ? ['netns'] : ['stdio', 'tcp', 'netns'];
const BIN = resolve('bin/faultline.js');
const place = mkdtempSync(join(tmpdir(), 'leaks-'));
/** Longest wait for a run to begin. */
const STARTED_MS = 60_000;
const NAMESPACES = ['net', 'pid', 'mnt', 'user'];

interface Member {
  pid: number;
  startTicks: number;
}

const members = new Map<string, Member>();
/** Namespaces by the run that had them; the kernel gives numbers out again. */
const spaces = new Map<string, Set<number>>();

/** Namespaces of a process that are not those of this one. */
function namespacesOf(pid: number): string[] {
  return NAMESPACES.flatMap((kind) => {
    try {
      const link = readlinkSync(`/proc/${pid}/ns/${kind}`);
      return link === readlinkSync(`/proc/self/ns/${kind}`) ? [] : [link];
    } catch {
      return [];
    }
  });
}

const temporaries = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('faultline-'));
const mountLines = (): string[] => readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
/** The namespace that a mount keeps alive; null: it is of another kind. */
const spaceKept = (line: string): string | null => /\b(?:net|pid|mnt|user):\[\d+\]/.exec(line)?.[0] ?? null;
/** Mounts of namespaces that processes of the runs were in at that moment. */
const keepers = new Set<string>();
// Others may use this machine meanwhile, and this very program: only what is of the runs here counts. A namespace
// without a process lives on in a mount alone. Its number says little, for the kernel gives numbers out again, to
// containers of others for instance: a mount is ours when one of our processes was in that namespace while it was there.
const mounts = (): string[] => mountLines().filter((line) => line.includes(place) || keepers.has(line));
const devices = async (): Promise<string[]> =>
  (await runCommand('ip', ['-o', 'link'], { timeoutMs: 5_000 })).stdout
    .split('\n')
    .filter((line) => /\bfl\d+[pcb]\d*\b/.test(line));
const rules = async (): Promise<string[]> =>
  (await runCommand('nft', ['list', 'tables'], { timeoutMs: 5_000 })).stdout
    .split('\n')
    .filter((line) => /\bfl\d+b/.test(line));

/** Loop devices on files of this bench. */
const loops = async (): Promise<string[]> =>
  (await runCommand('losetup', ['-a'], { timeoutMs: 5_000 })).stdout
    .split('\n')
    .filter((line) => line.includes(place));
/** Control groups that bear our name. */
const groups = (): string[] =>
  existsSync('/sys/fs/cgroup')
    ? readdirSync('/sys/fs/cgroup', { recursive: true, encoding: 'utf8' }).filter((name) =>
        /faultline/.test(name),
      )
    : [];

/** Containers of ours at the engine of this machine; none where there is no engine. */
const containers = async (): Promise<string[]> =>
  (await runCommand('docker', ['ps', '-aq', '--filter', 'label=faultline.run'], { timeoutMs: 5_000 })).stdout
    .split('\n')
    .filter((line) => line !== '');
/** Clock ticks since boot, as the kernel counts when processes started. */
const ticks = (): number => Math.ceil(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 100);
/** What every process of the runs here has in its environment. */
const MARK = 'FAULTLINE_LEAKS';
/** A process that descends from a run here, whoever its parent is by now. */
function isOurs(pid: string): boolean {
  const startTicks = processInfo(Number(pid))?.startTicks;
  if (members.has(`${pid} ${startTicks}`)) return true;
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${MARK}=${place}`);
  } catch {
    return false;
  }
}

/**
 * Namespaces that a process of ours from before some moment lives in, or a mount keeps. The kernel gives the numbers of
 * those that are gone out again: another process may be in one of the same number, which is somebody else's.
 */
function inhabited(beforeTicks: number): Set<string> {
  const kept = mounts().flatMap((line) => spaceKept(line) ?? []);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const then = pids.filter(
    (pid) => (processInfo(Number(pid))?.startTicks ?? Infinity) <= beforeTicks && isOurs(pid),
  );
  return new Set([...kept, ...then.flatMap((pid) => namespacesOf(Number(pid)))]);
}

const look = async (): Promise<Record<string, string[]>> => ({
  mounts: mounts(),
  'loop devices': await loops(),
  'control groups': groups(),
  'network devices': await devices(),
  'tables of rules': await rules(),
  containers: await containers(),
});
const before = await look();
const stage = { starting: 0, running: 0 };
const left = { processes: 0, unclean: 0 };
const killed: Record<string, number> = {};
let spacesLeft = 0;
const began = monotonicNs();
for (let run = 0; run < runs; run++) await oneRun(run);
const after = await look();
const total = [...spaces.values()].reduce((sum, runs) => sum + runs.size, 0);
// Whoever was never seen in a tree is found by the mark.
for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOurs(name))) {
  const startTicks = processInfo(Number(pid))?.startTicks ?? 0;
  members.set(`${pid} ${startTicks}`, { pid: Number(pid), startTicks });
}
for (const { pid, startTicks } of members.values()) {
  const info = processInfo(pid);
  if (info !== null && info.startTicks === startTicks && info.state !== 'Z') left.processes++;
}
const kills = Object.entries(killed).map(([who, times]) => `${who} ${times}`);
const more = Object.fromEntries(
  Object.entries(after).map(([what, now]) => {
    const added = now.filter((line) => !(before[what] ?? []).includes(line));
    for (const line of added) process.stdout.write(`left: ${what}: ${line}\n`);
    return [what, added.length];
  }),
);
// What the number of a namespace alone would have made ours.
for (const line of mountLines()) {
  const space = spaceKept(line);
  if (space === null || !spaces.has(space) || keepers.has(line)) continue;
  process.stdout.write(`of others, with a number that a run had before: ${line}\n`);
}
process.stdout.write(
  [
    `${runs} runs killed in ${((monotonicNs() - began) / 1e9).toFixed(0)} s: ${kills.join(', ')}; ${stage.starting} before and ${stage.running} after the first entry in the ledger`,
    `they had ${members.size} processes in ${total} namespaces of their own`,
    `left: ${left.processes} processes, ${spacesLeft} namespaces, ${left.unclean} runs not clean or with files, ${Object.entries(
      more,
    )
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}`,
    '',
  ].join('\n'),
);
rmSync(place, { recursive: true });
process.exit(
  [left.processes, spacesLeft, left.unclean, ...Object.values(more)].every((count) => count === 0) ? 0 : 1,
);

/** Notes who belongs to a run, and what keeps the namespaces they are in. */
function see(run: number, tree: readonly Member[]): void {
  const now = new Set<string>();
  for (const { pid, startTicks } of tree) {
    members.set(`${pid} ${startTicks}`, { pid, startTicks });
    for (const space of namespacesOf(pid)) now.add(space);
  }
  for (const space of now) spaces.set(space, (spaces.get(space) ?? new Set()).add(run));
  for (const line of mountLines()) if (now.has(spaceKept(line) ?? '')) keepers.add(line);
}

async function oneRun(run: number): Promise<void> {
  const folder = join(place, String(run));
  const own = new Set(temporaries());
  const backend = BACKENDS[run % BACKENDS.length]!;
  const words = ['run', 'raft', '--backend', backend, '--nodes', '3', '--time-limit', '30s', '--out', folder];
  const faults = ['--nemesis', FAULTS[kind], '--interval', '500ms', '--duration', '1s'];
  const child = spawn(process.execPath, [BIN, ...words, ...faults], {
    cwd: place,
    stdio: 'ignore',
    env: { ...process.env, [MARK]: place },
  });
  const ended = new Promise((done) => child.once('close', done));
  const leader = { pid: child.pid!, startTicks: processInfo(child.pid!)?.startTicks ?? 0 };
  // One in five while it starts, the others within five seconds of the first entry in the ledger.
  const early = rng.chance(0.2);
  const moment = rng.float() * 5_000 * 1e6;
  let untilNs = monotonicNs() + (early ? moment : STARTED_MS * 1e6);
  let started = early;
  let tree = processTree(leader);
  while (monotonicNs() < untilNs) {
    if (!started && existsSync(join(folder, 'ledger.jsonl'))) {
      started = true;
      untilNs = monotonicNs() + moment;
    }
    tree = processTree(leader);
    see(run, tree);
    await sleep(20);
  }
  // The command, what started the sandbox, its first process, the harness inside: the first four of the tree, in order.
  // Without a sandbox the command is the harness.
  const target = backend === 'netns' ? (tree[Math.min(tree.length - 1, rng.int(0, 3))] ?? leader) : leader;
  const name = readComm(target.pid);
  killed[name] = (killed[name] ?? 0) + 1;
  stage[existsSync(join(folder, 'ledger.jsonl')) ? 'running' : 'starting']++;
  const killedAt = ticks();
  if (processInfo(target.pid)?.startTicks === target.startTicks) process.kill(target.pid, 'SIGKILL');
  await ended;
  for (let i = 0; i < 200 && processesWith('FAULTLINE_RUN', folder).length > 0; i++) await sleep(10);
  const mine = [...spaces].filter(([, runs]) => runs.has(run)).map(([space]) => space);
  for (let i = 0; i < 200 && mine.some((space) => inhabited(killedAt).has(space)); i++) await sleep(10);
  const cleaned = await runCommand(process.execPath, [BIN, 'clean', place], {
    timeoutMs: 30_000,
    cwd: place,
  });
  if (cleaned.exit.code !== 0) {
    left.unclean++;
    process.stdout.write(`run ${run}, ${name} killed: ${cleaned.stdout}${cleaned.stderr}\n`);
  }
  const still = inhabited(killedAt);
  spacesLeft += mine.filter((space) => still.has(space)).length;
  const files = temporaries().filter((file) => !own.has(file) && file.includes(String(child.pid)));
  left.unclean += files.length;
}

function readComm(pid: number): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words[0]!.endsWith('node') && pid !== process.pid ? 'node' : words[0]!;
  } catch {
    return 'gone';
  }
}
