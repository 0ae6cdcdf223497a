import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../../cli/commands/runs.ts';
import type { Io } from '../../../cli/io.ts';
import { bullyParts, endingParts, writeRunFolder } from '../../reports/fixtures.ts';

let cwd: string;
let out = '';

function io(columns = 100, folder = cwd): Io {
  out = '';
  const quiet = { write: () => undefined, columns, isTTY: false };
  const said = (text: string): void => {
    out += text;
  };
  return { out: { ...quiet, write: said }, err: quiet, lost: () => null, env: {}, cwd: folder };
}

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'faultline-runs-'));
  const at = (...parts: string[]): string => join(cwd, '.faultline', ...parts);
  writeRunFolder(bullyParts(), at('bully', '20261101T000000.000Z-7'));
  writeRunFolder(endingParts('pass'), at('raft', '20261103T000000.000Z-8'));
  writeRunFolder(endingParts('unknown'), at('raft', '20261104T000000.000Z-9'));
  // Killed: nobody judged it.
  writeRunFolder(endingParts('pass'), at('raft', '20261105T000000.000Z-10'));
  rmSync(at('raft', '20261105T000000.000Z-10', 'verdict.json'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** Ids in the order they are printed. */
function ids(): string[] {
  return [...out.matchAll(/(bully|raft)\/\S+/g)].map(([id]) => id);
}

describe('faultline runs', () => {
  it('lists the newest first, and says why those did not pass that did not', async () => {
    expect(await runs.run(io(), [], {})).toBe(0);
    expect(ids()).toEqual([
      'raft/20261105T000000.000Z-10',
      'raft/20261104T000000.000Z-9',
      'raft/20261103T000000.000Z-8',
      'bully/20261101T000000.000Z-7',
    ]);
    expect(out).toMatch(/^· no verdict raft/);
    expect(out).toMatch(/\n✓ pass {7}raft\/20261103.*\n✖ fail {7}bully.*\n {13}\S.* led /);
  });

  it('keeps to the width of the terminal, in ASCII where it is asked to', async () => {
    await runs.run(io(60), [], { ascii: true });
    expect(Math.max(...out.split('\n').map((row) => row.length))).toBe(60);
    expect(out).toMatch(/^[\n -~]*$/);
  });

  it('takes a name, verdicts and a limit, and says how many more there are', async () => {
    await runs.run(io(), ['raft'], { verdict: ['pass,unknown'] });
    expect(ids()).toEqual(['raft/20261104T000000.000Z-9', 'raft/20261103T000000.000Z-8']);
    await runs.run(io(), [], { limit: '1' });
    expect(ids()).toHaveLength(1);
    expect(out).toContain('and 3 older: --limit 4');
    await runs.run(io(), ['bully'], { verdict: ['pass'] });
    expect(out).toBe('none of 1 is pass\n');
  });

  it('gives rows as data', async () => {
    await runs.run(io(), ['bully'], { json: true });
    expect(JSON.parse(out)).toMatchObject([
      { id: 'bully/20261101T000000.000Z-7', standing: 'fail', seed: 7 },
    ]);
  });

  it('names what there is where nothing is found', async () => {
    await expect(runs.run(io(), ['rafd'], {})).rejects.toMatchObject({
      message: 'there are no runs of "rafd"',
      hint: expect.stringContaining('did you mean "raft"?'),
    });
    await expect(runs.run(io(), [], { verdict: ['failed'] })).rejects.toMatchObject({
      message: 'there is no verdict "failed"',
      hint: expect.stringContaining('did you mean "fail"?'),
    });
    await expect(runs.run(io(), [], { limit: '0' })).rejects.toThrow('--limit must be a whole number');
    const empty = mkdtempSync(join(tmpdir(), 'faultline-no-runs-'));
    await expect(runs.run(io(100, empty), [], {})).rejects.toThrow(/^there are no runs in /);
    rmSync(empty, { recursive: true });
  });
});
