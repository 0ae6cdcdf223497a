import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { HistoryError } from '../../../harness/history/builder.ts';
import { JournalWriter } from '../../../harness/history/journal.ts';
import { JsonlParser, parseJsonl, readJsonl } from '../../../harness/history/jsonl.ts';
import type { ReadOptions } from '../../../harness/history/read-result.ts';
import { ops } from './arbitraries.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-jsonl-'));
afterAll(() => rmSync(folder, { recursive: true }));

const INVOKE = '{"index":0,"time":5,"process":0,"type":"invoke","f":"read","value":null}';
const OK = '{"index":1,"time":9,"process":0,"type":"ok","f":"read","value":3}';

function errorOf(text: string, options: ReadOptions = {}): HistoryError {
  try {
    parseJsonl(text, 'h.jsonl', options);
  } catch (error) {
    if (error instanceof HistoryError) return error;
    throw error;
  }
  throw new Error('expected a HistoryError');
}

describe('journal and JSONL reader', () => {
  it('round-trips any history, whatever the chunks', () => {
    fc.assert(
      fc.property(ops, fc.integer({ min: 1, max: 300 }), (list, size) => {
        const path = join(folder, 'round.jsonl');
        const journal = new JournalWriter(path);
        for (const op of list) expect(journal.append(op)).toBe(op.index);
        journal.close();
        const bytes = readFileSync(path);
        const parser = new JsonlParser('h');
        for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size));
        const { history, notes } = parser.end();
        expect([...history.ops()]).toEqual(list);
        expect(notes).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('reads what JSON.stringify writes, in any order of fields and with blanks', () => {
    fc.assert(
      fc.property(ops, fc.boolean(), (list, blanks) => {
        const lines = list.map((op) => {
          const shuffled = Object.fromEntries(Object.entries(op).reverse());
          return JSON.stringify(shuffled, null, blanks ? 1 : 0).replaceAll('\n', ' ');
        });
        const { history } = parseJsonl(lines.join('\r\n'), 'h');
        expect([...history.ops()]).toEqual(list);
      }),
    );
  });

  it('tolerates and reports a torn last line', () => {
    const { history, notes } = parseJsonl(`${INVOKE}\n${OK.slice(0, 30)}`, 'h.jsonl');
    expect(history.length).toBe(1);
    expect(history.outcome(0)).toBe('info');
    expect(notes).toEqual([expect.stringContaining('h.jsonl:2 is torn')]);
  });

  it('refuses a time that is no finite number', () => {
    const error = errorOf(`${INVOKE.replace('"time":5', '"time":1e400')}\n`);
    expect(error.line).toBe(1);
    expect(error.message).toBe('time is no finite number');
  });

  it('does not take a wrong last line for a torn one', () => {
    expect(errorOf(`${INVOKE}\n${INVOKE}`).line).toBe(2);
    expect(errorOf(`${INVOKE}\n${OK.slice(0, 30)}\n`).line).toBe(2);
  });

  it('accepts a whole last line without its newline', () => {
    const { history, notes } = parseJsonl(`${INVOKE}\n${OK}`, 'h.jsonl');
    expect(history.length).toBe(2);
    expect(notes).toEqual([]);
  });

  it('names file, line, column and what was expected for a malformed line', () => {
    const error = errorOf(`${INVOKE}\n{"process": 0, oops}\n${OK}\n`);
    expect(error.place).toBe('h.jsonl:2:16');
    expect(error.format()).toContain('expected one operation per line');
    expect(error.format()).toContain('\n                 ^');
    expect(errorOf('[1]\n').message).toContain('not a JSON object');
  });

  it('names the line of an operation that completes twice, or was never invoked', () => {
    expect(errorOf(`${INVOKE}\n${OK}\n\n${OK}\n`).place).toBe('h.jsonl:4');
    expect(errorOf(`${OK}\n`).format()).toContain('without an open invocation');
  });

  it('names the field that is missing or of a wrong type, and the nearest type', () => {
    expect(errorOf('{"type":"invoke","f":"read"}\n').message).toBe('process is missing');
    expect(errorOf('{"process":0,"type":"invoek","f":"read"}\n').hint).toContain('did you mean "invoke"?');
    expect(errorOf('{"process":0,"type":"constructor","f":"read","time":1,"value":1}\n').message).toContain(
      'type',
    );
    expect(errorOf('{"process":0,"type":"invoke","f":3}\n').message).toBe('f is 3');
    expect(errorOf('{"process":0,"type":"invoke","f":"r","time":"x"}\n').message).toBe('time is "x"');
    expect(errorOf('{"process":0,"type":"invoke","f":"r","node":4}\n').message).toBe('node is 4');
    expect(errorOf('{"process":0,"type":"invoke","f":"r","phase":"lod"}\n').hint).toContain('"load"');
  });

  it('accepts named processes, missing times and foreign errors', () => {
    const { history, notes } = parseJsonl(
      [
        '{"process":"alice","type":"invoke","f":"read"}',
        '{"process":"7","type":"invoke","f":"read"}',
        '{"process":"nemesis","type":"info","f":"start"}',
        '{"process":"alice","type":"fail","f":"read","error":["Timed Out","after 5 s"]}',
        '{"process":"7","type":"info","f":"read","error":"timeout"}',
      ].join('\n'),
      'h',
    );
    expect(history.op(0)).toEqual({
      index: 0,
      time: 0,
      process: 1_000_000,
      type: 'invoke',
      f: 'read',
      value: null,
    });
    expect(history.process(1)).toBe(7);
    expect(history.process(2)).toBe('nemesis');
    expect(history.error(3)).toEqual({ definite: true, kind: 'timed-out', message: 'after 5 s' });
    expect(history.error(4)).toEqual({ definite: false, kind: 'timeout' });
    expect(notes.join('\n')).toContain('5 operations have no time');
    expect(notes.join('\n')).toContain('alice is 1000000');
  });

  it('never confuses integers beyond 2^53', () => {
    const { history } = parseJsonl(
      [1, 2, 3]
        .map((d) => `{"process":${d},"type":"invoke","f":"add","value":[900719925474099${d}]}`)
        .join('\n'),
      'h',
    );
    const one = parseJsonl('{"time":1,"process":1,"type":"invoke","f":"add","value":9007199254740993}', 'h');
    expect(history.values.size).toBe(3);
    expect(one.history.value(0)).toBe('9007199254740993');
  });

  it('lifts independent keys out of client values on request', () => {
    const text = [
      '{"process":0,"type":"invoke","f":"read","value":[4,null]}',
      '{"process":"nemesis","type":"info","f":"start","value":[1,2]}',
      '{"process":0,"type":"ok","f":"read","value":[4,[1,2]]}',
    ].join('\n');
    const { history } = parseJsonl(text, 'h', { independent: true });
    expect([history.key(0), history.value(0)]).toEqual([4, null]);
    expect(history.key(1)).toBeUndefined();
    expect([history.key(2), history.value(2)]).toEqual([4, [1, 2]]);
  });

  it('reads gzip by content, and says which file is missing', async () => {
    const path = join(folder, 'zipped.jsonl');
    writeFileSync(path, gzipSync(`${INVOKE}\n${OK}\n`));
    expect((await readJsonl(path)).history.length).toBe(2);
    await expect(readJsonl(join(folder, 'nope.jsonl'))).rejects.toThrow('there is no such file');
    writeFileSync(path, gzipSync(`${INVOKE}\n${OK}\n`).subarray(0, 40));
    await expect(readJsonl(path)).rejects.toThrow('unexpected end of file');
  });

  it('reads deep values, and refuses those no stack can hold with their line', () => {
    const line = (depth: number): string =>
      `{"process": 0, "type": "invoke", "f": "add", "value": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(parseJsonl(line(500), 'deep').history.length).toBe(1);
    expect(() => parseJsonl(`\n${line(200_000)}`, 'deep')).toThrow(HistoryError);
    try {
      parseJsonl(`\n${line(200_000)}\n`, 'deep');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ message: 'a value is nested too deeply', file: 'deep', line: 2 });
    }
  });
});
