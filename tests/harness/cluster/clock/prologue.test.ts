import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, jump, jumpTarget, movePrologue } from '../../../../harness/cluster/clock/prologue.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const padded = (code: Buffer): Buffer => Buffer.concat([code, Buffer.alloc(64, 0xcc)]);

describe('decode', () => {
  // Lengths as a disassembler gives them.
  it.each([
    ['endbr64', 'f3 0f 1e fa', 4],
    ['push rbp', '55', 1],
    ['push r14', '41 56', 2],
    ['mov rbp, rsp', '48 89 e5', 3],
    ['test rdi, rdi', '48 85 ff', 3],
    ['xor eax, eax', '31 c0', 2],
    ['sub rsp, 0x10', '48 83 ec 10', 4],
    ['and rsp, -16', '48 83 e4 f0', 4],
    ['cmp edi, 0x17', '83 ff 17', 3],
    ['sub rsp, 0x100', '48 81 ec 00 01 00 00', 7],
    ['lea r10, [rip-0x6818]', '4c 8d 15 e8 97 ff ff', 7],
    ['mov edx, [rip+1]', '8b 15 01 00 00 00', 6],
    ['cmp dword [rip-0x6ac6], 0x7fffffff', '81 3d 3a 95 ff ff ff ff ff 7f', 10],
    ['cmp dword [rip+1], 1', '83 3d 01 00 00 00 01', 7],
  ])('knows %s', (_, code, length) => {
    expect(decode(padded(hex(code)), 0)?.length).toBe(length);
  });

  it.each([
    ['jmp rel8', 'eb 10'],
    ['call', 'e8 00 00 00 00'],
    ['je', '74 05'],
    ['mov [rsp+8], rax', '48 89 44 24 08'],
    ['syscall', '0f 05'],
  ])('declines %s', (_, code) => {
    expect(decode(padded(hex(code)), 0)).toBeNull();
  });

  it('declines at the end of the image', () => {
    expect(decode(hex('48'), 0)).toBeNull();
    expect(decode(Buffer.alloc(0), 0)).toBeNull();
  });
});

describe('movePrologue', () => {
  it('moves whole instructions and continues behind them', () => {
    const image = padded(hex('55 48 89 e5 41 56 53'));
    const moved = movePrologue(image, 0, 5, 1000);
    expect(moved?.displaced).toBe(6);
    expect(Buffer.from(moved!.code.subarray(0, 6))).toEqual(hex('55 48 89 e5 41 56'));
    const code = Buffer.concat([Buffer.alloc(1000), moved!.code]);
    expect(jumpTarget(code, 1006)).toBe(6);
  });

  it('keeps what an instruction relative to its place refers to', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -30_000, max: 30_000 }),
        fc.nat(4000),
        fc.nat(4000),
        (distance, from, to) => {
          const image = Buffer.alloc(4096 + 64);
          image.set(hex('4c 8d 15'), from);
          image.writeInt32LE(distance, from + 3);
          const moved = Buffer.from(movePrologue(image, from, 5, to)!.code);
          expect(to + 7 + moved.readInt32LE(3)).toBe(from + 7 + distance);
        },
      ),
    );
  });

  it('gives up rather than move what it does not know', () => {
    expect(movePrologue(padded(hex('55 eb 10 90 90')), 0, 5, 100)).toBeNull();
  });
});

it('reads back the jumps it writes', () => {
  fc.assert(
    fc.property(fc.nat(8000), fc.nat(8000), (from, to) => {
      const image = Buffer.alloc(8192);
      image.set(jump(from, to), from);
      expect(jumpTarget(image, from)).toBe(to);
    }),
  );
  expect(jumpTarget(Buffer.alloc(16), 3)).toBeNull();
});
