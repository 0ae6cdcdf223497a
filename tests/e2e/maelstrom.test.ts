/**
 * Programs that know nothing of faultline, in Python, JavaScript and C, run by the flags of Maelstrom: for each of
 * the ten workloads one that is right and one that is not.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { skipping } from '../kits/skipping.ts';
import { type CliResult, markedProcesses, Workplace } from './cli.ts';

const place = new Workplace();
const PROGRAMS = fileURLToPath(new URL('../../examples/maelstrom/', import.meta.url));
const REFERENCE = fileURLToPath(new URL('../../dist/systems/reference/main.js', import.meta.url));
const compiler = spawnSync('cc', ['--version']).status === 0;

beforeAll(() => {
  if (compiler) spawnSync('cc', ['-O2', '-o', place.file('ids'), join(PROGRAMS, 'ids.c')]);
});
afterAll(() => place.remove());

const SHORT = [
  ...['--node-count', '3', '--time-limit', '3', '--rate', '80', '--concurrency', '2n', '--seed', '3'],
  ...['--nemesis-interval', '500ms'],
];
const CONVERGES = ['broadcast', 'g-set', 'g-counter', 'pn-counter', 'kafka'];

/** `<workload> <program> [flags] [-- arguments]`. */
function run(line: string, quietly = '1'): Promise<CliResult> {
  const [flags = '', args = ''] = line.split(' -- ');
  const [workload = '', program = '', ...rest] = flags.split(' ');
  const bin = program === 'ids' ? './ids' : join(PROGRAMS, program);
  const quiet = CONVERGES.includes(workload) ? ['--quiet', quietly] : [];
  const own = args === '' ? [] : args.split(' ');
  return place.run('maelstrom', '-w', workload, '--bin', bin, ...SHORT, ...quiet, ...rest, ...own);
}

const inC = it.skipIf(
  skipping('a Maelstrom node in C', compiler ? null : 'not installed: apt-get install gcc libc6-dev'),
);

describe('programs that keep their promise pass', { concurrent: true }, () => {
  inC.each(['echo ids', 'unique-ids ids --nemesis kill'])('%s', (line) => passes(line));
  it.each([
    'broadcast gossip.mjs --nemesis partition --topology line --latency 10 --latency-dist exponential',
    'g-set gossip.mjs --nemesis partition',
    'g-counter gossip.mjs --nemesis loss,duplicate --time-limit 6 --rate 150 --nemesis-interval 1s -- steady counter',
    'pn-counter gossip.mjs --nemesis partition:one-way -- steady counter',
    'lin-kv kv.py --nemesis kill --latency 2',
    'kafka log.py --nemesis kill',
    'txn-list-append txn.py --nemesis pause --max-txn-length 3 --key-count 5',
    'txn-rw-register txn.py --nemesis kill --consistency-models serializable',
  ])('%s', (line) => passes(line));
});

