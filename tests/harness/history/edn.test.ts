import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { HistoryError, historyOf } from '../../../harness/history/builder.ts';
import { parseEdn } from '../../../harness/history/edn.ts';
import { EdnReader } from '../../../harness/history/edn-reader.ts';
import { ednValue, writeHistory } from '../../../harness/history/export.ts';
import type { Json } from '../../../harness/op.ts';
import { json, ops } from './arbitraries.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-edn-'));
afterAll(() => rmSync(folder, { recursive: true }));

const form = (text: string): Json => new EdnReader(Buffer.from(text), 'x.edn').form();
const parse = (text: string, options = {}) => parseEdn(Buffer.from(text), 'x.edn', options);

function errorOf(read: () => unknown): HistoryError {
  try {
    read();
  } catch (error) {
    if (error instanceof HistoryError) return error;
    throw error;
  }
  throw new Error('expected a HistoryError');
}

describe('EDN forms', () => {
  it.each<[string, Json]>([
    ['nil', null],
    ['true', true],
    ['-17', -17],
    ['+5', 5],
    ['-0', 0],
    ['123N', 123],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993N', '-9007199254740993'],
    ['1/3', '1/3'],
    ['2.50M', 2.5],
    ['1e3', 1000],
    ['##NaN', 'NaN'],
    [':some.ns/key', 'some.ns/key'],
    ['sym-bol', 'sym-bol'],
    ['"a\\n\\"\\\\\\u00e9ü\\t"', 'a\n"\\éü\t'],
    ['[\\a \\newline \\u0041 \\( \\é \\space]', ['a', '\n', 'A', '(', 'é', ' ']],
    ['#{1 2 3}', [1, 2, 3]],
    ['(1 [2 (3)])', [1, [2, [3]]]],
    ['{:a 1, "b" {2 3} [4] nil}', { a: 1, b: { 2: 3 }, '[4]': null }],
    ['#:ns{:a 1 :other/b 2}', { 'ns/a': 1, 'other/b': 2 }],
    ['#inst "2026-01-01"', '2026-01-01'],
    ['#my.ns/tag {:a 1}', { a: 1 }],
    ['^{:meta true} [1 #_ [2 #_ 3] 4]', [1, 4]],
    ['[1, ; comment ] "\n 2]', [1, 2]],
    ['{:__proto__ 1}', JSON.parse('{"__proto__":1}') as Json],
  ])('reads %s', (text, expected) => {
    expect(form(text)).toEqual(expected);
  });

  it('reads back any JSON value it wrote', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(form(ednValue(value))).toEqual(value);
      }),
    );
  });

  it.each([
    ['[1 2', 'x.edn:1:1', 'the file ends before this is closed', ']'],
    ['{:a\n  :b :c}', 'x.edn:2:8', 'the key c has no value', 'form'],
    ['[1\n ü )]', 'x.edn:2:4', 'unexpected )', 'form'],
    ['"abc', 'x.edn:1:1', 'the file ends before this is closed', '"'],
    ['"a\\qb"', 'x.edn:1:1', '\\q is not an escape', '\\t'],
    ['12abc', 'x.edn:1:1', '12abc is not a number', '1/3'],
    ['\\foo', 'x.edn:1:1', '\\foo is not a character', '\\newline'],
    ['[: ]', 'x.edn:1:3', 'expected a name after :', ''],
    ['', 'x.edn:1:1', 'the file ends too early', 'form'],
    ['#', 'x.edn:1:1', '# is not followed', ''],
  ])('says where %j is wrong', (text, place, message, hint) => {
    const error = errorOf(() => form(text));
    expect(error.place).toBe(place);
    expect(error.message).toContain(message);
    expect(error.hint ?? '').toContain(hint);
    expect(error.excerpt).toMatch(/\^$/);
  });

  it('refuses bottomless nesting with an error, not a crash', () => {
    expect(errorOf(() => form('['.repeat(100_000))).message).toContain('nested deeper');
  });
});

