/** Reading what nodes write: bodies byte for byte, and what is wrong in words. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseBody,
  parseExactBody,
  readEnvelope,
  toBytes,
  toText,
  writeEnvelope,
} from '../../../../harness/cluster/stdio/envelope.ts';

const read = (line: string) =>
  readEnvelope(line) as { envelope: { body: string }; extra?: string; wrong?: string };

describe('readEnvelope', () => {
  it('keeps the bytes of the body, wherever it stands', () => {
    const body = '{ "type":"x", "n": 9007199254740993, "f":1.0,"q":"a\\"}{,", "l":[[{"body":1}]] }';
    for (const line of [
      `{"src":"n1","dest":"n2","body":${body}}`,
      ` { "body" : ${body} , "src":"n1","dest":"n2"}  `,
      `{"b\\u006fdy":${body},"id":3,"src":"n1","dest":"n2"}`,
      `{"body":{"type":"not me"},"src":"n1","dest":"n2","body":${body}}`,
    ]) {
      expect(read(line).envelope).toMatchObject({ src: 'n1', dest: 'n2', type: 'x', body });
    }
  });

  it('finds the body of any message', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.boolean(),
        fc.integer({ min: 0, max: 2 }),
        (inner, first, indent) => {
          const message = first ? { body: inner, src: 'a', dest: 'b' } : { src: 'a', dest: 'b', body: inner };
          const line = toBytes(JSON.stringify(message, null, indent).replaceAll('\n', ' '));
          expect(JSON.parse(toText(read(line).envelope.body))).toEqual(JSON.parse(JSON.stringify(inner)));
        },
      ),
    );
  });

  it('says what is wrong', () => {
    expect(read('oops').wrong).toBe('not JSON');
    expect(read('[1]').wrong).toBe('not a JSON object');
    expect(read('{"src":null,"dest":"a","body":{}}').wrong).toBe('src is null, not a string');
    expect(read('{"src":"a","body":{}}').wrong).toBe('dest is missing, not a string');
    expect(read('{"src":"a","dest":"b","body":[]}').wrong).toBe('body is a list, not an object');
    expect(read('{"src":"a","dest":"b"}').wrong).toBe('body is missing, not an object');
    expect(read('{"src":"a","dest":"b","body":{},"to":1}')).toMatchObject({ extra: 'to' });
  });

  it('writes the id the protocol asks for', () => {
    const line = writeEnvelope(7, { src: 'a', dest: 'b', body: '{"type":"x"}' });
    expect(JSON.parse(line)).toEqual({ id: 7, src: 'a', dest: 'b', body: { type: 'x' } });
    expect(line.endsWith('\n')).toBe(true);
  });

  it('carries text beyond ASCII', () => {
    expect(toText(toBytes('Ω ünï 🦀'))).toBe('Ω ünï 🦀');
    expect(parseBody(toBytes('{"v":"🦀","n":9007199254740993}'))).toEqual({
      v: '🦀',
      n: { $int: '9007199254740993' },
    });
  });
});

describe('bodies the harness reads', () => {
  it('have 1 and 1.0 as one number, unless they are asked for as they were written', () => {
    expect(parseBody('{"id":1.0}')).toEqual({ id: 1 });
    expect(parseExactBody('{"id":1.0,"n":1,"t":"\u00c3\u00bc"}')).toEqual({
      id: { $float: '1.0' },
      n: 1,
      t: 'ü',
    });
  });
});
