/**
 * The example of somebody's own Raft, in a folder of its own with the package among its dependencies.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { makeConsumer, program } from '../package/consumer.ts';

const file = (name: string): string =>
  readFileSync(new URL(`../../examples/own-raft/${name}`, import.meta.url), 'utf8');

const TSCONFIG = JSON.stringify({
  compilerOptions: { target: 'ES2023', module: 'NodeNext', strict: true, noEmit: true, types: ['node'] },
  include: ['*.ts'],
});

describe('examples/own-raft', () => {
  const consumer = makeConsumer(
    {
      'raft.ts': file('raft.ts'),
      'raft.test.ts': file('raft.test.ts'),
      'tsconfig.json': TSCONFIG.replace('"noEmit"', '"allowImportingTsExtensions":true,"noEmit"'),
    },
    ['vitest', 'fast-check', '@types/node'],
  );
  afterAll(() => consumer.remove());
  const test = (env: Record<string, string>): { status: number | null; output: string } => {
    const run = spawnSync(process.execPath, [program('vitest', 'vitest.mjs'), 'run', '--no-color'], {
      cwd: consumer.folder,
      encoding: 'utf8',
      env: { ...process.env, SEED: '1002', ...env },
    });
    return { status: run.status, output: `${run.stdout}${run.stderr}` };
  };

  it('is tested in at most forty lines', () => {
    expect(file('raft.test.ts').trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  });

  it('compiles in its strict project', () => {
    const run = spawnSync(process.execPath, [program('typescript', 'bin/tsc'), '-p', consumer.folder], {
      encoding: 'utf8',
    });
    expect(`${run.stdout}${run.stderr}`).toBe('');
  });

  it('passes', () => {
    const { status, output } = test({});
    expect(output).toContain('1 passed');
    expect(status).toBe(0);
  });

  it('fails with a planted bug, and says how in few words', () => {
    const { status, output } = test({ BUG: 'stale-read' });
    expect(status).toBe(1);
    expect(output).toContain('expected the history to be linearizable (cas-register), but found: stale-read');
    expect(output).toMatch(/simulated with seed \d+: 3 nodes, \d operations, [12] faults?/);
    const plan = /again: await simulate\(program, (\{.*\})\)/.exec(output)?.[1];
    expect(JSON.parse(plan!).operations.length).toBeLessThanOrEqual(3);
  });
});
