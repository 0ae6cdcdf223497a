/**
 * Reads the vDSO: the small ELF library the kernel maps into every process, whose functions answer clock reads
 * without a system call. Finds its functions and where its content ends, from bytes read out of a process.
 */

/** A function of the image: offset from the image's first byte, and length in bytes. */
export interface VdsoFunction {
  offset: number;
  size: number;
}

/** What a patch needs to know of a vDSO image. */
export interface VdsoImage {
  bytes: Uint8Array;
  functions: ReadonlyMap<string, VdsoFunction>;
  /** First offset that belongs to nothing in the ELF file; from here to the end of the mapping all bytes are zero. */
  contentEnd: number;
}

/** Thrown when a vDSO cannot be read or patched; the message is one clause for evidence and `doctor`. */
export class VdsoError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'VdsoError';
  }
}

const ELF_MAGIC = 0x7f454c46;
const CLASS_64_LITTLE_ENDIAN = 0x0201;
const MACHINE_X86_64 = 62;
const SEGMENT = { load: 1, dynamic: 2 } as const;
const DYNAMIC = { end: 0, hash: 4, strings: 5, symbols: 6 } as const;
const SYMBOL_BYTES = 24;
const TYPE_FUNCTION = 2;

/** Parses an image; O(size). Throws `VdsoError` when it is not an x86-64 vDSO. */
export function parseVdso(bytes: Uint8Array): VdsoImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (view.getUint32(0) !== ELF_MAGIC || view.getUint16(4) !== CLASS_64_LITTLE_ENDIAN) {
      throw new VdsoError('the vDSO is not a little-endian 64-bit ELF image');
    }
    if (view.getUint16(18, true) !== MACHINE_X86_64) throw new VdsoError('the vDSO is not x86-64 code');
    return readImage(bytes, view);
  } catch (error) {
    if (error instanceof RangeError) throw new VdsoError('the vDSO image is cut short or malformed');
    throw error;
  }
}

function readImage(bytes: Uint8Array, view: DataView): VdsoImage {
  const segments = readSegments(view);
  const dynamic = readDynamic(view, segments.dynamicAt, segments.bias);
  const strings = dynamic.get(DYNAMIC.strings);
  const symbols = dynamic.get(DYNAMIC.symbols);
  if (strings === undefined || symbols === undefined) throw new VdsoError('the vDSO names no symbols');
  const hash = dynamic.get(DYNAMIC.hash);
  // Newer kernels may leave out DT_HASH; the linker then still puts the string table right after the symbols.
  const count =
    hash === undefined ? Math.floor((strings - symbols) / SYMBOL_BYTES) : view.getUint32(hash + 4, true);
  if (count < 1 || count > 4096) throw new VdsoError(`the vDSO claims ${count} symbols`);
  const functions = new Map<string, VdsoFunction>();
  for (let i = 0; i < count; i++) {
    const at = symbols + i * SYMBOL_BYTES;
    if ((view.getUint8(at + 4) & 15) !== TYPE_FUNCTION) continue;
    const offset = u64(view, at + 8) - segments.bias;
    const size = u64(view, at + 16);
    if (offset <= 0 || offset + size > bytes.length)
      throw new VdsoError('a vDSO function lies outside the image');
    functions.set(textAt(bytes, strings + view.getUint32(at, true)), { offset, size });
  }
  return { bytes, functions, contentEnd: contentEnd(bytes, view, segments.end) };
}

function readSegments(view: DataView): { bias: number; dynamicAt: number; end: number } {
  const table = u64(view, 32);
  const entryBytes = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  let bias = 0;
  let dynamicAt = -1;
  let end = table + count * entryBytes;
  for (let i = 0; i < count; i++) {
    const at = table + i * entryBytes;
    const kind = view.getUint32(at, true);
    const fileOffset = u64(view, at + 8);
    if (kind === SEGMENT.load) bias = u64(view, at + 16) - fileOffset;
    if (kind === SEGMENT.dynamic) dynamicAt = fileOffset;
    end = Math.max(end, fileOffset + u64(view, at + 32));
  }
  if (dynamicAt < 0) throw new VdsoError('the vDSO has no dynamic section');
  return { bias, dynamicAt, end };
}

function readDynamic(view: DataView, from: number, bias: number): Map<number, number> {
  const entries = new Map<number, number>();
  for (let at = from; ; at += 16) {
    const tag = u64(view, at);
    if (tag === DYNAMIC.end) return entries;
    entries.set(tag, u64(view, at + 8) - bias);
  }
}

/** The larger of what the headers claim and the last byte that is not zero: neither alone is to be trusted. */
function contentEnd(bytes: Uint8Array, view: DataView, segmentsEnd: number): number {
  const sectionsEnd = u64(view, 40) + view.getUint16(58, true) * view.getUint16(60, true);
  let last = bytes.length;
  while (last > 0 && bytes[last - 1] === 0) last--;
  return Math.max(segmentsEnd, sectionsEnd, last);
}

function textAt(bytes: Uint8Array, from: number): string {
  const end = bytes.indexOf(0, from);
  if (end < 0) throw new VdsoError('a vDSO symbol name has no end');
  return Buffer.from(bytes.subarray(from, end)).toString('latin1');
}

/** Offsets and sizes of a vDSO are tiny; whatever does not fit 2^53 is rejected by the range checks that follow. */
function u64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}
