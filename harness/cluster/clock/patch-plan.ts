/**
 * Decides which bytes to write into a vDSO so that its clock functions run our shim. Pure: image in, writes out;
 * attaching (who must stand still meanwhile) is another file's business.
 */
import { CONTROL, CONTROL_MAGIC } from './control-block.ts';
import { decode, JUMP_BYTES, jump, jumpTarget, movePrologue } from './prologue.ts';
import { SHIM_X64_BASE64 } from './shim-x64.ts';
import { VdsoError, type VdsoFunction, type VdsoImage } from './vdso-image.ts';

/** Where the shim goes: into the unused end of the mapping, or over the body of the function it replaces. */
export type ShimPlace = 'slack' | 'body';

/** Bytes for one place of the image. */
export interface PatchWrite {
  offset: number;
  bytes: Uint8Array;
}

/** Everything to write: first the code, which nobody runs yet (place `slack`), then the entries that lead to it. */
export interface PatchPlan {
  place: ShimPlace;
  code: PatchWrite[];
  entries: PatchWrite[];
  controlOffset: number;
  /** The shim calls the original function (about 12 ns on top) rather than the kernel (about 150 ns). */
  fastPath: boolean;
  /** A thread whose next instruction lies in [from, to) must not run on while the plan is written. */
  forbidden: { from: number; to: number }[];
  /** Every entry is replaced by one aligned store, so running threads see the old or the new instruction. */
  atomic: boolean;
}

const REPLACED = ['__vdso_clock_gettime', '__vdso_gettimeofday', '__vdso_time'] as const;
const WORD = 8;
const ALIGNMENT = 16;

/** The shim, ready to be copied; position independent, control block first. */
export function shimBlob(): Buffer {
  return Buffer.from(SHIM_X64_BASE64, 'base64');
}

/** Offset of the control block in an image that carries our shim already; null in an untouched one. */
export function findControl(image: Uint8Array): number | null {
  const at = Buffer.from(image.buffer, image.byteOffset, image.length).indexOf(CONTROL_MAGIC, 0, 'latin1');
  return at < 0 || at + CONTROL.bytes > image.length ? null : at;
}

/** Do the clock functions of a patched image jump to the shim whose control block is at `controlOffset`? */
export function leadsToShim(image: VdsoImage, controlOffset: number): boolean {
  const control = Buffer.from(image.bytes.buffer, image.bytes.byteOffset + controlOffset, CONTROL.bytes);
  return REPLACED.every((name, i) => {
    const target = jumpTarget(image.bytes, functionNamed(image, name).offset);
    return target === controlOffset + control.readUInt32LE(CONTROL.entries + 4 * i);
  });
}

/** Plans the patch of an untouched image. `place` forces one; throws `VdsoError` when there is no room for it. */
export function planPatch(image: VdsoImage, place?: ShimPlace): PatchPlan {
  const blob = shimBlob();
  const functions = REPLACED.map((name) => functionNamed(image, name));
  for (const { size } of functions) {
    if (size < JUMP_BYTES) throw new VdsoError('a clock function is too short to be replaced');
  }
  const clock = functions[0]!;
  const slackAt = align(image.contentEnd);
  const fitsSlack = slackAt + blob.length <= image.bytes.length;
  const bodyAt = align(clock.offset + JUMP_BYTES);
  const fitsBody = bodyAt + blob.length <= clock.offset + clock.size;
  const chosen = place ?? (fitsSlack ? 'slack' : 'body');
  if (chosen === 'slack' ? !fitsSlack : !fitsBody) {
    throw new VdsoError(`no room for ${blob.length} bytes of shim in this vDSO`);
  }
  const controlOffset = chosen === 'slack' ? slackAt : bodyAt;
  const code: PatchWrite[] = [{ offset: controlOffset, bytes: blob }];
  const fastPath = chosen === 'slack' && addFastPath(image, clock, controlOffset, code);
  const entries = functions.map((fn, i) =>
    entryWrite(image.bytes, fn.offset, controlOffset + blob.readUInt32LE(CONTROL.entries + 4 * i)),
  );
  const whole = { from: clock.offset + 1, to: clock.offset + clock.size };
  const forbidden = functions.flatMap((fn) => interior(image.bytes, fn.offset));
  return {
    place: chosen,
    code,
    entries,
    controlOffset,
    fastPath,
    forbidden: chosen === 'body' ? [whole, ...forbidden] : forbidden,
    atomic: chosen === 'slack' && entries.every((write) => write.bytes.length === WORD),
  };
}

/** Puts the displaced start of clock_gettime behind the shim and tells the control block; false when impossible. */
function addFastPath(
  image: VdsoImage,
  clock: VdsoFunction,
  controlOffset: number,
  code: PatchWrite[],
): boolean {
  const blob = Buffer.from(code[0]!.bytes.buffer, code[0]!.bytes.byteOffset, code[0]!.bytes.length);
  const to = align(controlOffset + blob.length);
  const moved = movePrologue(image.bytes, clock.offset, JUMP_BYTES, to);
  if (moved === null || moved.displaced > clock.size || to + moved.code.length > image.bytes.length)
    return false;
  blob.writeBigInt64LE(BigInt(to - controlOffset), CONTROL.original);
  code.push({ offset: to, bytes: moved.code });
  return true;
}

/** The jump over a function's entry, widened to one aligned word when the entry is aligned. */
function entryWrite(image: Uint8Array, entry: number, target: number): PatchWrite {
  const bytes = jump(entry, target);
  if (entry % WORD !== 0) return { offset: entry, bytes };
  const word = Uint8Array.from(image.subarray(entry, entry + WORD));
  word.set(bytes);
  return { offset: entry, bytes: word };
}

/** Places inside the replaced bytes where an instruction may start; none when the first instruction covers them. */
function interior(image: Uint8Array, entry: number): { from: number; to: number }[] {
  const first = decode(image, entry);
  if (first !== null && first.length >= JUMP_BYTES) return [];
  return [{ from: entry + 1, to: entry + JUMP_BYTES }];
}

function functionNamed(image: VdsoImage, name: string): VdsoFunction {
  const found = image.functions.get(name);
  if (found === undefined) throw new VdsoError(`the vDSO has no ${name}`);
  return found;
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}
