/**
 * Measurements of real processes: what the theory says of a failover comes out, message for message.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Typed, typed } from '../typed.ts';

const folder = mkdtempSync(join(tmpdir(), 'measure-real-'));
afterAll(() => rmSync(folder, { recursive: true }));

const type = (...words: string[]): Promise<Typed> => typed(folder, 'measure', ...words);

describe('measure election', () => {
  it('counts the n(n-1) messages of a bully failover', async () => {
    const set = ['--set', 'failureTimeoutMs=900', '--set', 'answerTimeoutMs=500'];
    const { code, stdout } = await type('election', '--nodes', '3,4', '--times', '1', '--json', ...set);
    expect(code).toBe(0);
    const { system, elections, verdict } = JSON.parse(stdout);
    expect(system).toBe('bully');
    expect(verdict).toBe('unknown');
    expect(elections.filter((each: { after: string }) => each.after === 'death')).toMatchObject([
      { nodes: 3, messages: 6, types: { election: 3, ok: 1, coordinator: 2 } },
      { nodes: 4, messages: 12, types: { election: 6, ok: 3, coordinator: 3 } },
    ]);
  });
});

describe('measure detector', () => {
  it('times the detection of a dead leader', async () => {
    const words = ['--system', 'raft', '--nodes', '3', '--times', '1', '--time-limit', '500ms', '--json'];
    const { code, stdout } = await type('detector', ...words);
    expect(code).toBe(0);
    const [row] = JSON.parse(stdout).rows;
    expect(row).toMatchObject({ nodes: 3, undetected: 0, detectionMs: { count: 2 } });
    expect(row.detectionMs.p50).toBeGreaterThan(100);
    expect(row.watchedS).toBeGreaterThan(0.5);
  });
});

describe('measure', () => {
  it.each([
    [['election', '--system', 'maelstrom'], 'cannot be asked who leads'],
    [['election', '--expect', 'linaer'], 'one of any, linear'],
    [['election', '--set', 'heartbeat=1'], 'did you mean "heartbeatMs"'],
    [['election', '--times', 'x'], '--times takes a whole number'],
    [['detector', '--loss', '2'], '--loss is from 0 to 1'],
    [['detector', 'last'], 'takes no words'],
  ])('refuses %j', async (words, message) => {
    const { code, stderr } = await type(...words);
    expect(code).toBe(64);
    expect(stderr).toContain(message);
  });
});
