import { describe, expect, it } from 'vitest';
import { complete } from '../../../../reports/html/app/complete.ts';
import type { FilterData } from '../../../../reports/html/app/filter.ts';
import type { OpColumns } from '../../../../reports/html/codec.ts';

const KEYS = ['3', '3', '41', 'a b'];
const DATA = {
  loaded: 4,
  columns: { process: [7, 7, 8, 9] } as unknown as OpColumns,
  overview: {
    functions: ['read', 'write'],
    nodeNames: ['n2', 'n1'],
    faults: [{ id: 'kill-1', fault: 'kill', where: 'n1' }],
  },
  errors: ['timeout: no reply', 'timeout: late', 'refused'],
  key: (row: number) => KEYS[row]!,
} as unknown as FilterData & { loaded: number };

const at = (text: string, caret = text.length) => complete(text, caret, DATA, [1.5e6, 2.25e6]);
const texts = (text: string, caret?: number): string[] => at(text, caret).suggestions.map((one) => one.text);

describe('completion', () => {
  it('offers all fields where a term begins, and those that fit where one has begun', () => {
    expect(texts('')).toHaveLength(11);
    expect(texts('f:read ')).toContain('node:');
    expect(texts('!no')).toEqual(['!node:']);
    expect(texts('xyz')).toEqual([]);
  });

  it('offers what the run has', () => {
    expect(texts('f:')).toEqual(['f:read', 'f:write']);
    expect(texts('node:')).toEqual(['node:n1', 'node:n2']);
    expect(texts('outcome:o')).toEqual(['outcome:ok', 'outcome:open']);
    expect(texts('fault:')).toEqual(['fault:any', 'fault:kill', 'fault:kill-1']);
    expect(texts('!error:')).toEqual(['!error:timeout', '!error:refused']);
    expect(texts('time:')).toEqual(['time:1.5s..2.25s']);
    expect(texts('latency:>1')).toEqual(['latency:>1ms', 'latency:>10ms', 'latency:>100ms', 'latency:>1s']);
  });

  it('offers keys and processes by how often they occur, quoted where they need it', () => {
    expect(texts('key:')).toEqual(['key:3', 'key:41', 'key:"a b"']);
    expect(texts('process:')).toEqual(['process:7', 'process:8', 'process:9']);
    expect(at('key:').suggestions[0]!.note).toBe('2 operations');
  });

  it('replaces the term at the caret alone', () => {
    expect(at('f:read no outcome:ok', 9)).toMatchObject({ from: 7, to: 9 });
    expect(at('key:"a b" no', 12)).toMatchObject({ from: 10, to: 12 });
    expect(texts('"no')).toEqual([]);
  });
});
