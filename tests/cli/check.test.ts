/**
 * `faultline check` with what it writes: the witness that fails by itself, and the history in other formats.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Checker } from '../../checkers/contract.ts';
import { UNLIMITED } from '../../checkers/contract.ts';
import { CHECKERS } from '../../checkers/registry.ts';
import { check } from '../../cli/commands/check.ts';
import { runProgram } from '../../cli/program.ts';
import { failingPart, firstFailure } from '../../cli/witness.ts';
import { brokenHistories } from '../../harness/arbitraries/histories.ts';
import { historyOf } from '../../harness/history/builder.ts';
import { writeHistory } from '../../harness/history/export.ts';
import type { History } from '../../harness/history/history.ts';
import { parseJsonl } from '../../harness/history/jsonl.ts';
import { readHistory } from '../../harness/history/open.ts';
import type { Json, Op } from '../../harness/op.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import type { CheckerSpec } from '../../harness/workload.ts';
import { capturedIo } from './captured-io.ts';

const museum = fileURLToPath(new URL('../museum/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'faultline-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = capturedIo(folder);
  const code = await runProgram([check], '0', ['check', ...words], io);
  return { code, stdout: io.stdout(), stderr: io.stderr() };
}

const operations = (path: string): Op[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Op);

const judgeHere = async (history: History, { name, options }: CheckerSpec): Promise<CheckerResult> =>
  (CHECKERS as Readonly<Record<string, Checker>>)[name]!.check(history, options, UNLIMITED);

function call(process: number, f: string, asked: Json, answered: Json, key: Json): Partial<Op>[] {
  return [
    { process, type: 'invoke', f, value: asked, key },
    { process, type: 'ok', f, value: answered, key },
  ];
}

/** Fifty keys in order, one of which ends with a stale read, among much that has nothing to do with it. */
function busy(): History {
  const ops: Partial<Op>[] = [];
  for (let round = 0; round < 3; round++) {
    for (let key = 0; key < 50; key++) {
      ops.push(
        ...call(key % 7, 'write', round, round, key),
        ...call(7 + (key % 3), 'read', null, round, key),
      );
    }
  }
  ops.push(...call(0, 'read', null, 1, 31), ...call(1, 'read', null, 2, 30));
  return historyOf(ops.map((op, index) => ({ ...op, index, time: index * 1e6 }) as Op));
}

