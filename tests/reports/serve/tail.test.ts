import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sleep } from '../../../harness/time.ts';
import { follow } from '../../../reports/serve/tail.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-tail-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !holds(); tries++) await sleep(25);
  expect(holds()).toBe(true);
}

describe('following a file', () => {
  it('gives what is there, then what comes, whole lines only, until stopped', async () => {
    const path = join(dir, 'a');
    // More than one chunk, with characters of several bytes across its borders.
    const long = 'ü€😀'.repeat(20_000);
    writeFileSync(path, `one\n${long}\ntor`);
    const lines: string[] = [];
    const following = follow(
      path,
      (line) => lines.push(line),
      () => undefined,
    );
    expect(lines).toEqual(['one', long]);
    appendFileSync(path, 'n\nlast\n');
    await until(() => lines.length === 4);
    expect(lines.slice(2)).toEqual(['torn', 'last']);
    following.stop();
    appendFileSync(path, 'after\n');
    await sleep(600);
    expect(lines).toHaveLength(4);
  });

  it('waits for a file that is not there yet', async () => {
    const path = join(dir, 'b');
    const lines: string[] = [];
    let looks = 0;
    const following = follow(
      path,
      (line) => lines.push(line),
      () => looks++,
    );
    expect(looks).toBe(1);
    writeFileSync(path, 'came\n');
    await until(() => lines.length === 1);
    following.stop();
    expect(looks).toBeGreaterThan(1);
  });
});
