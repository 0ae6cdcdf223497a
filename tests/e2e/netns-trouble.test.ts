/**
 * Machines that have not got what backend netns needs, and disks that fill up under a run: one clear error, exit 4,
 * everything undone, and what was journalled is kept and judged.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { tryWay } from '../../harness/sandbox/probe.ts';
import { missingFor } from '../kits/missing.ts';
import { notLinux, skipping } from '../kits/skipping.ts';
import { markedProcesses, Workplace } from './cli.ts';

const BIN = fileURLToPath(new URL('../../bin/faultline.js', import.meta.url));
const place = new Workplace();
afterAll(() => place.remove());

/** Runs a command here to its end. */
function started(
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; text: string }> {
  const child = spawn(file, args, {
    cwd: place.path,
    env: { ...process.env, NO_COLOR: '1', CI: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })));
}

/** A PATH with node and nothing else. */
function barePath(): string {
  const folder = place.file('bare');
  mkdirSync(folder, { recursive: true });
  symlinkSync(process.execPath, `${folder}/node`);
  return folder;
}

describe.skipIf(skipping('backend netns in trouble', notLinux))('backend netns', () => {
  const bare = barePath();

  it('says in one sentence what is missing, and what brings it', async () => {
    const words = ['run', 'raft', '--backend', 'netns', '--time-limit', '1s'];
    const { code, text } = await started(process.execPath, [BIN, ...words], { PATH: bare });
    expect(code, text).toBe(4);
    expect(text).toMatch(/backend netns does not work here: .*setpriv.*apt-get install util-linux/);
    expect(text).not.toMatch(/^\s+at .*\(/m);
  });

  it.skipIf(skipping('netns that gives way to tcp', missingFor('etcd')))(
    'gives way to tcp where it is not asked for, which the run says',
    async () => {
      const words = [
        'run',
        'etcd',
        '--nodes',
        '1',
        '--time-limit',
        '1s',
        '--nemesis',
        'kill',
        '--out',
        'etcd',
      ];
      const { text } = await started(process.execPath, [BIN, ...words], { PATH: bare });
      const run = JSON.parse(readFileSync(place.file('etcd', 'run.json'), 'utf8')) as Record<string, string>;
      expect(run['backend'], text).toBe('tcp');
      expect(run['backendBecause']).toMatch(/not netns: .*setpriv/);
    },
  );

  it('says what keeps a user without privileges from having namespaces', async (context) => {
    const obstacle = await tryWay('rootless');
    if (obstacle !== null) return context.skip(`no user namespaces here: ${obstacle}`);
    // A user who is not root, where nobody may have a user namespace: that is a property of the one around.
    const limited = 'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv';
    const bare = ['--bounding-set=-all', '--ambient-caps=-all', '--inh-caps=-all', '--'];
    const words = [...bare, process.execPath, BIN, 'run', 'raft', '--backend', 'netns', '--time-limit', '1s'];
    const { code, text } = await started('unshare', [
      ...['-U', '--map-user=1000', '--map-group=1000', '--keep-caps'],
      ...['sh', '-c', `${limited} "$@"`, 'sh', ...words],
    ]);
    expect(code, text).toBe(4);
    expect(text).toMatch(/backend netns does not work here: rootless: unshare.*: No space left on device/);
    expect(text).toMatch(/sysctl -w user.max_user_namespaces/);
    expect(text).not.toMatch(/^\s+at .*\(/m);
    expect(markedProcesses(place.path)).toEqual([]);
  });

  it('names the file that a full disk has no room for before anything is started', async (context) => {
    const obstacle = await tryWay('rootless');
    if (obstacle !== null) return context.skip(`no user namespaces here: ${obstacle}`);
    mkdirSync(place.file('full'));
    const run = `"${process.execPath}" "${BIN}" run raft --backend stdio --time-limit 1s --out full/run`;
    const script = `mount -t tmpfs -o size=64k tmpfs full && { head -c 65536 /dev/zero >full/fill; ${run}; }`;
    const { code, text } = await started('unshare', ['-Urm', 'sh', '-c', script]);
    expect(code, text).toBe(4);
    expect(text.replace(/\s+/g, ' ')).toMatch(
      /cannot write \S*full\/run\/\S+: ENOSPC: no space left on device/,
    );
    expect(text).toContain('  --out <folder> names another, on a disk with room\n');
    expect(text).not.toMatch(/^\s+at .*\(/m);
    expect(markedProcesses(place.path)).toEqual([]);
  });

  it('keeps and judges what it has when the disk is full, and undoes everything', async (context) => {
    const obstacle = await tryWay('rootless');
    if (obstacle !== null) return context.skip(`no user namespaces here: ${obstacle}`);
    const disk = place.file('disk');
    mkdirSync(disk);
    const run = `"${process.execPath}" "${BIN}" run raft --backend netns --nodes 3 --workload register --nemesis partition --time-limit 8s --rate 2000 --out disk/run`;
    // A disk of three megabytes, seen by this command alone.
    const script = `mount -t tmpfs -o size=3000k tmpfs disk && { ${run}; code=$?; cp disk/run/verdict.json disk/run/ledger.jsonl .; exit $code; }`;
    const { code, text } = await started('unshare', ['-Urm', 'sh', '-c', script]);
    expect(code, text).toBe(4);
    expect(text).toMatch(/cannot write the journal .*ENOSPC/);
    expect(text).not.toMatch(/^\s+at .*\(/m);
    const verdict = JSON.parse(readFileSync(place.file('verdict.json'), 'utf8')) as {
      verdict: string;
      checkers: Record<string, { verdict: string }>;
    };
    expect(verdict.verdict).toBe('broken');
    expect(verdict.checkers['linearizable']?.verdict).toBe('pass');
    expect(markedProcesses(place.path)).toEqual([]);
  });
});
