import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diff } from '../../../cli/commands/diff.ts';
import type { Io } from '../../../cli/io.ts';
import { bullyParts, endingParts, writeRunFolder } from '../../reports/fixtures.ts';

let cwd: string;
let out = '';
const io = (): Io => {
  const output = (write: (text: string) => void) => ({ write, columns: 100, isTTY: false });
  out = '';
  return {
    out: output((text) => {
      out += text;
    }),
    err: output(() => undefined),
    lost: () => null,
    env: {},
    cwd,
  };
};

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'faultline-diff-'));
  const at = (...parts: string[]): string => join(cwd, '.faultline', ...parts);
  writeRunFolder(bullyParts(), at('bully', '20261101T000000.000Z-7'));
  writeRunFolder(bullyParts(), at('bully', '20261102T000000.000Z-7'));
  writeRunFolder(endingParts('pass'), at('raft', '20261103T000000.000Z-8'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe('faultline diff', () => {
  it('prints what differs, and nothing of what does not', async () => {
    expect(await diff.run(io(), ['bully/20261101', 'raft/20261103'], {})).toBe(0);
    expect(out).toMatch(/^a {10}bully\/20261101T000000\.000Z-7\nb {10}raft\/20261103/);
    expect(out).toMatch(/\n {2}verdict +fail +pass\n/);
    expect(out).not.toMatch(/^= /m);
    expect(out).not.toContain('course');
  });

  it('prints the course of two runs of one plan, and all rows where they are asked for', async () => {
    expect(await diff.run(io(), ['bully/20261101', 'bully/20261102'], {})).toBe(0);
    expect(out).toContain('outcome: the same');
    expect(out).toMatch(/course: a before, b now\n {2}the same \d+ operations in the same order/);
    await diff.run(io(), ['bully/20261101', 'bully/20261102'], { all: true });
    expect(out).toMatch(/^= verdict +fail +fail$/m);
  });

  it('breaks long values over lines, so that what differs is never cut off', async () => {
    const parts = bullyParts();
    const verdict = parts.verdict as { checkers: Record<string, { anomalies: object[] }> };
    const [name, checker] = Object.entries(verdict.checkers)[0]!;
    const kinds = Array.from({ length: 12 }, (_, i) => `some-kind-of-anomaly-${i + 10}`);
    const anomalies = kinds.map((kind) => ({ ...checker.anomalies[0], kind, sentence: kind }));
    const checkers = { ...verdict.checkers, [name]: { ...checker, anomalies } };
    writeRunFolder(
      { ...parts, verdict: { ...verdict, checkers } as never },
      join(cwd, '.faultline', 'bully', '20261104T000000.000Z-7'),
    );
    await diff.run(io(), ['bully/20261101', 'bully/20261104'], {});
    for (const kind of kinds) expect(out).toContain(kind);
    expect(out).not.toContain('…');
  });

  it('ends as asked when outcomes differ', async () => {
    expect(await diff.run(io(), ['bully/20261101', 'raft/20261103'], { exitCode: true })).toBe(1);
    expect(await diff.run(io(), ['bully/20261101', 'bully/20261102'], { exitCode: true })).toBe(0);
  });

  it('gives everything as data', async () => {
    await diff.run(io(), ['bully/20261101', 'raft/20261103'], { json: true });
    const given = JSON.parse(out);
    expect(given).toMatchObject({ a: 'bully/20261101T000000.000Z-7', outcomeDiffers: true, course: [] });
    expect(given.parts).toHaveLength(5);
  });

  it('does not compare a run with itself', async () => {
    await expect(diff.run(io(), ['raft', 'raft/20261103'], {})).rejects.toThrow(
      'both of them are the run raft/20261103T000000.000Z-8',
    );
  });

  it('names the nearest run where there is none', async () => {
    await expect(diff.run(io(), ['bulli', 'raft'], {})).rejects.toThrow(/bulli/);
  });
});