describe('--witness', () => {
  it('writes a history that fails by itself, and says how to judge it', async () => {
    writeHistory(busy(), join(folder, 'busy.jsonl'), 'jsonl');
    const first = await run('busy.jsonl', '--witness', 'least.jsonl', '--checker', 'linearizable');
    expect(first.code).toBe(1);
    expect(first.stderr).toContain('operations of the witness');
    expect(first.stderr).toContain('faultline check least.jsonl --checker linearizable');
    const ops = operations(join(folder, 'least.jsonl'));
    expect(ops.length).toBeLessThanOrEqual(6);
    expect(ops.map((op) => op.index)).toEqual(ops.map((_, i) => i));
    expect(ops.filter((op) => op.type === 'invoke').length * 2).toBe(ops.length);
    expect(new Set(ops.map((op) => op.key))).toEqual(new Set([31]));
    const again = await run('least.jsonl');
    expect(again.code).toBe(1);
    expect(again.stdout).toContain('Key 31');
  });

  it('keeps the answer on stdout as it is', async () => {
    const { stdout, stderr } = await run(join(museum, 'set-lost.jsonl'), '--json', '--witness', 'set.edn');
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'fail' });
    expect(stderr).toContain('witness    set.edn');
    expect((await run('set.edn', '--checker', 'set-full')).code).toBe(1);
  });

  it('writes nothing when nothing failed, and never over what it reads', async () => {
    writeHistory(
      busy().pick(Int32Array.from({ length: 100 }, (_, i) => i)),
      join(folder, 'good.jsonl'),
      'jsonl',
    );
    const { code, stderr } = await run('good.jsonl', '--witness', 'none.jsonl');
    expect(code).toBe(0);
    expect(stderr).toContain('no witness: none.jsonl was not written');
    expect(existsSync(join(folder, 'none.jsonl'))).toBe(false);
    const same = await run('good.jsonl', '--witness', 'good.jsonl');
    expect(same).toMatchObject({ code: 64 });
    expect(same.stderr).toContain('would overwrite the history');
    expect((await run('good.jsonl', '--witness', 'good.csv')).stderr).toContain('.jsonl, .edn, .json');
    expect((await run('good.jsonl', '--export', 'no/such/folder.edn')).code).toBe(64);
  });

  it('holds for every failing history of the museum', async () => {
    const failing = readdirSync(museum).filter((file) => file.endsWith('.expect.json'));
    let failed = 0;
    for (const file of failing) {
      const expected = JSON.parse(readFileSync(join(museum, file), 'utf8')) as {
        checker: string;
        options: Record<string, Json>;
        verdict: string;
      };
      if (expected.verdict !== 'fail') continue;
      failed++;
      const source = file.replace('.expect.json', '.jsonl');
      const { history } = parseJsonl(readFileSync(join(museum, source)), source);
      const spec = { name: expected.checker, options: expected.options };
      const failure = firstFailure([spec], [await judgeHere(history, spec)]);
      expect(failure, source).not.toBeNull();
      const part = await failingPart(history, failure!, judgeHere);
      expect(part.history.length, source).toBeLessThanOrEqual(history.length);
      writeHistory(part.history, join(folder, source), 'jsonl');
      const { history: read } = await readHistory(join(folder, source));
      expect((await judgeHere(read, spec)).verdict, source).toBe('fail');
    }
    expect(failed).toBeGreaterThan(8);
  });

  // What looks invented only because its write was left out.
  const INVENTED = ['garbage-read', 'phantom-element'];
  it.each([
    ['cas-register', 'linearizable', { model: 'cas-register' }],
    ['set', 'set-full', {}],
    ['queue', 'linearizable', { model: 'queue' }],
    ['list-append', 'list-append', {}],
  ] as const)('holds for any broken history of a %s by %s', async (object, name, options) => {
    await fc.assert(
      fc.asyncProperty(brokenHistories({ object, operations: 10, keys: 2 }), async ({ history }) => {
        const spec = { name, options };
        const failure = firstFailure([spec], [await judgeHere(history, spec)])!;
        const part = await failingPart(history, failure, judgeHere);
        expect(part.spec).toBe(spec);
        if (name === 'linearizable') expect(part.what).toMatch(/operations of the witness|^all/);
        expect(part.history.length).toBeLessThanOrEqual(history.length);
        // As it will be once it was written and read.
        const read = historyOf(part.history.ops());
        const again = await judgeHere(read, spec);
        expect(again.verdict).toBe('fail');
        // What it shows is what was wrong, not that something was left out.
        const others = again.anomalies.map(({ kind }) => kind).filter((kind) => !failure.kinds.has(kind));
        if (name === 'linearizable') expect(others.filter((kind) => INVENTED.includes(kind))).toEqual([]);
        else expect(others).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('brings along who wrote what the witness read, so that nothing else looks wrong', async () => {
    const ops: Partial<Op>[] = [];
    const txn = (process: number, asked: Json, answered: Json = asked): void => {
      ops.push({ process, type: 'invoke', f: 'txn', value: asked });
      ops.push({ process, type: 'ok', f: 'txn', value: answered });
    };
    for (let i = 0; i < 20; i++) txn(i % 3, [['append', 0, i]]);
    const list = Array.from({ length: 20 }, (_, i) => i);
    for (let i = 0; i < 9; i++) txn(i % 3, [['r', 1, null]], [['r', 1, []]]);
    txn(1, [['append', 0, 20]]);
    txn(2, [['r', 0, null]], [['r', 0, [...list, 20]]]);
    txn(0, [['r', 0, null]], [['r', 0, list]]);
    const history = historyOf(ops.map((op, index) => ({ ...op, index, time: index * 1e6 }) as Op));
    const spec: CheckerSpec = { name: 'list-append', options: { consistencyModel: 'strict-serializable' } };
    const failure = firstFailure([spec], [await judgeHere(history, spec)])!;
    const part = await failingPart(history, failure, judgeHere);
    expect(part.what).toMatch(/operations of the witness and \d+ invocations that wrote what they read/);
    expect(part.history.length).toBeLessThan(30);
    const again = await judgeHere(historyOf(part.history.ops()), spec);
    expect(again.anomalies[0]!.kind).toBe(failure.anomaly.kind);
    expect(again.anomalies.map(({ kind }) => kind)).not.toContain('garbage-read');
  });

  it('takes in what is around the witness when the witness does not fail', async () => {
    const history = busy();
    const spec: CheckerSpec = { name: 'linearizable', options: {} };
    const failure = firstFailure([spec], [await judgeHere(history, spec)])!;
    const asked: number[] = [];
    const stubborn =
      (least: number) =>
      async (part: History): Promise<CheckerResult> => {
        asked.push(part.length);
        return { verdict: part.length >= least ? 'fail' : 'pass', anomalies: [], stats: {} };
      };
    const ofKey = await failingPart(history, failure, stubborn(8));
    expect(ofKey).toMatchObject({ minimal: false, what: 'the 14 operations up to the witness' });
    expect(asked.every((n, i) => i === 0 || n >= asked[i - 1]!)).toBe(true);
    const all = await failingPart(history, failure, stubborn(history.length));
    expect(all).toMatchObject({ minimal: false, what: `all ${history.length} operations` });
    expect(all.history).toBe(history);
  });

  it('passes over checkers that did not fail, and suspicions', () => {
    const specs = [
      { name: 'a', options: {} },
      { name: 'b', options: {} },
    ];
    const anomaly = { kind: 'k', sentence: 's', certainty: 'proved' as const, ops: [1], steps: [] };
    const pass = { verdict: 'pass' as const, anomalies: [] };
    expect(firstFailure(specs, [pass, { verdict: 'fail', anomalies: [anomaly] }])?.spec.name).toBe('b');
    const suspected = { ...anomaly, certainty: 'suspected' as const };
    expect(firstFailure(specs, [pass, { verdict: 'fail', anomalies: [suspected] }])).toBeNull();
    expect(firstFailure(specs, [{ verdict: 'fail', anomalies: [{ ...anomaly, ops: [] }] }])).toBeNull();
  });
});

describe('--consistency-model and --engine', () => {
  const line = (process: number, type: string, value: Json): string =>
    `${JSON.stringify({ process, type, f: 'txn', value })}\n`;
  const skew = join(folder, 'skew.jsonl');
  writeFileSync(
    skew,
    line(0, 'invoke', [
      ['r', 1, null],
      ['append', 2, 1],
    ]) +
      line(1, 'invoke', [
        ['r', 2, null],
        ['append', 1, 1],
      ]) +
      line(0, 'ok', [
        ['r', 1, []],
        ['append', 2, 1],
      ]) +
      line(1, 'ok', [
        ['r', 2, []],
        ['append', 1, 1],
      ]) +
      line(0, 'invoke', [
        ['r', 1, null],
        ['r', 2, null],
      ]) +
      line(0, 'ok', [
        ['r', 1, [1]],
        ['r', 2, [1]],
      ]),
  );

  it('decides what a write skew breaks', async () => {
    const strict = await run(skew);
    expect(strict.code).toBe(1);
    expect(strict.stdout).toContain('write skew');
    const snapshot = await run(skew, '--consistency-model', 'snapshot-isolation');
    expect(snapshot.code).toBe(0);
    expect(snapshot.stdout).toContain('skew.jsonl held');
  });

  it('switches fast paths off', async () => {
    const path = join(folder, 'busy.jsonl');
    writeHistory(busy(), path, 'jsonl');
    const engines = async (...words: string[]): Promise<Json> =>
      JSON.parse((await run(path, '--json', ...words)).stdout).checkers.linearizable.stats.engine;
    expect(await engines()).not.toEqual(await engines('--engine', 'search'));
  });

  it('refuses what no checker takes, and what does not exist', async () => {
    const wrong = await run(skew, '--consistency-model', 'snapshot-isolatio');
    expect(wrong.code).toBe(64);
    expect(wrong.stderr).toContain('did you mean "snapshot-isolation"?');
    expect(await run(skew, '--engine', 'search')).toMatchObject({ code: 64 });
  });
});

describe('--export', () => {
  it.each(['jsonl', 'edn', 'json'])('writes %s that reads the same', async (extension) => {
    const source = join(museum, 'register-stale-read.jsonl');
    const file = `copy.${extension}`;
    const { code } = await run(source, '--export', file);
    expect(code).toBe(1);
    const before = parseJsonl(readFileSync(source), 'source').history;
    const after = (await readHistory(join(folder, file))).history;
    const essence = (history: History) =>
      [...history.ops()].map(({ process, type, f, value, key }) => ({ process, type, f, value, key }));
    expect(essence(after)).toEqual(essence(before));
    expect((await run(file, '--model', 'cas-register')).code).toBe(1);
  });

  it('writes histories no checker is suggested for, too', async () => {
    const ops = call(0, 'frob', 1, 2, 0).map((op, index) => ({ ...op, index, time: 0 }) as Op);
    writeHistory(historyOf(ops), join(folder, 'frob.jsonl'), 'jsonl');
    expect((await run('frob.jsonl')).code).toBe(64);
    await run('frob.jsonl', '--export', 'frob.edn');
    expect(readFileSync(join(folder, 'frob.edn'), 'utf8')).toContain(':f :frob');
  });

  it('names micro-operations by keywords, as Elle wants them', async () => {
    const value: Json = [
      ['append', 'x', 1],
      ['r', 'y', [1, 'a']],
    ];
    const ops: Op[] = [
      { index: 0, time: 0, process: 0, type: 'invoke', f: 'txn', value },
      { index: 1, time: 1, process: 0, type: 'ok', f: 'txn', value },
    ];
    const path = join(folder, 'txn.edn');
    writeHistory(historyOf(ops), path, 'edn');
    expect(readFileSync(path, 'utf8')).toContain(':value [[:append "x" 1] [:r "y" [1 "a"]]]');
    expect((await readHistory(path)).history.value(1)).toEqual(value);
  });
});
