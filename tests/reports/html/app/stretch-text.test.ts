import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonl } from '../../../../harness/history/jsonl.ts';
import type { Json } from '../../../../harness/op.ts';
import { json } from '../../../../reports/format.ts';
import { parsePlain } from '../../../../reports/html/app/plain.ts';
import { diagramOf, fixtureOf, jsonOf, type StretchOp } from '../../../../reports/html/app/stretch-text.ts';

const op = (over: Partial<StretchOp>): StretchOp => ({
  index: 0,
  process: 1,
  node: 'n1',
  f: 'write',
  key: '3',
  value: '7',
  result: '7',
  outcome: 'ok',
  error: '',
  words: 'write 7',
  start: 1_000_000,
  end: 1_500_000,
  ...over,
});

describe('values as the page writes them', () => {
  it('come back as they were', () => {
    const value = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 3 },
        fc.constant(null),
        fc.boolean(),
        fc.integer(),
        fc.string(),
        fc.array(tie('json'), { maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie('json'), { maxKeys: 3 }),
      ),
    })).json;
    fc.assert(
      fc.property(value, (made) => {
        const text = json(made, 1e6);
        fc.pre(!text.includes('…'));
        const back = parsePlain(text);
        expect(JSON.stringify(back)).toBe(JSON.stringify(made));
      }),
    );
  });

  it('are not guessed when they were cut', () => {
    expect(parsePlain('[1 2 3 …')).toBeUndefined();
    expect(parsePlain('[1 2')).toBeUndefined();
    expect(parsePlain('(too much text')).toBeUndefined();
  });
});

describe('a stretch as text', () => {
  const ops = [
    op({ index: 4 }),
    op({
      index: 6,
      process: 2,
      f: 'read',
      value: '',
      result: '[1 2]',
      words: 'read [1 2]',
      start: 1_200_000,
      end: 1_900_000,
    }),
    op({
      index: 9,
      process: 3,
      outcome: 'info',
      error: 'timeout: no reply',
      words: 'write 8',
      value: '8',
      result: '8',
      end: 1_700_000,
    }),
  ];

  it('is a diagram with one line for each operation', () => {
    const lines = diagramOf(ops, 1_000_000, 2_000_000).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^p1 n1 {5}├─+┤ +3: write 7$/);
    expect(lines[3]).toMatch(/├┄+ +3: write 8 {2}ambiguous \(timeout: no reply\)$/);
  });

  it('is JSON with values as values', () => {
    const [, read, lost] = JSON.parse(jsonOf(ops)) as Record<string, Json>[];
    expect(read).toMatchObject({ op: 6, key: 3, value: null, result: [1, 2], startUs: 1_200_000 });
    expect(lost).toMatchObject({ outcome: 'info', error: 'timeout: no reply' });
    expect(lost).not.toHaveProperty('result');
  });

  it('is a history that can be read again', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'faultline-stretch-'));
    try {
      writeFileSync(join(dir, 'history.jsonl'), `${fixtureOf(ops)}\n`);
      const { history } = await readJsonl(join(dir, 'history.jsonl'));
      expect(history.length).toBe(6);
      expect(history.type(5)).toBe('ok');
      expect(history.value(5)).toEqual([1, 2]);
      expect(history.pair(5)).toBe(2);
    } finally {
      rmSync(dir, { recursive: true });
    }
    expect(fixtureOf([op({ value: '[1 …' })])).toBeNull();
  });
});
