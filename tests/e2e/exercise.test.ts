/**
 * Demonstrations that are an exercise solved: the election of a five-node database, and traitors too many.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { VerdictFile } from '../../harness/store/files.ts';
import { Workplace } from './cli.ts';

const place = new Workplace();
afterAll(() => place.remove());

describe('faultline demo', () => {
  it('exercise-3 holds under four kinds of faults at once', async () => {
    const { code, stdout, stderr } = await place.run(
      'demo',
      'exercise-3',
      '--backend',
      'sim',
      '--seed',
      '5',
      '--json',
    );
    expect(code, stderr).toBe(0);
    const { verdict, checkers, faults } = JSON.parse(stdout) as VerdictFile;
    expect(verdict).toBe('pass');
    expect(Object.keys(checkers)).toEqual(
      expect.arrayContaining(['election-safety', 'election-liveness', 'state-machine-safety']),
    );
    const kinds = new Set(faults.filter((fault) => fault.state === 'installed').map((fault) => fault.fault));
    expect([...kinds].sort()).toEqual(['clock', 'kill', 'partition', 'pause']);
    expect(stderr).toContain('as expected: exercise-3 is expected to pass');
  });

  it.each(['pbft', 'oral-messages'])(
    '%s bears one traitor among four, and not among three',
    async (system) => {
      for (const [nodes, verdict] of [
        ['4', 'pass'],
        ['3', 'fail'],
      ] as const) {
        const words = ['demo', system, '--nodes', nodes, '--backend', 'sim', '--seed', '5', '--json'];
        const { code, stdout, stderr } = await place.run(...words);
        expect(code, stderr).toBe(0);
        expect((JSON.parse(stdout) as VerdictFile).verdict).toBe(verdict);
      }
    },
  );
});
