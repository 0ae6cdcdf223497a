import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findCrashLines } from '../../../harness/run/crash-lines.ts';

const logs = mkdtempSync(join(tmpdir(), 'faultline-logs-'));
afterAll(() => rmSync(logs, { recursive: true }));
mkdirSync(join(logs, 'n1'));
writeFileSync(
  join(logs, 'n1', 'stderr.log'),
  `fine\npanic: index out of range\n${'panic: again\n'.repeat(200)}`,
);

describe('findCrashLines', () => {
  it('finds matching lines with node and line number, and stops at a bound', async () => {
    const found = await findCrashLines(logs, ['n1', 'n2'], ['^panic:']);
    expect(found[0]).toEqual({ node: 'n1', line: 2, text: 'panic: index out of range' });
    expect(found).toHaveLength(100);
  });

  it('finds nothing without patterns, and refuses what is no pattern', async () => {
    expect(await findCrashLines(logs, ['n1'], [])).toEqual([]);
    await expect(findCrashLines(logs, ['n1'], ['('])).rejects.toThrow('is not a regular expression');
  });
});
