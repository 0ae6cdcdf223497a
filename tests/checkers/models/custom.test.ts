/**
 * Models of one's own: the same verdicts as the built-in model of the same object, faults told for what they
 * are, and the example of the documentation as it stands there.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, test } from 'vitest';
import { linearizable } from '../../../checkers/linearizable/linearizable.ts';
import {
  type AnyCustomModel,
  type CustomModel,
  defineModel,
  problemWith,
} from '../../../checkers/models/define.ts';
import { loadModel } from '../../../checkers/models/load.ts';
import type { Model } from '../../../checkers/models/model.ts';
import { MODELS, type ModelName } from '../../../checkers/models/registry.ts';
import { stateKey } from '../../../checkers/models/state-key.ts';
import { toBeLinearizable } from '../../../checkers/testing/matchers.ts';
import { checkerWorkerUrl } from '../../../checkers/worker-url.ts';
import { check } from '../../../cli/commands/check.ts';
import { runProgram } from '../../../cli/program.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import { writeHistory } from '../../../harness/history/export.ts';
import type { History } from '../../../harness/history/history.ts';
import { judge } from '../../../harness/judge/judge.ts';
import type { Json, Op } from '../../../harness/op.ts';
import { capturedIo } from '../../cli/captured-io.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { objectHistory } from '../linearizable/random-objects.ts';
import { drawnOps, drawnSteps } from '../linearizable/random-register.ts';
import { VOCABULARIES } from '../linearizable/vocabularies.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-models-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Step = readonly [f: string, input: Json, output: Json | undefined, key?: Json];

/** One operation after the other, each by a process of its own; undefined: never answered. */
function build(...steps: readonly Step[]): History {
  const ops: Op[] = [];
  for (const [process, [f, value, output, key]] of steps.entries()) {
    const base = { process, f, ...(key === undefined ? {} : { key }) };
    ops.push({ ...base, index: ops.length, time: ops.length * 1e6, type: 'invoke', value });
    if (output === undefined) continue;
    ops.push({ ...base, index: ops.length, time: ops.length * 1e6, type: 'ok', value: output });
  }
  return historyOf(ops);
}

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const verdictOf = (history: History, model: AnyCustomModel): string =>
  linearizable(history, { model }).verdict;

/** Built-in objects in a user's words, each with another kind of state. */
const TWINS: Partial<Record<ModelName, AnyCustomModel>> = {
  queue: defineModel({
    init: (): number[] => [],
    step(items, { f, input, output, outcome }) {
      if (f === 'enqueue') return [...items, input];
      if (outcome === 'ok' && output !== (items[0] ?? null)) return undefined;
      if (outcome === 'refused') return items.length === 0 ? items : undefined;
      return f === 'peek' ? items : items.slice(1);
    },
    functions: { enqueue: {}, dequeue: { refusable: true }, peek: { readOnly: true, refusable: true } },
  }),
  counter: defineModel({
    init: () => 0n,
    step(count, { f, input, output, outcome }) {
      if (f === 'read') return outcome !== 'ok' || BigInt(output) === count ? count : undefined;
      const by = BigInt(input ?? 1);
      return f === 'decrement' ? count - by : count + by;
    },
  }),
  set: defineModel({
    init: () => new Set<number>(),
    step(held, { f, input, output, outcome }) {
      const known = outcome === 'ok';
      if (f === 'read') {
        if (!known) return held;
        return output.length === held.size && output.every((v: number) => held.has(v)) ? held : undefined;
      }
      const has = held.has(input);
      if (outcome === 'refused') return has ? undefined : held;
      if (known && output !== (f === 'add' ? !has : has)) return undefined;
      if (f === 'contains' || has === (f === 'add')) return held;
      return new Set(f === 'add' ? [...held, input] : [...held].filter((v) => v !== input));
    },
    functions: {
      add: {},
      remove: { refusable: true },
      contains: { readOnly: true },
      read: { readOnly: true },
    },
  }),
  mutex: defineModel({
    owned: true,
    init: () => ({ owner: null as number | null }),
    step({ owner }, { f, process, outcome }) {
      const can = f === 'acquire' ? owner === null : owner === process;
      if (outcome === 'refused') return can ? undefined : { owner };
      if (!can) return undefined;
      return { owner: f === 'acquire' ? process! : null };
    },
    functions: { acquire: { refusable: true }, release: { refusable: true } },
  }),
};

const shapes = fc.record({
  unique: fc.boolean(),
  info: fc.constantFrom(0, 10, 25),
  refused: fc.boolean(),
  spoil: fc.constantFrom(0, 15, 40),
  mask: fc.constantFrom(255, 255, 0b11, 0b1100),
});

test.each(Object.keys(TWINS) as ModelName[])('%s in a user’s words: the same verdicts', (name) => {
  const model = MODELS[name] as Model<unknown>;
  const seen: Record<string, number> = {};
  fc.assert(
    fc.property(drawnOps(9), drawnSteps(9), shapes, (drawn, steps, shape) => {
      const history = objectHistory(model, VOCABULARIES[name]!, drawn, steps, shape);
      const { verdict } = linearizable(history, { model: name });
      expect(linearizable(history, { model: TWINS[name]! }).verdict).toBe(verdict);
      seen[verdict] = (seen[verdict] ?? 0) + 1;
    }),
    { numRuns: fuzzRuns(200) },
  );
  expect(Math.min(seen['pass'] ?? 0, seen['fail'] ?? 0)).toBeGreaterThan(10);
});