describe('EDN histories', () => {
  it('round-trips any history, one map per line or one vector', () => {
    fc.assert(
      fc.property(ops, fc.boolean(), (list, vector) => {
        const path = join(folder, 'round.edn');
        writeHistory(historyOf(list), path, 'edn');
        const text = readFileSync(path, 'utf8');
        const { history, notes } = parse(vector ? `; a comment\n[${text}]\n` : text);
        expect([...history.ops()]).toEqual(list);
        expect(notes).toEqual(list.length === 0 && !vector ? ['x.edn is empty'] : []);
      }),
    );
  });

  it('reads what Jepsen writes', () => {
    const { history, notes } = parse(`
      #jepsen.history.Op{:index 0, :time 12, :type :invoke, :process 0, :f :write, :value [3 1]}
      {:type :info, :f :start, :process :nemesis, :time 13, :value nil, :index 1}
      {:type :info, :process 0, :f :write, :value [3 1], :time 14, :error [:timeout "5 s"], :index 2}
      {:type :invoke, :process 5, :f nil, :value [[:append :x 1] [:r :y nil]], :time 15}
      {:type :fail, :process 5, :f nil, :value [[:append :x 1] [:r :y nil]], :time 16, :error :not-leader}`);
    expect(history.op(0)).toMatchObject({ process: 0, f: 'write', value: [3, 1], time: 12 });
    expect(history.op(1)).toMatchObject({ process: 'nemesis', f: 'start', type: 'info' });
    expect(history.error(2)).toEqual({ definite: false, kind: 'timeout', message: '5 s' });
    expect(history.op(3)).toMatchObject({
      f: 'txn',
      value: [
        ['append', 'x', 1],
        ['r', 'y', null],
      ],
    });
    expect(history.error(4)).toEqual({ definite: true, kind: 'not-leader' });
    expect(notes).toEqual([]);
  });

  it('lifts independent keys on request', () => {
    const text =
      '{:process 0 :type :invoke :f :read :value [7 nil]} {:process 0 :type :ok :f :read :value [7 3]}';
    const { history } = parse(text, { independent: true });
    expect([history.key(0), history.value(0), history.key(1), history.value(1)]).toEqual([7, null, 7, 3]);
  });

  it('tolerates a torn tail wherever it is torn', () => {
    const whole = '#jepsen.history.Op{:process 0, :type :invoke, :f :read, :value nil, :time 1}\n';
    const last = '#jepsen.history.Op{:process 0, :type :ok, :f :read, :value #{3 "a"}, :time 2}';
    for (let cut = 1; cut < last.length; cut++) {
      const { history, notes } = parseEdn(Buffer.from(whole + last.slice(0, cut)), 'x.edn');
      expect(history.length, last.slice(0, cut)).toBe(1);
      expect(notes[0]).toContain('x.edn:2 is torn');
    }
  });

  it('tolerates a torn tail of lines, not of a vector', () => {
    const line = '{:process 0 :type :invoke :f :read}';
    const { history, notes } = parse(`${line}\n{:process 0 :type :o`);
    expect(history.length).toBe(1);
    expect(notes[0]).toContain('x.edn:2 is torn');
    expect(errorOf(() => parse(`${line}\n{:process 0 :type :o\n`)).place).toBe('x.edn:2:1');
    expect(errorOf(() => parse(`[${line}\n`)).message).toContain('before this is closed');
    expect(errorOf(() => parse(`[${line}] 5`)).message).toContain('something follows');
  });

  it('places errors of operations at the operation', () => {
    const error = errorOf(() =>
      parse('{:process 0 :type :invoke :f :read}\n  {:process 1 :type :ok :f :read}\n'),
    );
    expect(error.place).toBe('x.edn:2:3');
    expect(error.index).toBe(1);
    expect(errorOf(() => parse('{:process 0 :type :invke :f :read}')).hint).toContain('"invoke"');
    expect(errorOf(() => parse('42')).hint).toContain('a map such as');
  });

  it('makes up invocations that claim nothing for completions alone', () => {
    const { history, notes } = parse(
      '{:process 0 :type :ok :f :txn :value [[:append 1 1]]}\n' +
        '{:process 1 :type :ok :f :txn :value [[:r 1 [1]]]}\n' +
        '{:process 0 :type :ok :f :txn :value [[:r 1 [1]]]}\n',
    );
    expect([...history.ops()].map((op) => [op.process, op.type])).toEqual([
      [0, 'invoke'],
      [1, 'invoke'],
      [0, 'ok'],
      [0, 'invoke'],
      [1, 'ok'],
      [0, 'ok'],
    ]);
    expect(history.value(1)).toEqual([['r', 1, null]]);
    expect(notes[0]).toContain('completions only');
  });
});
