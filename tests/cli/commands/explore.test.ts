import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readRegression, runRegression } from '../../../search/regression.ts';
import { type Typed, typed } from '../typed.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-explore-'));
afterAll(() => rmSync(folder, { recursive: true }));

const type = (...words: string[]): Promise<Typed> => typed(folder, 'explore', ...words);

describe('faultline explore', () => {
  it('finds a planted bug and saves a case that shows it again', async () => {
    const { code, stdout } = await type('queue', '--bug', 'late-removal', '--first', '--max-runs', '200');
    expect(code).toBe(1);
    expect(stdout).toMatch(/✖ queue\/[\w-]+ {2}after \d+ runs/);
    const file = /case (\S+)/.exec(stdout)![1]!;
    expect(runRegression(readRegression(join(folder, file)))).toMatchObject({ verdict: 'fail', same: true });
  });

  it('finds nothing in a correct system, and says how often it looked', async () => {
    const { code, stdout } = await type('quorum', '--max-runs', '10', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ system: 'quorum', runs: 10, clean: 10, found: [] }]);
    expect(existsSync(join(folder, '.faultline', 'explore', 'quorum'))).toBe(false);
  });

  it.each([
    [['quorm'], 'quorum'],
    [['queue', '--bug', 'late-remova'], 'late-removal'],
    [['queue', '--strategy', 'denze'], 'dense'],
    [['queue', '--nemesis', 'kil'], 'kill'],
    [['queue', '--max-runs', 'many'], '--max-runs must be a whole number'],
  ])('names what is wrong with %s', async (words, hint) => {
    const { code, stderr } = await type(...words);
    expect(code).toBe(64);
    expect(stderr).toContain(hint);
  });
});
