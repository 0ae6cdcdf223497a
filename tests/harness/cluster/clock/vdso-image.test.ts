import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseVdso, VdsoError } from '../../../../harness/cluster/clock/vdso-image.ts';
import { canPatch } from './clock-child.ts';
import { ownVdso } from './own-vdso.ts';

describe.skipIf(!canPatch)('parseVdso', () => {
  it('finds the clock functions of this kernel and the end of the content', () => {
    const bytes = ownVdso();
    const image = parseVdso(bytes);
    for (const name of ['__vdso_clock_gettime', '__vdso_gettimeofday', '__vdso_time']) {
      const found = image.functions.get(name);
      expect(found?.size).toBeGreaterThan(8);
      expect(found!.offset + found!.size).toBeLessThanOrEqual(image.contentEnd);
    }
    expect(bytes.subarray(image.contentEnd).every((byte) => byte === 0)).toBe(true);
  });

  it('finds them without a hash table', () => {
    const bytes = ownVdso();
    const whole = parseVdso(bytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    let hidden = false;
    // Turns the dynamic entry DT_HASH into one of no interest.
    for (let at = 0; at + 16 < bytes.length; at += 8) {
      const [tag, value] = [view.getBigUint64(at, true), view.getBigUint64(at + 8, true)];
      if (tag === 4n && value > 0n && value < 4096n && view.getBigUint64(at - 16, true) < 64n) {
        view.setBigUint64(at, 0x6fff_ff00n, true);
        hidden = true;
        break;
      }
    }
    expect(hidden).toBe(true);
    expect([...parseVdso(bytes).functions.keys()].sort()).toEqual([...whole.functions.keys()].sort());
  });

  it('answers any damage with a VdsoError or an image in bounds, and never hangs', () => {
    const original = ownVdso();
    const damage = fc.array(fc.tuple(fc.nat(0x5ff), fc.nat(255)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(damage, fc.nat(original.length), (changes, cut) => {
        const bytes = Buffer.from(original.subarray(0, cut < 64 ? original.length : cut));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          const { functions } = parseVdso(bytes);
          for (const { offset, size } of functions.values()) {
            expect(offset).toBeGreaterThan(0);
            expect(offset + size).toBeLessThanOrEqual(bytes.length);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(VdsoError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('refuses what is no vDSO of this architecture', () => {
  expect(() => parseVdso(Buffer.alloc(0))).toThrow(VdsoError);
  expect(() => parseVdso(Buffer.alloc(4096))).toThrow(/not a little-endian 64-bit ELF/);
  const arm = Buffer.alloc(4096);
  arm.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  arm.writeUInt16LE(183, 18);
  expect(() => parseVdso(arm)).toThrow(/not x86-64/);
});
