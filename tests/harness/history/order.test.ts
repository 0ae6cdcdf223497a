/**
 * Operations stand in the order of their index, whatever the order of lines, in every format.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { historyFrom } from '../../../checkers/testing/subject.ts';
import { HistoryError } from '../../../harness/history/builder.ts';
import { parseEdn } from '../../../harness/history/edn.ts';
import { parseElleJson } from '../../../harness/history/elle-json.ts';
import type { History } from '../../../harness/history/history.ts';
import { parseJsonl, readJsonl } from '../../../harness/history/jsonl.ts';
import { SORTED_NOTE } from '../../../harness/history/order.ts';
import type { ReadResult } from '../../../harness/history/read-result.ts';
import type { Op } from '../../../harness/op.ts';
import { ops } from './arbitraries.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-order-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = (index: number | null, type: string, more = ''): string =>
  `{${index === null ? '' : `"index":${index},`}"time":1,"process":0,"type":"${type}","f":"add","value":1${more}}`;

const edn = (index: number, type: string): string =>
  `{:index ${index} :time 1 :process 0 :type :${type} :f :add :value 1}`;

/** Every reader of operations that have indexes. */
const READERS: Record<string, (lines: (readonly [number, string])[]) => ReadResult> = {
  jsonl: (lines) => parseJsonl(lines.map(([i, type]) => line(i, type)).join('\n'), 'h'),
  'jsonl, slow path': (lines) => parseJsonl(lines.map(([i, t]) => line(i, t, ',"x":1')).join('\n'), 'h'),
  'edn lines': (lines) => parseEdn(Buffer.from(lines.map(([i, t]) => edn(i, t)).join('\n')), 'h'),
  'edn vector': (lines) => parseEdn(Buffer.from(`[${lines.map(([i, t]) => edn(i, t)).join('\n')}]`), 'h'),
  'elle-json': (lines) => parseElleJson(Buffer.from(lines.map(([i, t]) => line(i, t)).join('\n')), 'h'),
};

function errorOf(read: () => unknown): HistoryError {
  try {
    read();
  } catch (error) {
    if (error instanceof HistoryError) return error;
    throw error;
  }
  throw new Error('expected a HistoryError');
}

describe.each(Object.entries(READERS))('the order of %s', (_, read) => {
  it('is that of indexes, with a note', () => {
    const { history, notes } = read([
      [3, 'ok'],
      [0, 'invoke'],
      [2, 'invoke'],
      [1, 'fail'],
    ]);
    expect([...history.ops()].map(({ index, type }) => [index, type])).toEqual([
      [0, 'invoke'],
      [1, 'fail'],
      [2, 'invoke'],
      [3, 'ok'],
    ]);
    expect(notes).toContain(SORTED_NOTE);
  });

  it('may have gaps', () => {
    const { history, notes } = read([
      [4, 'invoke'],
      [9, 'ok'],
    ]);
    expect([...history.ops()].map(({ index }) => index)).toEqual([0, 1]);
    expect(notes).toEqual([]);
  });

  it('names both places of one index', () => {
    const error = errorOf(() =>
      read([
        [0, 'invoke'],
        [1, 'ok'],
        [1, 'invoke'],
      ]),
    );
    expect(error.line).toBe(3);
    expect(error.message).toBe('index 1 stands here and on line 2');
  });

  it('leaves alone what is wrong for another reason', () => {
    const error = errorOf(() =>
      read([
        [0, 'invoke'],
        [1, 'invoke'],
      ]),
    );
    expect(error.line).toBe(2);
    expect(error.message).toContain('process 0 invokes add while its add');
  });
});

describe('the order of lines', () => {
  it('cannot be told where some have no index', () => {
    const text = [line(5, 'invoke'), line(null, 'ok'), line(4, 'invoke')].join('\n');
    const error = errorOf(() => parseJsonl(text, 'h.jsonl'));
    expect(error.place).toBe('h.jsonl:3');
    expect(error.message).toBe('index 4 is not above 5, which stands before it');
    expect(error.hint).toContain('expected rising indexes');
  });

  it('is restored without a torn last line', () => {
    const text = `${line(1, 'ok')}\n${line(0, 'invoke')}\n{"index":2,"ti`;
    const { history, notes } = parseJsonl(text, 'h');
    expect(history.length).toBe(2);
    expect(notes).toEqual([expect.stringContaining('h:3 is torn'), SORTED_NOTE]);
  });

  it('is restored from a file, however it was shuffled', async () => {
    const path = join(folder, 'shuffled.jsonl');
    await fc.assert(
      fc.asyncProperty(
        ops.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        async ([list, shuffled]) => {
          writeFileSync(path, shuffled.map((op) => `${JSON.stringify(op)}\n`).join(''));
          expect([...(await readJsonl(path)).history.ops()]).toEqual(list);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('the order of operations handed to a matcher', () => {
  const op = (index: number, type: Op['type']) => ({ index, process: 0, type, f: 'read', value: null });

  it('is that of indexes where they have them', () => {
    const history = historyFrom([op(1, 'ok'), op(0, 'invoke')]) as History;
    expect([...history.ops()].map(({ type }) => type)).toEqual(['invoke', 'ok']);
    const { message } = errorOf(() => historyFrom([op(0, 'invoke'), op(0, 'ok')]));
    expect(message).toBe('operation 1 of the array: index 0 stands here and on operation 0');
  });
});