describe('the example of the documentation', () => {
  const page = readFileSync(new URL('../../../docs/models.md', import.meta.url), 'utf8');
  const code = /```ts\n(\/\/ bounded-queue\.ts[\s\S]*?)```/.exec(page)![1]!;
  // The package under test is not installed where the file lies.
  const alone = code.replace(
    /import .* from 'faultline\/checkers';/,
    'const defineModel = (model) => model;',
  );
  const wrong = build(['put', 1, true], ['put', 2, true], ['put', 3, true]);
  const right = build(
    ['put', 1, true],
    ['put', 2, true],
    ['put', 3, false],
    ['take', null, 1],
    ['size', null, 1],
  );

  it('judges through the command line, and the witness it writes fails by itself', async () => {
    file('bounded-queue.ts', alone);
    writeHistory(wrong, join(folder, 'wrong.jsonl'), 'jsonl');
    writeHistory(right, join(folder, 'right.jsonl'), 'jsonl');
    const run = async (...words: string[]): Promise<{ code: number; text: string }> => {
      const io = capturedIo(folder);
      const exit = await runProgram([check], '0', ['check', ...words], io);
      return { code: exit, text: io.stdout().replaceAll(/\s+/g, ' ') };
    };
    expect(await run('right.jsonl', '--model', './bounded-queue.ts')).toMatchObject({ code: 0 });
    const failed = await run('wrong.jsonl', '--model', './bounded-queue.ts', '--witness', 'w.jsonl');
    expect(failed.code).toBe(1);
    expect(failed.text).toContain(
      'The bounded queue was promised to be linearizable, but process 2 did put 3',
    );
    expect(await run('w.jsonl', '--model', 'bounded-queue.ts')).toMatchObject({ code: 1 });
  });

  it('is used by workers through its path', async () => {
    const model = file('in-worker.ts', alone);
    const specs = [{ name: 'linearizable', options: { model } }];
    const judged = await judge({ history: wrong, specs, workerUrl: checkerWorkerUrl() });
    expect(judged['linearizable']).toMatchObject({ verdict: 'fail', stats: { model: 'bounded queue' } });
  });
});

describe('faults of a model', () => {
  const history = build(['write', 1, 1], ['read', null, 1]);

  it.each<[string, Partial<CustomModel<unknown>>, string]>([
    ['throws', { step: () => JSON.parse('{') }, 'step threw: '],
    [
      'changes its state',
      {
        init: () => ({ n: 0 }),
        step: (state) => {
          (state as { n: number }).n++;
          return state;
        },
      },
      'states are frozen: return a new one',
    ],
    [
      'changes a map',
      { init: () => new Map(), step: (state) => (state as Map<number, number>).set(1, 2) },
      'step changed the state it was given',
    ],
    ['answers later', { step: async () => 1 }, 'a Promise is no plain value'],
    ['returns a function', { step: () => () => 1 }, 'a function is no plain value'],
    ['returns an instance', { step: () => new URL('a:b') }, 'say hash and equal'],
    ['has no beginning', { init: () => undefined }, 'init returned nothing'],
    [
      'says that a write is readOnly',
      { functions: { write: { readOnly: true }, read: {} }, step: (n) => Number(n) + 1 },
      'said to be readOnly',
    ],
    ['cannot be partitioned', { partition: () => JSON.parse('{') }, 'partition threw: '],
    ['has no hash', { hash: () => null as never, equal: () => true }, 'hash returned null'],
  ])('%s', (_, part, message) => {
    const model = { name: 'mine', init: () => 0, step: () => 0, ...part } as AnyCustomModel;
    const { verdict, note } = linearizable(history, { model });
    expect(verdict).toBe('broken');
    expect(note).toContain(message);
    expect(note).toContain('model mine: ');
  });

  it('names the file, the line and the operation', async () => {
    const lines = [
      'export default {',
      '  init: () => 0,',
      '  step: () => {',
      "    throw new Error('no');",
      '  },',
      '};',
    ];
    for (const name of ['throwing.ts', 'throwing.mjs']) {
      const model = file(name, lines.join('\n'));
      const specs = [{ name: 'linearizable', options: { model } }];
      const judged = await judge({ history, specs, workerUrl: checkerWorkerUrl() });
      expect(judged['linearizable']).toMatchObject({
        verdict: 'broken',
        note: `${model}:4: step threw: no (at write 1 -> 1)`,
      });
    }
  });

  it('refuses files that hold no model', async () => {
    const cases: [string, string, string][] = [
      ['none.mjs', 'export const a = 1;', 'has no default export'],
      ['half.mjs', 'export default { init: () => 0 };', 'step is missing'],
      [
        'odd.mjs',
        'export default { init: () => 0, step: () => 0, stpe: 1 };',
        '"stpe" is not part of a model',
      ],
      ['boom.mjs', "throw new Error('boom');", 'cannot be loaded: boom'],
    ];
    for (const [name, text, message] of cases)
      await expect(loadModel(file(name, text))).rejects.toThrow(message);
    await expect(loadModel(join(folder, 'absent.ts'))).rejects.toThrow('there is no such model');
    expect(() => linearizable(history, { model: './never-loaded.ts' as never })).toThrow('loaded before');
  });

  it('says what is wrong with an object', () => {
    expect(problemWith(null)).toContain('got null');
    expect(problemWith({ init: 1, step: () => 1 })).toContain('init is a number');
    expect(problemWith({ init: () => 1, step: () => 1, hash: () => 1 })).toContain('need each other');
    expect(problemWith({ init: () => 1, step: () => 1, functions: { a: { readonly: 1 } } })).toContain(
      'a.readonly',
    );
    expect(() => defineModel({ init: () => 1 } as never)).toThrow('step is missing');
  });
});

