/**
 * Records are read as they were written, however the stream was cut.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameCutter, JuteReader, JuteWriter } from '../../../systems/zookeeper/jute.ts';

describe('records', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array(),
        (int, long, text, bytes) => {
          const frame = new JuteWriter().int(int).long(long).text(text).buffer(Buffer.from(bytes)).frame();
          const record = new JuteReader(new FrameCutter().add(frame)[0]!);
          expect([record.int(), record.long(), record.text()]).toEqual([int, long, text]);
          expect([...record.buffer()]).toEqual([...bytes]);
        },
      ),
    );
  });

  it('are cut from a stream in pieces of any size', () => {
    const names = fc.array(fc.string(), { maxLength: 8 });
    fc.assert(
      fc.property(names, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (texts, sizes) => {
        const stream = Buffer.concat(texts.map((text) => new JuteWriter().text(text).frame()));
        const cutter = new FrameCutter();
        const found: string[] = [];
        for (let at = 0; at < stream.length; ) {
          const size = sizes.next().value as number;
          found.push(
            ...cutter.add(stream.subarray(at, at + size)).map((frame) => new JuteReader(frame).text()),
          );
          at += size;
        }
        expect(found).toEqual(texts);
      }),
    );
  });

  it('that end too early are noticed', () => {
    expect(() => new JuteReader(Buffer.from([0, 0, 0])).int()).toThrow(RangeError);
    expect(() => new JuteReader(Buffer.from([0, 0, 0, 9, 1])).text()).toThrow('ends before byte 13');
  });

  it('have lists, and none stands for an empty one', () => {
    const frame = new JuteWriter().int(2).text('a').text('b').int(-1).int(-1).frame();
    const record = new JuteReader(frame.subarray(4));
    expect([record.texts(), record.texts(), record.text()]).toEqual([['a', 'b'], [], '']);
  });
});
