/**
 * The package as others see it: through its exports map, compiled, with their own vitest and TypeScript.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { makeConsumer, program } from './consumer.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const OPS = `[
  { process: 0, type: 'invoke', f: 'write', value: 1 },
  { process: 0, type: 'ok', f: 'write', value: 1 },
  { process: 1, type: 'invoke', f: 'read', value: null },
  { process: 1, type: 'ok', f: 'read', value: READ },
]`;

const MATCHERS = `
import 'faultline/vitest';
import type { TestOp } from 'faultline/vitest';
import { linearizable } from 'faultline/checkers';
import { History, historyOf } from 'faultline';
import fc from 'fast-check';
import { brokenHistories, histories, plans, schedules } from 'faultline/fast-check';
import { expect, it } from 'vitest';

const right: TestOp[] = ${OPS.replace('READ', '1')};
const wrong: TestOp[] = ${OPS.replace('READ', 'null')};

it('holds', () => {
  expect(right).toBeLinearizable('register');
  expect(right).toSatisfy('linearizable', { model: 'register' });
  expect(3).toSatisfy((n: number) => n === 3);
  expect(right).toLoseNoWrites();
  const history = historyOf(right.map((op, index) => ({ ...op, index, time: index })));
  expect(history).toBeInstanceOf(History);
  expect(linearizable(history).verdict).toBe('pass');
});

it('holds for arbitrary histories', () => {
  fc.assert(
    fc.property(histories({ object: 'queue', operations: 8 }), brokenHistories({ object: 'set' }), (queue, set) => {
      expect(linearizable(queue, { model: 'queue' }).verdict).not.toBe('fail');
      expect(set.history).not.toSatisfy('set-full');
    }),
    { numRuns: 20 },
  );
  const [plan] = fc.sample(plans({ nodes: 3, maxTimeMs: 2_000 }), 1);
  expect(plan!.nodes).toHaveLength(3);
  expect(fc.sample(schedules({ maxTimeMs: 2_000 }), 2)).toHaveLength(2);
});

it('breaks', () => {
  expect(wrong).toBeLinearizable('register');
});
`;

const SIMULATION = `
import 'faultline/vitest';
import fc from 'fast-check';
import { simPlans } from 'faultline/fast-check';
import { type Body, findDivergence, type NodeHandle, type SimPlan, simulate, simulateSync } from 'faultline/sim';
import { expect, it } from 'vitest';

const node = (self: NodeHandle) => {
  const values = new Map<string, Body['value']>();
  return {
    async onMessage(from: string, body: Body) {
      await new Promise<void>((done) => void queueMicrotask(done));
      const key = JSON.stringify(body['key']);
      if (body.type === 'read') self.reply({ from, body }, { type: 'read_ok', value: values.get(key) ?? null });
      else if (body.type === 'write') {
        values.set(key, body['value']);
        self.reply({ from, body }, { type: 'write_ok' });
      } else self.fail({ from, body }, 10, 'no ' + body.type);
    },
  };
};

it('simulates', async () => {
  const plan: SimPlan = { nodes: 1, seed: 3, faults: [{ fault: 'pause', atMs: 500, forMs: 200 }] };
  const run = await simulate(node, plan);
  expect(run.history).toBeLinearizable('cas-register');
  expect(run.hash).toMatch(/^[0-9a-f]{16}$/);
  expect(await findDivergence(node, plan)).toBe(null);
  expect(() => simulateSync(node, plan)).toThrow(/promises/);
});

it('finds', async () => {
  await fc.assert(
    fc.asyncProperty(simPlans({ nodes: 2, faults: ['kill'] }), async (plan) => {
      const run = await simulate(node, plan);
      expect(run).toBeLinearizable('cas-register');
    }),
    { seed: 1 },
  );
});
`;

const MISTAKES = `
import 'faultline/vitest';
import { expect } from 'vitest';

// @ts-expect-error a model that does not exist
expect([]).toBeLinearizable('registre');
const read: Promise<void> = expect('run.jsonl').toLoseNoWrites();
// @ts-expect-error judged at once: there is nothing to wait for
const atOnce: Promise<void> = expect([]).toLoseNoWrites();
export { atOnce, read };
`;

const TSCONFIG = JSON.stringify({
  compilerOptions: {
    target: 'ES2023',
    module: 'NodeNext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  },
  include: ['*.ts'],
});

const CONFIG = `export default { test: { include: ['*.check.ts'] } };\n`;

describe('the package', () => {
  const consumer = makeConsumer(
    {
      'matchers.check.ts': MATCHERS,
      'simulation.check.ts': SIMULATION,
      'mistakes.ts': MISTAKES,
      'tsconfig.json': TSCONFIG,
      'vitest.config.js': CONFIG,
    },
    ['vitest', 'fast-check'],
  );
  afterAll(() => consumer.remove());

  it('has every file its exports name', () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      exports: Record<string, string | Record<string, string>>;
    };
    const files = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? [] : Object.values(entry),
    );
    expect(files.length).toBeGreaterThan(4);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('judges histories in a test of somebody else', () => {
    const run = spawnSync(process.execPath, [program('vitest', 'vitest.mjs'), 'run', '--no-color'], {
      cwd: consumer.folder,
      encoding: 'utf8',
    });
    const output = `${run.stdout}${run.stderr}`;
    expect(output).toContain('2 failed | 3 passed');
    expect(output).toContain('again: await simulate(program, {');
    expect(output).toContain('Shrunk ');
    expect(output).toContain('expected the history to be linearizable (register), but found: lost-write');
    expect(output).toContain('process 1 read nothing');
    expect(run.status).toBe(1);
  });

  it('is typed for TypeScript of somebody else', () => {
    const run = spawnSync(process.execPath, [program('typescript', 'bin/tsc'), '-p', consumer.folder], {
      encoding: 'utf8',
    });
    expect(`${run.stdout}${run.stderr}`).toBe('');
    expect(run.status).toBe(0);
  });
});