describe('parts of a model', () => {
  const register = {
    init: (): Json => null,
    step: (
      held: Json,
      { f, input, output, outcome }: { f: string; input: Json; output: Json; outcome: string },
    ) => (f === 'write' ? input : outcome !== 'ok' || output === held ? held : undefined),
  };

  it('keys and partitions', () => {
    const twoKeys = build(['write', 1, 1, 'x'], ['read', null, null, 'y']);
    expect(verdictOf(twoKeys, register)).toBe('pass');
    expect(verdictOf(twoKeys, { ...register, partition: () => null })).toBe('fail');
    const inValue = build(['write', 1, 1], ['read', 7, 7]);
    expect(verdictOf(inValue, { ...register, partition: ({ input }) => ({ shard: input % 2 }) })).toBe(
      'fail',
    );
    const map = defineModel({
      init: (): Record<string, Json> => ({}),
      step: (held, { f, input, output, key }) =>
        f === 'write'
          ? { ...held, [String(key)]: input }
          : (held[String(key)] ?? null) === output
            ? held
            : undefined,
      partition: () => null,
    });
    expect(verdictOf(twoKeys, map)).toBe('pass');
    expect(verdictOf(build(['write', 1, 1, 'x'], ['read', null, null, 'x']), map)).toBe('fail');
  });

  it('functions it knows', () => {
    const { verdict, note } = linearizable(build(['write', 1, 1], ['swap', 1, 1]), {
      model: { ...register, functions: ['write', 'read'] },
    });
    expect(verdict).toBe('broken');
    expect(note).toContain('does not understand swap (1 times); it understands write, read');
  });

  it('never takes a fast path for the sake of its name', () => {
    const lifo = defineModel({
      name: 'queue',
      init: (): number[] => [],
      step: (items, { f, input, output }) =>
        f === 'enqueue' ? [input, ...items] : output === items[0] ? items.slice(1) : undefined,
    });
    const history = build(['enqueue', 1, 1], ['enqueue', 2, 2], ['dequeue', null, 2]);
    expect(linearizable(history, { model: lifo })).toMatchObject({
      verdict: 'pass',
      stats: { engine: 'search' },
    });
    expect(linearizable(history, { model: 'queue' }).verdict).toBe('fail');
  });

  it('states of classes with hash and equal', () => {
    class Total {
      readonly sum: number;
      constructor(sum: number) {
        this.sum = sum;
      }
    }
    const model = defineModel({
      init: () => new Total(0),
      step: (total, { f, input, output }) =>
        f === 'add' ? new Total(total.sum + input) : output === total.sum ? total : undefined,
      hash: (total) => total.sum % 3,
      equal: (a, b) => a.sum === b.sum,
      describe: (total) => `a sum of ${total.sum}`,
    });
    expect(verdictOf(build(['add', 2, 2], ['add', 4, 4], ['read', null, 6]), model)).toBe('pass');
    const { anomalies } = linearizable(build(['add', 2, 2], ['add', 4, 4], ['read', null, 3]), { model });
    expect(anomalies[0]!.sentence).toContain('when it could only hold a sum of 6');
  });

  it('works as a matcher', () => {
    const wrong = build(['write', 1, 1], ['read', null, 2]);
    const matched = toBeLinearizable(wrong, { ...register, name: 'cell' });
    expect(matched).toMatchObject({ pass: false });
    expect((matched as { message(): string }).message()).toContain('be linearizable (cell)');
    expect(toBeLinearizable(build(['write', 1, 1], ['read', null, 1]), register)).toMatchObject({
      pass: true,
    });
  });

  it('tells plain states apart', () => {
    const distinct = [
      1,
      '1',
      1n,
      null,
      undefined,
      [1],
      [[1]],
      { a: 1 },
      { a: '1' },
      new Set([1]),
      new Map([[1, 1]]),
    ];
    expect(new Set(distinct.map((state) => stateKey(state).key)).size).toBe(distinct.length);
    expect(stateKey({ a: 1, b: new Set([1, 2]) }).key).toBe(stateKey({ b: new Set([2, 1]), a: 1 }).key);
  });
});
