import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { onlineWorkerUrl } from '../../../checkers/worker-url.ts';
import { LiveJudge } from '../../../harness/online/live-judge.ts';
import type { Op } from '../../../harness/op.ts';
import type { CheckerSpec } from '../../../harness/workload.ts';

const ODD = new URL('./odd-worker.js', import.meta.url);
const STAY = new AbortController().signal;

let folder: string;
let journal: string;
let found: string[];
let trouble: string[];
let wake: () => void;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-live-'));
  journal = join(folder, 'history.jsonl');
  writeFileSync(journal, '');
  found = [];
  trouble = [];
  wake = () => {};
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(workerUrl: URL, specs: readonly CheckerSpec[] = []): LiveJudge {
  return new LiveJudge({
    workerUrl,
    journal,
    specs,
    onFound: (checker, { kind }) => {
      found.push(`${checker}: ${kind}`);
      wake();
    },
    onTrouble: (what) => {
      trouble.push(what);
      wake();
    },
  });
}

const heard = (): Promise<void> =>
  new Promise((resolve) => {
    wake = resolve;
  });

const line = (op: Partial<Op>): string =>
  `${JSON.stringify({ index: 0, time: 0, process: 0, type: 'invoke', f: 'read', value: null, ...op })}\n`;

describe('a live judge', () => {
  test('follows the journal as it grows, whole lines only, and judges the rest at the end', async () => {
    const judge = start(ODD);
    const wrong = line({ f: 'wrong' });
    const told = heard();
    appendFileSync(journal, `${line({})}${wrong.slice(0, 20)}`);
    appendFileSync(journal, wrong.slice(20));
    await told;
    expect(found).toEqual(['odd: wrong']);
    appendFileSync(journal, line({}).repeat(20_000) + wrong);
    const ending = await judge.end(STAY);
    expect(found).toHaveLength(2);
    expect(ending).toEqual({
      operations: 20_003,
      checkers: [{ checker: 'odd', why: null, stats: { taken: 20_003 } }],
    });
    expect(trouble).toEqual([]);
  });

  test('turns trouble into a note', async () => {
    const judge = start(ODD);
    const told = heard();
    appendFileSync(journal, line({ f: 'awful' }));
    await told;
    expect(trouble).toEqual(['the live check ended early: this is awful']);
    expect(await judge.end(STAY)).toEqual({ operations: null, checkers: [] });
  });

  test('does not keep a user who leaves', async () => {
    const judge = start(ODD);
    expect(await judge.end(AbortSignal.abort())).toEqual({ operations: null, checkers: [] });
  });

  test('says which checkers cannot judge live', async () => {
    const judge = start(onlineWorkerUrl(), [
      { name: 'linearizable', options: { model: 'register' } },
      { name: 'election-liveness', options: {} },
    ]);
    const told = heard();
    const ops: Partial<Op>[] = [
      { key: 1, f: 'write', value: 5 },
      { key: 1, f: 'write', value: 5, type: 'ok' },
      { key: 1 },
      { key: 1, type: 'ok', value: 6 },
    ];
    appendFileSync(journal, ops.map(line).join(''));
    await told;
    expect(found).toEqual(['linearizable: garbage-read']);
    const { operations, checkers } = await judge.end(STAY);
    expect(operations).toBe(4);
    expect(checkers).toMatchObject([
      { checker: 'linearizable', why: null, stats: { judged: 2 } },
      { checker: 'election-liveness', why: 'it judges whole histories only' },
    ]);
  });
});
