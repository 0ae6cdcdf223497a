import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../cli/commands/index.ts';
import { runProgram } from '../../../cli/program.ts';
import { readRegression, writeRegression } from '../../../search/regression.ts';
import { carryOut } from '../../../search/scenario.ts';
import { staleReads } from '../../search/scenarios.ts';
import { capturedIo } from '../captured-io.ts';
import { type Typed, typed } from '../typed.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-shrink-'));
afterAll(() => rmSync(folder, { recursive: true }));

const type = (...words: string[]): Promise<Typed> => typed(folder, ...words);

/** A case that fails, with all that is too much in it. */
function writeLarge(file: string): void {
  for (let seed = 54; ; seed++) {
    const scenario = staleReads(seed);
    const finding = carryOut(scenario, scenario.case).findings[0];
    if (finding === undefined) continue;
    const { checker, kind, anomaly } = finding;
    const expected = { verdict: 'fail', checker, kind, sentence: anomaly.sentence } as const;
    writeRegression(join(folder, file), {
      regression: 1,
      name: 'large',
      expect: expected,
      seeds: 0,
      ...scenario,
    });
    return;
  }
}

describe('faultline shrink', () => {
  it('has what it has reached in its file at every step, whatever ends it', async () => {
    writeLarge('ended.json');
    let steps = 0;
    const io = capturedIo(folder);
    const err = {
      ...io.err,
      write(said: string) {
        if (said.startsWith('shrink') && steps < 3 && ++steps === 3) throw new Error('ended here');
      },
    };
    const ended = runProgram(COMMANDS, '1.2.3', ['shrink', 'ended.json', '--out', 'half.json'], {
      ...io,
      err,
    });
    await ended.catch(() => null);
    expect(steps).toBe(3);
    const [before, half] = ['ended.json', 'half.json'].map((file) => readRegression(join(folder, file)));
    expect(half!.case.ops.length).toBeLessThan(before!.case.ops.length);
    const { findings } = carryOut(half!, half!.case);
    expect(findings).toContainEqual(expect.objectContaining({ kind: before!.expect.kind }));
  });

  it('reduces a case, writes what is left, and what it wrote runs, passes once fixed, and can be reduced again', async () => {
    writeLarge('large.json');
    const { code, stdout, stderr } = await type('shrink', 'large.json', '--out', 'small.json');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^shrink {5}\d+ faults?, \d+ operations?.* time cut, \d+ runs/m);
    expect(stdout).toContain('✖ linearizable: stale-read');
    expect(stdout).toMatch(/^regression small\.json$/m);
    expect(stdout).toMatch(/unavoidable|never certain/);
    const small = readRegression(join(folder, 'small.json'));
    expect(small.case.ops.length).toBeLessThanOrEqual(6);

    const again = await type('run', 'small.json');
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('fails as recorded: linearizable, stale-read');

    // So does its folder, byte for byte.
    const replayed = await type('replay', 'raft-stale-read');
    expect(replayed.code).toBe(1);
    expect(replayed.stdout).toContain('✖ linearizable: stale-read');
    expect(replayed.stderr).toMatch(/history hash [0-9a-f]{16}: the same \d+ operations as before, byte for/);
    const part = await type('replay', 'raft-stale-read', '--until', '2s', '--print-events');
    expect(part.stderr).toMatch(/the same until 2s: \d+ operations, byte for byte/);
    expect(part.stdout).toMatch(/^ +\d+\.\d{3} ms {2}n\d sends \w+ to n\d$/m);

    // The folder of a short run carries its case.
    const folderAgain = await type(
      'shrink',
      'raft-stale-read',
      '--json',
      '--no-curve',
      '--out',
      'again.json',
    );
    expect(folderAgain.code).toBe(1);
    const said = JSON.parse(folderAgain.stdout);
    expect(said).toMatchObject({ verdict: 'fail', file: 'again.json', curve: null });
    expect(said.regression.case.ops.length).toBeLessThanOrEqual(small.case.ops.length);
    expect(JSON.parse(readFileSync(join(folder, 'again.json'), 'utf8')).expect.kind).toBe('stale-read');

    writeRegression(join(folder, 'fixed.json'), { ...small, case: { ...small.case, bugs: [] } });
    const fixed = await type('run', 'fixed.json', '--json');
    expect(fixed.code).toBe(0);
    expect(JSON.parse(fixed.stdout).verdict).toBe('pass');
  });

  it('says what cannot be reduced', async () => {
    writeFileSync(join(folder, 'broken.json'), '{"regression": 1}');
    const broken = await type('run', 'broken.json');
    expect(broken.code).toBe(64);
    expect(broken.stderr).toContain('broken.json');
    expect((await type('shrink', 'nothing')).stderr).toContain('there is no run "nothing"');
    expect((await type('shrink', 'large.json', '--reseeds', 'many')).stderr).toContain(
      '--reseeds must be a whole number',
    );
  });
});
