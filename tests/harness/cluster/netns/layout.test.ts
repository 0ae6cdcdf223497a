/** The file shared with the switch: what is written where. */
import { describe, expect, it } from 'vitest';
import { CLEAR } from '../../../../harness/cluster/link-rules.ts';
import {
  bankAt,
  countersAt,
  decodeCounters,
  encodeBank,
  encodeHead,
  fileSize,
  MAX_LAYERS,
} from '../../../../harness/cluster/netns/layout.ts';

describe('the layout of the file', () => {
  it('leaves no gap and no overlap', () => {
    expect(bankAt(0, 3)).toBe(encodeHead(3, 1n, [10, 99, 0, 253]).length);
    const bank = encodeBank(Array.from({ length: 9 }, () => CLEAR)).length;
    expect(bankAt(1, 3)).toBe(bankAt(0, 3) + bank);
    const { position, length } = countersAt(3);
    expect(position).toBe(bankAt(1, 3) + bank);
    expect(fileSize(3)).toBe(position + length);
  });

  it('writes no limits and no chances for a clear link', () => {
    expect(encodeBank([CLEAR]).every((byte) => byte === 0)).toBe(true);
  });

  it('writes every rule', () => {
    const rule = encodeBank([
      {
        ...CLEAR,
        ...{ cut: true, overtake: true, loss: 1, duplicate: 0.5, corrupt: 0.25, mtu: 600 },
        ...{ rate: 1000, queueBytes: 0 },
        base: [{ ms: 1.5, fault: 'network' }],
        delays: [{ ms: 50, jitterMs: 10, distribution: 'normal', fault: 'latency-1' }],
      },
    ]);
    const words = Array.from({ length: 8 }, (_, i) => rule.readUInt32LE(4 * i));
    expect(words).toEqual([3, 0xffffffff, 2 ** 31, 0, 2 ** 30, 0, 600, 2]);
    expect(rule.readBigUInt64LE(32)).toBe(1000n);
    // A queue of nothing is not a queue without limit.
    expect(rule.readBigUInt64LE(40)).toBe(1n);
    expect([rule.readBigUInt64LE(48), rule.readUInt32LE(64), rule.readUInt32LE(68)]).toEqual([
      1_500_000n,
      0,
      0,
    ]);
    expect([rule.readBigUInt64LE(72), rule.readBigUInt64LE(80)]).toEqual([50_000_000n, 10_000_000n]);
    expect([rule.readUInt32LE(88), rule.readUInt32LE(92)]).toEqual([2, 1]);
  });

  it('refuses more delays than fit', () => {
    const delays = Array.from({ length: MAX_LAYERS + 1 }, (_, i) => ({ ms: 1, fault: `latency-${i}` }));
    expect(() => encodeBank([{ ...CLEAR, delays }])).toThrow(/8 delays at once, not 9/);
  });

  it('reads what a link did', () => {
    const data = Buffer.alloc(countersAt(2).length);
    const values = [9, 900, 5, 500, 1, 1, 1, 1, 2, 3, 4, 6, 7, 8, 10, 20];
    for (const [i, value] of values.entries()) data.writeBigUInt64LE(BigInt(value), 128 + 8 * i);
    expect(decodeCounters('n1', 'clients', data, 1)).toEqual({
      ...{ from: 'n1', to: 'clients', sent: 9, bytes: 900, delivered: 5, dropped: 4, held: 0 },
      ...{ added: 30, delayed: 2, duplicated: 3, reordered: 4, corrupted: 6, tampered: 7, travelNs: 8 },
    });
  });
});
