import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { show } from '../../../cli/commands/show.ts';
import type { Io } from '../../../cli/io.ts';
import { eachInvocation } from '../../../reports/derive/operations.ts';
import { bullyParts, endingParts, writeRunFolder } from '../../reports/fixtures.ts';

const COLUMNS = ['sent_order', 'end_order', 'sent_ns', 'end_ns', 'fate', 'from', 'src', 'dest', 'type'];

let cwd: string;
let out = '';
let err = '';

function io(): Io {
  [out, err] = ['', ''];
  const quiet = { write: () => undefined, columns: 100, isTTY: false };
  const saidOut = (text: string): void => {
    out += text;
  };
  const saidErr = (text: string): void => {
    err += text;
  };
  return {
    out: { ...quiet, write: saidOut },
    err: { ...quiet, write: saidErr },
    lost: () => null,
    env: {},
    cwd,
  };
}

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'faultline-show-'));
  const at = (...parts: string[]): string => join(cwd, '.faultline', ...parts);
  writeRunFolder(bullyParts(), at('bully', '20261101T000000.000Z-7'));
  writeRunFolder(endingParts('pass'), at('raft', '20261103T000000.000Z-8'));
  const rows: (string | number)[][] = [];
  // One election each half second, at 0, 0.5, ... 11 s.
  for (let i = 0; i < 23; i++) {
    const fate = i % 4 === 3 ? 'cut' : 'delivered';
    rows.push([
      2 * i,
      2 * i + 1,
      i * 0.5e9,
      i * 0.5e9 + 2e6,
      fate,
      'n1',
      'n1',
      `n${(i % 4) + 2}`,
      i === 8 ? '<evil>' : 'election',
    ]);
  }
  const head = JSON.stringify({ format: 'faultline-messages/1', columns: COLUMNS });
  const lines = [head, ...rows.map((row) => JSON.stringify(row))];
  writeFileSync(at('bully', '20261101T000000.000Z-7', 'messages.jsonl'), `${lines.join('\n')}\n`);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe('faultline show', () => {
  it('lists every operation of a run, or of a stretch, whole', async () => {
    expect(await show.run(io(), ['bully'], { ops: true })).toBe(0);
    const all = out.trimEnd().split('\n');
    let clients = 0;
    eachInvocation(bullyParts().history, () => clients++);
    expect(all).toHaveLength(clients);
    await show.run(io(), ['bully'], { ops: true, from: '2s', to: '2100ms' });
    const some = out.trimEnd().split('\n');
    expect(some.length).toBeGreaterThan(2);
    expect(all).toEqual(expect.arrayContaining(some));
    for (const said of some)
      expect(said).toMatch(
        /^ *\d+ {2}00:0[12]\.\d+ .* p\d+ {2}n\d .*command \d+ {2}(ok|failed|ambiguous|never answered)/,
      );
  });

  it('prints Markdown with sentence, witness and command', async () => {
    expect(await show.run(io(), ['bully'], { markdown: true })).toBe(0);
    expect(out).toContain('## FAIL');
    expect(out).toContain('n2 led in term 2');
    expect(out).toContain('faultline demo --seed 7');
  });

  it('prints who said each value, what somebody chose first; an earlier run does not know', async () => {
    const parts = endingParts('pass');
    const configuration = [
      { name: 'opTimeout', value: '5s', from: 'default' },
      { name: 'nodes', value: 3, from: 'file', at: 'kv.yaml:2' },
    ];
    const run = { ...(parts.run as object), configuration };
    writeRunFolder({ ...parts, run }, join(cwd, '.faultline', 'kv', '20261104T000000.000Z-9'));
    expect(await show.run(io(), ['kv'], { config: true })).toBe(0);
    expect(out).toBe('nodes      3  (kv.yaml:2)\nopTimeout  5s  (default)\n');
    await expect(show.run(io(), ['bully'], { config: true })).rejects.toThrow('does not say who said what');
  });

  it('draws the messages of the first finding to a file', async () => {
    expect(await show.run(io(), ['bully'], { svg: 'failure.svg' })).toBe(0);
    expect(out).toBe('failure.svg\n');
    expect(err).toMatch(/^finding 1, split-brain: \d+ messages drawn/);
    const svg = readFileSync(join(cwd, 'failure.svg'), 'utf8');
    expect(svg).toMatch(/^<svg xmlns/);
    // Names and kinds of messages are anybody's.
    expect(svg).toContain('&lt;evil&gt;');
    expect(svg).not.toContain('<evil>');
  });

  it('draws another stretch, as text too, with the timestamps of the whole run', async () => {
    await show.run(io(), ['bully'], { text: true, from: '10s', to: '11s' });
    expect(err).toMatch(/^00:10\.000 to 00:11\.000: 2 messages drawn/);
    // n1 had sent twenty before the first of these.
    expect(out).toContain('21 → ');
    await show.run(io(), ['bully'], { svg: '-', from: '10s', to: '11s' });
    expect(out).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
  });

  it.each([
    [['raft'], { svg: 'x.svg' }, /no journal of messages/],
    [['bully'], { svg: 'x.svg', finding: '9' }, /there is no finding 9, only 2/],
    [['bully'], { svg: 'x.svg', finding: 'one' }, /--finding takes a number/],
    [['bully'], { text: true, from: '3s', to: '2s' }, /--from must lie before --to/],
    [['bully'], { text: true, from: '3' }, /3 has no unit/],
  ] as const)('says what is wrong with %j %j', async (args, options, message) => {
    await expect(show.run(io(), [...args], { ...options })).rejects.toThrow(message);
  });
});