describe('--log-net-send and --log-net-recv', () => {
  it('show messages with their bodies, those that were asked for', async () => {
    const sent = await run('lin-kv kv.py --log-net-send --out net');
    expect(sent.stderr).toMatch(
      /^\d+\.\d{6} s {2}send {2}c\d+ -> n\d {2}\{"type":"(read|write|cas)".*"msg_id":\d+\}$/m,
    );
    expect(sent.stderr).toMatch(/^\d+\.\d{6} s {2}send {2}n\d -> lin-kv {2}\{.*\}$/m);
    expect(sent.stderr).not.toMatch(/ s {2}recv {2}/);
    const shown = sent.stderr.split('\n').filter((line) => / s {2}send {2}/.test(line)).length;
    const journalled = place
      .read('net/messages.jsonl')
      .split('\n')
      .filter((line) => line.startsWith('['));
    expect(shown).toBe(journalled.length);
    const received = await run('lin-kv kv.py --log-net-recv');
    expect(received.stderr).toMatch(/ s {2}recv {2}lin-kv -> n\d {2}\{"type":"\w+","in_reply_to":\d+/);
    expect(received.stderr).not.toMatch(/ s {2}send {2}/);
  });
});

describe('programs that break it fail', { concurrent: true }, () => {
  inC.each([
    ['echo ids -- upper', 'wrong-echo'],
    ['unique-ids ids --nemesis kill -- count', 'duplicate-id'],
  ])('%s', (line, kind) => fails(line, kind));
  it.each([
    ['broadcast gossip.mjs --p-loss 0.3 --topology line -- once', 'lost-value'],
    ['g-set gossip.mjs --p-loss 0.3 -- once', 'lost-element'],
    ['g-counter gossip.mjs -- summing counter', 'counter-too-high'],
    ['pn-counter gossip.mjs -- summing counter', 'counter-too'],
    ['lin-kv kv.py -- cached', ''],
    ['lin-kv kv.py -- seq-kv', ''],
    ['lin-kv kv.py -- lww-kv', ''],
    // Nothing is stale and nothing is out of order: it forgot.
    ['lin-kv kv.py --nemesis kill@n0 -- memory', ''],
    ['kafka log.py -- counting', 'inconsistent-offset'],
    ['kafka log.py --time-limit 6 --rate 150 -- forgetful', 'lost-commit'],
    ['txn-list-append txn.py -- blind', ''],
    ['txn-rw-register txn.py -- blind', ''],
  ])('%s', (line, kind) => fails(line, kind));
});

async function passes(line: string): Promise<void> {
  // Time to converge on a machine that has other things to do.
  const result = await run(line, '10');
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toMatch(/messages +\d+\.\d\d an operation between servers/);
}

async function fails(line: string, kind: string): Promise<void> {
  const [flags = '', args] = line.split(' -- ');
  const result = await run(`${flags} --json${args === undefined ? '' : ` -- ${args}`}`);
  expect(result.code, result.stderr).toBe(1);
  const { checkers } = JSON.parse(result.stdout) as {
    checkers: Record<string, { anomalies: { kind: string }[] }>;
  };
  const kinds = Object.values(checkers).flatMap(({ anomalies }) => anomalies.map((anomaly) => anomaly.kind));
  expect(kinds.join(' ')).toContain(kind);
}

describe('faultline maelstrom', () => {
  it('runs our own reference systems, too', async () => {
    const words = ['-w', 'lin-kv', '--bin', 'node', ...SHORT, '--nemesis', 'partition'];
    const raft = await place.run('maelstrom', ...words, REFERENCE, 'raft', '--', '--seed', '7');
    expect(raft.code, raft.stderr).toBe(0);
    expect(raft.stderr).toMatch(/again +faultline maelstrom .*--seed 3 -- --seed 7/);
    const forgets = [...SHORT, '--nemesis', 'kill@all', REFERENCE, 'raft'];
    const lost = await place.run('maelstrom', '-w', 'lin-kv', '--bin', 'node', ...forgets);
    expect(lost.code, lost.stderr).toBe(1);
  });

  it('finds amnesia that Maelstrom’s own model does not', async () => {
    const line = 'lin-kv kv.py --nemesis kill@n0 --maelstrom-model -- memory';
    const [ours, theirs] = await Promise.all([run(line.replace(' --maelstrom-model', '')), run(line)]);
    expect(ours.code, ours.stderr).toBe(1);
    expect(theirs.code, theirs.stderr).toBe(0);
    const reads = readFileSync(join(folderOf(theirs), 'history.jsonl'), 'utf8');
    expect(reads).toContain('key-does-not-exist');
  });

  it('demands availability', async () => {
    const total = await run('lin-kv kv.py --nemesis kill --availability total');
    expect(total.code, total.stderr).toBe(1);
    expect(total.stderr).toContain('Every operation must be served');
    const some = await run('lin-kv kv.py --nemesis kill --availability 0.2');
    expect(some.code, some.stderr).toBe(0);
  });

  it('takes a command line of Maelstrom, shows standard error, and says what has no effect', async () => {
    writeFileSync(
      place.file('node.sh'),
      `#!/bin/sh\necho awake >&2\nexec ${join(PROGRAMS, 'gossip.mjs')}\n`,
      {
        mode: 0o755,
      },
    );
    const words =
      'test -w g-set --bin node.sh --node-count 1 --time-limit 2 --rate 20 --quiet 0 --log-stderr';
    const result = await place.run('maelstrom', ...words.split(' '), '--no-ssh', '--max-txn-length', '3');
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toContain('n0  awake');
    expect(result.stderr).toContain('--no-ssh has no effect');
    expect(result.stderr).toContain('--max-txn-length has no effect: the workload g-set');
    expect(markedProcesses(place.path)).toEqual([]);
  });

  it('fails for a node that ends by itself, unless that is allowed', async () => {
    // In the middle of the load, whenever that is: after so many messages.
    const program = `#!/bin/sh\n(sed -u 40q; kill $$) | ${join(PROGRAMS, 'gossip.mjs')}\n`;
    writeFileSync(place.file('dies.sh'), program, { mode: 0o755 });
    const words = '-w g-set --bin dies.sh --node-count 1 --time-limit 2 --rate 50 --quiet 0'.split(' ');
    const [died, allowed] = await Promise.all([
      place.run('maelstrom', ...words),
      place.run('maelstrom', ...words, '--allow-crashes', '--json'),
    ]);
    expect(died.code, died.stderr).toBe(1);
    expect(died.stderr).toMatch(/crashes +✖ fail/);
    expect(Object.keys((JSON.parse(allowed.stdout) as { checkers: object }).checkers)).not.toContain(
      'crashes',
    );
  });

  it('runs again and again until one does not pass', async () => {
    const words = '-w g-set --node-count 1 --time-limit 1 --rate 30 --quiet 0 --test-count 2 --seed 5';
    const result = await place.run('maelstrom', ...words.split(' '), '--bin', join(PROGRAMS, 'gossip.mjs'));
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toContain('2 of 2, seed 6');
  });

  it.each([
    [['-w', 'lin-vk', '--bin', 'node'], 'did you mean "lin-kv"?'],
    [['-w', 'echo'], '--bin is missing'],
    [['-w', 'echo', '--bin', './nothing'], 'there is no program ./nothing'],
    [['-w', 'echo', '--bin', 'bad/nothing'], 'there is no folder bad'],
    [['-w', 'echo', '--bin', 'node', '--node-count', '0'], '--node-count takes a whole number'],
    [['-w', 'echo', '--bin', 'node', '--rate', 'fast'], '--rate takes a number'],
    [['-w', 'echo', '--bin', 'node', '--latency-dist', 'unifrom'], 'did you mean "uniform"?'],
    [['-w', 'echo', '--bin', 'node', '--topology', 'gird'], 'did you mean "grid"?'],
    [['-w', 'echo', '--bin', 'node', '--nemesis', 'partion'], 'did you mean "partition"?'],
    [['-w', 'echo', '--bin', 'node', '--availability', 'totle'], 'did you mean "total"?'],
    [['-w', 'echo', '--bin', 'node', '--availability', '99'], 'share from 0 to 1'],
    [
      ['-w', 'txn-list-append', '--bin', 'node', '--consistency-models', 'seriaizable'],
      'did you mean "serializable"?',
    ],
    [
      [
        '-w',
        'txn-list-append',
        '--bin',
        'node',
        '--consistency-models',
        'repeatable-read,snapshot-isolation',
      ],
      'implies the others',
    ],
    [['-w', 'echo', '--bin', 'node', '--time-limt', '3'], 'Did you mean --time-limit?'],
    [['-w', 'echo', '--bin', 'node', '--concurrency', 'n'], '--concurrency'],
    [['-w', 'echo', '--bin', 'node', '--p-loss', '2'], 'from 0 to 1'],
    [['-w', 'echo', '--bin', 'node', '--nodes', 'c1,n1', '--time-limit', '1'], '"c1" cannot name a node'],
    [['serve'], 'not done here'],
  ])('refuses %j', async (words, hint) => {
    const before = existsSync(place.file('.faultline')) ? foldersOf().length : 0;
    const result = await place.run('maelstrom', ...words);
    expect(result.stderr).toContain(hint);
    expect(result.stderr).not.toMatch(/^\s+at /m);
    expect(result.code, result.stderr).toBe(64);
    expect(existsSync(place.file('.faultline')) ? foldersOf().length : 0).toBe(before);
  });
});

/** The folder a run says it writes to: of runs side by side the newest may be any. */
function folderOf({ stderr }: CliResult): string {
  const folder = /^out +(.+)$/m.exec(stderr)?.[1];
  if (folder === undefined) throw new Error(`names no folder:\n${stderr}`);
  return folder;
}

/** Run folders, oldest first, relative to the workplace. */
function foldersOf(): string[] {
  const store = place.file('.faultline');
  return readdirSync(store).flatMap((one) =>
    readdirSync(join(store, one))
      .filter((id) => /^\d{8}T/.test(id))
      .sort()
      .map((id) => join('.faultline', one, id)),
  );
}
