/**
 * `faultline suite`: what is expected is said, and held against what comes out.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ownSuites } from '../../../cli/suites.ts';
import { systems } from '../../../systems/index.ts';
import { typed } from '../typed.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-suites-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function suite(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout: out, stderr: err } = await typed(folder, 'suite', ...words);
  return { code, out, err };
}

const RAFT = `system: raft
backend: sim
workload: register
nemesis: partition:isolate-leader
timeLimit: 10s
rate: 100
seed: 3
`;

describe('suites that come with faultline', () => {
  const own = ownSuites();

  it('are of registered systems, and each says what it expects and why', async () => {
    expect(own.length).toBeGreaterThan(0);
    const { code, out } = await suite('--list', '--json');
    expect(code).toBe(0);
    const listed = JSON.parse(out) as { name: string; expect: string; foundBy?: string; because: string }[];
    expect(listed.map(({ name }) => name)).toEqual(own.map(({ name }) => name));
    for (const { name, expect: expected, foundBy, because } of listed) {
      expect(Object.keys(systems)).toContain(name.split('/')[0]);
      expect(because, name).not.toBe('');
      if (expected === 'fail') expect(foundBy, `${name} says who finds it`).toBeDefined();
    }
  });

  it('are chosen by system or by name', async () => {
    const { out } = await suite('--list', 'etcd/stale-reads');
    expect(out).toMatch(/^etcd\/stale-reads {2}is expected to fail \(linearizable\): /);
    const { out: all } = await suite('--list', 'etcd');
    expect(all.trim().split('\n').length).toBe(own.filter(({ name }) => name.startsWith('etcd/')).length);
  });

  it('are told from what does not exist', async () => {
    expect(await suite('etdc')).toMatchObject({ code: 64, err: expect.stringContaining('etcd') as string });
  });
});

describe('a suite', () => {
  it('is met or not, and all have to be', async () => {
    const because = 'because: majorities agree\n';
    writeFileSync(join(folder, 'right.yaml'), `expect: pass\n${because}${RAFT}`);
    writeFileSync(join(folder, 'wrong.yaml'), `expect: fail\n${because}${RAFT}`);
    const right = await suite('right.yaml');
    expect(right, right.err).toMatchObject({ code: 0 });
    expect(right.out).toMatch(/^right\.yaml {2}as expected, pass \(.+ s, seed 3\): majorities agree/);
    const both = await suite('right.yaml', 'wrong.yaml', '--json', '--seed', '4');
    expect(both.code).toBe(1);
    const results = JSON.parse(both.out) as { name: string; met: boolean; verdict: string; seed: number }[];
    expect(results).toMatchObject([
      { name: 'right.yaml', met: true, verdict: 'pass', seed: 4 },
      { name: 'wrong.yaml', met: false, verdict: 'pass', seed: 4 },
    ]);
  });

  it('is met by a failure only if the checker it names has found it', async () => {
    const failing = `expect: fail\nbecause: votes are forgotten\nbugs: [stale-read]\n${RAFT}`;
    writeFileSync(join(folder, 'found.yaml'), `foundBy: linearizable\n${failing}`);
    writeFileSync(join(folder, 'by-others.yaml'), `foundBy: set-full\n${failing}`);
    expect((await suite('found.yaml')).code).toBe(0);
    expect((await suite('by-others.yaml')).code).toBe(1);
  });

  it('must say what it expects', async () => {
    writeFileSync(join(folder, 'silent.yaml'), RAFT);
    const { code, err } = await suite('silent.yaml');
    expect(code).toBe(64);
    expect(err).toContain('add expect: pass or expect: fail');
  });
});
