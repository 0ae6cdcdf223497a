/**
 * Modules of the user's: in CommonJS too, with errors that say where they were written, refused where they never start.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { GuardedProgram } from '../../../harness/sim/guarded-program.ts';
import { loadNodeModule } from '../../../harness/sim/node-module.ts';
import { currentTimeline } from '../../../harness/sim/virtual-time.ts';
import { asWritten } from '../../../harness/sim/written-positions.ts';
import { subjectOf } from '../../../systems/subjects.ts';
import { type Bench, cleanUp, failure, itOn, upBench } from '../../kits/backend.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const bench = (name: string): Promise<Bench> =>
  upBench('sim', { simulated: () => new GuardedProgram(loadNodeModule(fixture(name))(), currentTimeline()) });

cleanUp();

describe('a module', () => {
  itOn('sim', 'may be CommonJS, and its errors name its own lines', async () => {
    const { ask, cluster } = await bench('thrower.cjs');
    await failure(ask('n1', { type: 'echo', echo: 1 }));
    await cluster.down();
    const log = readFileSync(join(cluster.log('n1'), 'stderr.log'), 'utf8');
    expect(log).toContain('RangeError: n1 was told to');
    expect(log).toMatch(/thrower\.cjs:5:\d+\)/);
    expect(log).not.toContain('guarded-program');
  });

  itOn('sim', 'that throws as it starts keeps the cluster from coming up', async () => {
    await expect(bench('stillborn.mjs')).rejects.toThrow(
      'n1 threw before it was ready: Error: no node to be had',
    );
  });

  it('has no short runs of a workload that consists of answers', () => {
    const settings = { module: fixture('thrower.cjs') };
    expect(() => subjectOf('module', { workload: 'kafka', settings, bugs: [] })).toThrow(
      /short runs have no workload kafka/,
    );
    expect(subjectOf('module', { workload: 'lock', settings, bugs: [] }).name).toBe('module');
  });
});

describe('positions', () => {
  it('of other files stay as they are', () => {
    const stack = 'Error: x\n    at y (/elsewhere/z.js:1:2)';
    expect(asWritten(stack)).toBe(stack);
  });
});
