/**
 * Shrinking on real processes: interrupted, gone on with, and a regression file that fails again.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { checkRegression, readRegression } from '../../search/regression.ts';
import { Workplace } from './cli.ts';

const place = new Workplace();
afterAll(() => place.remove());

describe('faultline shrink on a real cluster', () => {
  it('stops at kill -9, goes on from there, explains what is left, and that fails again', async () => {
    const run = await place.run(
      ...[
        'run',
        'lww',
        '--bug',
        'first-write-wins',
        '--backend',
        'stdio',
        '--nodes',
        '3',
        '--nemesis',
        'none',
      ],
      ...['--time-limit', '1s', '--rate', '60', '--settle', '2s', '--seed', '4', '--out', 'run'],
    );
    expect(run.code, run.stderr).toBe(1);

    const first = place.start('shrink', 'run', '--budget', '60s');
    await first.says('shrink     ');
    first.child.kill('SIGKILL');
    await first.done;
    const known = readFileSync(place.file('run', 'shrink', 'tries.jsonl'), 'utf8').split('\n').length - 1;
    expect(known).toBeGreaterThan(0);

    const second = await place.run('shrink', 'run', '--budget', '20s');
    expect(second.code, second.stderr).toBe(1);
    expect(second.stderr).toContain(`goes on: ${known} tries`);
    expect(second.stdout).toMatch(/^regression regressions\/lww-first-write-wins\.json {3}\(\d+ tries\)$/m);
    const path = place.file('regressions', 'lww-first-write-wins.json');
    const small = readRegression(path);
    expect(small.cluster).toMatchObject({ backend: 'stdio' });
    const start = JSON.parse(place.read('run', 'shrink', 'start.json'));
    expect(small.case.ops.length).toBeLessThan(start.scenario.case.ops.length);
    expect(small.seeds).toBeGreaterThanOrEqual(0);
    const page = place.read('regressions', 'lww-first-write-wins.md');
    expect(page).toContain('## Messages');
    expect(page).toMatch(/│[<─].*(read|write)/);
    expect(existsSync(place.file('regressions', 'lww-first-write-wins.svg'))).toBe(true);

    const again = await place.run('run', path);
    expect(again.code, again.stderr).toBe(1);
    expect(again.stderr).toContain('fails as recorded');
    await expect(Promise.resolve().then(() => checkRegression(path))).rejects.toThrow(/fails as recorded/);
  });

  it('says when the run does not show it again', async () => {
    const path = place.file('regressions', 'lww-first-write-wins.json');
    const small = JSON.parse(readFileSync(path, 'utf8'));
    small.case.bugs = [];
    small.seeds = 0;
    writeFileSync(place.file('fixed.json'), JSON.stringify(small));
    const fixed = await place.run('run', 'fixed.json');
    expect(fixed.code, fixed.stderr).toBe(0);
    expect(fixed.stderr).toContain('passes in 1 tries; it was recorded as');
  });
});
