/**
 * How fast processes run on virtual time: the examples in Python and JavaScript and the reference Raft as node
 * processes, three nodes, 100 operations per second for 30 virtual seconds. Virtual seconds per wall second, from the
 * start of the first node to the end of the last, CPU time of the whole command with all its processes (start, judging
 * and report included), and whether a second run was the same.
 * `npm run bench -- sim/virtual-time [seconds]`
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SECONDS = Number(process.argv[2] ?? 30);
const BIN = resolve('bin/faultline.js');
const MAELSTROM = [
  '--node-count',
  '3',
  '--rate',
  '100',
  '--concurrency',
  '2n',
  '--time-limit',
  String(SECONDS),
];
const RUN = ['--nodes', '3', '--rate', '100', '--time-limit', `${SECONDS}s`, '--nemesis', 'none'];

const CASES: readonly { name: string; words: readonly string[] }[] = [
  {
    name: 'python, set by gossip of threads',
    words: ['run', 'examples/maelstrom-python/faultline.yaml', ...RUN],
  },
  {
    name: 'python, lin-kv by a service',
    words: ['maelstrom', '--bin', 'examples/maelstrom/kv.py', ...MAELSTROM],
  },
  {
    name: 'node, broadcast by gossip',
    words: ['maelstrom', '-w', 'broadcast', '--bin', 'examples/maelstrom/gossip.mjs', ...MAELSTROM],
  },
  { name: 'node, reference raft', words: ['run', 'raft', '--backend', 'stdio', ...RUN] },
];

/** CPU time of all processes that were started and have ended, s. Linux only. */
function cpuOfChildren(): number {
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]!.split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** One run: how long it took between start and end of the cluster, its messages, and the hash of its history. */
function once(
  words: readonly string[],
  folder: string,
): { wallMs: number; cpuS: number; messages: number; hash: string } {
  const before = cpuOfChildren();
  const args = [BIN, ...words, '--virtual-time', '--seed', '7', '--out', folder];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0 && status !== 1 && status !== 3) throw new Error(stderr);
  const cpuS = cpuOfChildren() - before;
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return {
    cpuS,
    wallMs: JSON.parse(read('run.json')).durationMs,
    messages: read('messages.jsonl').split('\n').length - 3,
    hash: createHash('sha256').update(read('history.jsonl')).digest('hex').slice(0, 16),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
try {
  for (const { name, words } of CASES) {
    const [one, two] = ['a', 'b'].map((run) =>
      once(words, join(folder, `${name.replaceAll(/\W+/g, '-')}-${run}`)),
    );
    const best = Math.min(one!.wallMs, two!.wallMs);
    const same = one!.hash === two!.hash ? 'the same twice' : 'NOT the same twice';
    console.log(
      `${name}: ${((SECONDS * 1_000) / best).toFixed(1)} virtual s/s (${SECONDS} s in ${(best / 1e3).toFixed(2)} s), ` +
        `${Math.min(one!.cpuS, two!.cpuS).toFixed(2)} s of CPU in all, ${one!.messages} messages, ${((best * 1e3) / one!.messages).toFixed(0)} us each, ${one!.hash} ${same}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
