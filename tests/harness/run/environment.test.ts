import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeEnvironment, underCi } from '../../../harness/run/environment.ts';

describe('environment', () => {
  it('describes the machine, and has no commit outside a repository', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'faultline-env-'));
    try {
      const environment = await describeEnvironment('1.2.3', folder);
      expect(environment).toMatchObject({ faultline: '1.2.3', node: process.version, commit: null });
      expect(environment.cpus).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('knows continuous integration by its variables', () => {
    expect(underCi({})).toBe(false);
    expect(underCi({ CI: 'false' })).toBe(false);
    expect(underCi({ CI: 'true' })).toBe(true);
  });
});
