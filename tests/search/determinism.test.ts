/**
 * The same seeds give the same runs in this process, in another, in one whose compiler is off and in one that
 * moves objects all the time.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../bench/sim/digest.ts';
import { correctTerrain, explore, searchableSystems } from '../../search/explore.ts';

let folder: string;

beforeAll(() => {
  // Inside the project, where packages are found.
  folder = mkdtempSync(join('node_modules', '.determinism-'));
  buildSync({
    entryPoints: ['bench/sim/determinism.ts'],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outfile: join(folder, 'determinism.mjs'),
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('determinism', () => {
  it.each([[[]], [['--no-opt', '--max-lazy']], [['--stress-compaction', '--max-old-space-size=128']]])(
    'gives the same runs in another process with flags %j',
    (flags) => {
      for (const system of ['raft', 'dynamo']) {
        const words = [...flags, join(folder, 'determinism.mjs'), 'digest', system, '3'];
        const said = execFileSync(process.execPath, words, { encoding: 'utf8' });
        expect(said.trim()).toBe(digestOf(system, 3));
      }
    },
  );

  it.each(searchableSystems())('carries %s out twice without a difference or a failure', (system) => {
    const limits = { budgetMs: 120_000, maxRuns: 6, firstSeed: 1_000, twice: true };
    const { diverged, found, evidence } = explore(correctTerrain(system), limits);
    expect(diverged).toEqual([]);
    expect(found).toEqual([]);
    expect(evidence.ok).toBeGreaterThan(0);
  });
});
