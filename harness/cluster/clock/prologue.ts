/**
 * Moves the first instructions of a function elsewhere, so that a jump can take their place and the function can
 * still be called. Knows only the handful of instruction forms compilers put at the start of a function; for
 * anything else it declines, and the shim then asks the kernel instead, which is slower but always right.
 */

/** A prologue that was moved: runnable code that does the same and continues behind it. */
export interface MovedPrologue {
  code: Uint8Array;
  /** Bytes of whole instructions displaced at the start of the function. */
  displaced: number;
}

/** `jmp rel32`: how every detour is written. */
export const JUMP_BYTES = 5;

const ENDBR64 = [0xf3, 0x0f, 0x1e, 0xfa];
/** Two-operand register instructions (add, or, and, sub, xor, cmp, test, mov, movsxd) in their ModRM forms. */
const REGISTER_FORMS = new Set([
  0x01, 0x03, 0x09, 0x0b, 0x21, 0x23, 0x29, 0x2b, 0x31, 0x33, 0x39, 0x3b, 0x63, 0x85, 0x89, 0x8b,
]);

interface Instruction {
  length: number;
  /** Where in the instruction a displacement relative to the next instruction sits, when it has one. */
  relativeAt?: number;
}

/**
 * Builds code for offset `to` that runs the instructions at offset `from` (at least `room` bytes of them) and jumps
 * to what follows. Null when an instruction is not among the known forms.
 */
export function movePrologue(
  image: Uint8Array,
  from: number,
  room: number,
  to: number,
): MovedPrologue | null {
  const code: number[] = [];
  let at = from;
  while (at - from < room) {
    const instruction = decode(image, at);
    if (instruction === null) return null;
    const bytes = Buffer.from(image.subarray(at, at + instruction.length));
    if (instruction.relativeAt !== undefined) {
      const moved = bytes.readInt32LE(instruction.relativeAt) + at - (to + code.length);
      if (moved !== (moved | 0)) return null;
      bytes.writeInt32LE(moved, instruction.relativeAt);
    }
    code.push(...bytes);
    at += instruction.length;
  }
  code.push(...jump(to + code.length, at));
  return { code: Uint8Array.from(code), displaced: at - from };
}

/** `jmp` placed at offset `from` that lands on offset `to`. */
export function jump(from: number, to: number): Uint8Array {
  const bytes = Buffer.alloc(JUMP_BYTES);
  bytes[0] = 0xe9;
  bytes.writeInt32LE(to - (from + JUMP_BYTES), 1);
  return bytes;
}

/** Offset a `jmp rel32` at `from` lands on, or null when there is none. */
export function jumpTarget(image: Uint8Array, from: number): number | null {
  if (image[from] !== 0xe9 || from + JUMP_BYTES > image.length) return null;
  return from + JUMP_BYTES + Buffer.from(image.buffer, image.byteOffset, image.length).readInt32LE(from + 1);
}

/** Length of the known instruction at `at`; null for any other. */
export function decode(image: Uint8Array, at: number): Instruction | null {
  if (ENDBR64.every((byte, i) => image[at + i] === byte)) return { length: 4 };
  let cursor = at;
  // A REX prefix widens registers; it changes no length among the forms below.
  if (((image[cursor] ?? 0) & 0xf0) === 0x40) cursor++;
  const opcode = image[cursor];
  const modrm = image[cursor + 1];
  if (opcode === undefined || modrm === undefined) return null;
  const prefix = cursor - at;
  if (opcode >= 0x50 && opcode <= 0x57) return { length: prefix + 1 };
  const onRegister = modrm >> 6 === 3;
  const ripRelative = (modrm & 0xc7) === 0x05;
  if (REGISTER_FORMS.has(opcode) && onRegister) return { length: prefix + 2 };
  if (opcode === 0x83 && onRegister) return { length: prefix + 3 };
  if (opcode === 0x81 && onRegister) return { length: prefix + 6 };
  if ((opcode === 0x8d || opcode === 0x8b) && ripRelative) {
    return { length: prefix + 6, relativeAt: prefix + 2 };
  }
  if (opcode === 0x83 && ripRelative) return { length: prefix + 7, relativeAt: prefix + 2 };
  if (opcode === 0x81 && ripRelative) return { length: prefix + 10, relativeAt: prefix + 2 };
  return null;
}
