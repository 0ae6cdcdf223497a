/**
 * Whatever bytes come in, a reader answers with a history or with a `UsageError`: never a crash, never a hang.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEdn } from '../../../harness/history/edn.ts';
import { parseElleJson } from '../../../harness/history/elle-json.ts';
import { ednOp } from '../../../harness/history/export.ts';
import { parseJepsenLog } from '../../../harness/history/jepsen-log.ts';
import { parseJsonl } from '../../../harness/history/jsonl.ts';
import type { ReadResult } from '../../../harness/history/read-result.ts';
import { UsageError } from '../../../harness/registry.ts';
import { ops } from './arbitraries.ts';

const PARSERS: Record<string, (bytes: Buffer) => ReadResult> = {
  jsonl: (bytes) => parseJsonl(bytes, 'h'),
  'jsonl, independent': (bytes) => parseJsonl(bytes, 'h', { independent: true }),
  edn: (bytes) => parseEdn(bytes, 'h'),
  'elle-json': (bytes) => parseElleJson(bytes, 'h'),
  'jepsen-log': (bytes) => parseJepsenLog(bytes, 'h'),
};

function survives(parse: (bytes: Buffer) => ReadResult, bytes: Buffer): void {
  try {
    const { history } = parse(bytes);
    const indices = [...history.ops()].map(({ index }) => index);
    expect(indices).toEqual(indices.map((_, i) => i));
    expect(indices).toHaveLength(history.length);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).file).toBe('h');
  }
}

/** A real file with one stretch cut out, doubled or replaced by other bytes. */
function damaged(text: string, from: number, length: number, by: string): Buffer {
  const bytes = Buffer.from(text);
  const at = bytes.length === 0 ? 0 : from % bytes.length;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(by), bytes.subarray(at + length)]);
}

const damage = fc.tuple(
  fc.nat(100_000),
  fc.nat(30),
  fc.oneof(
    fc.constant(''),
    fc.string({ maxLength: 5 }),
    fc.constantFrom('"', '}', '{', '[', '\n', '\\', '9'.repeat(20), '#_', '"f":'),
  ),
);

describe.each(Object.entries(PARSERS))('%s', (_, parse) => {
  it('survives random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => survives(parse, Buffer.from(bytes))));
  });

  it('survives text made of its own pieces', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '"',
      ':',
      ',',
      '\n',
      ' ',
      '#',
      '#{',
      '#_',
      '^',
      ';',
      '\\',
      'nil',
      'null',
      '-',
      '1',
      '1.5',
      '12N',
      ':f',
      ':type',
      ':ok',
      '"type"',
      '"invoke"',
      '"process"',
      '"f"',
      '"value"',
      '"time":',
      '"error":{',
      'INFO  jepsen.util - 0 :invoke :read ',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) =>
        survives(parse, Buffer.from(pieces.join(''))),
      ),
      { numRuns: 300 },
    );
  });

  it('survives damaged files', () => {
    fc.assert(
      fc.property(ops, damage, (list, [from, length, by]) => {
        const json = list.map((op) => JSON.stringify(op)).join('\n');
        survives(parse, damaged(json, from, length, by));
        survives(parse, damaged(list.map(ednOp).join('\n'), from, length, by));
        survives(parse, damaged(`[${json.replaceAll('\n', ',')}]`, from, length, by));
      }),
    );
  });
});
