import { describe, expect, it } from 'vitest';
import { CONTROL } from '../../../../harness/cluster/clock/control-block.ts';
import {
  findControl,
  leadsToShim,
  type PatchPlan,
  planPatch,
  shimBlob,
} from '../../../../harness/cluster/clock/patch-plan.ts';
import { parseVdso, type VdsoImage } from '../../../../harness/cluster/clock/vdso-image.ts';
import { canPatch } from './clock-child.ts';
import { ownVdso } from './own-vdso.ts';

function carriedOut(image: VdsoImage, plan: PatchPlan): Buffer {
  const bytes = Buffer.from(image.bytes);
  for (const { offset, bytes: code } of [...plan.code, ...plan.entries]) bytes.set(code, offset);
  return bytes;
}

describe.skipIf(!canPatch)('planPatch', () => {
  it.each(['slack', 'body'] as const)('leads every clock function to the shim (%s)', (place) => {
    const image = parseVdso(ownVdso());
    expect(findControl(image.bytes)).toBeNull();
    const plan = planPatch(image, place);
    const patched = carriedOut(image, plan);
    expect(findControl(patched)).toBe(plan.controlOffset);
    expect(leadsToShim(parseVdso(patched), plan.controlOffset)).toBe(true);
    expect(leadsToShim({ ...image, bytes: patched }, plan.controlOffset)).toBe(true);
  });

  it('puts the shim where nothing is and changes nothing but entries, in place slack', () => {
    const image = parseVdso(ownVdso());
    const plan = planPatch(image, 'slack');
    const patched = carriedOut(image, plan);
    const changed = [...patched.keys()].filter(
      (at) => at < image.contentEnd && patched[at] !== image.bytes[at],
    );
    const entries = ['__vdso_clock_gettime', '__vdso_gettimeofday', '__vdso_time'].map(
      (name) => image.functions.get(name)!.offset,
    );
    for (const at of changed) expect(entries.some((entry) => at >= entry && at < entry + 5)).toBe(true);
    expect(plan.controlOffset % 16).toBe(0);
    expect(plan.code.every(({ offset, bytes }) => offset + bytes.length <= image.bytes.length)).toBe(true);
  });

  it('puts code where nothing is, and changes nothing else before the entries', () => {
    const image = parseVdso(ownVdso());
    const { code, entries } = planPatch(image, 'slack');
    expect(code.every(({ offset }) => offset >= image.contentEnd)).toBe(true);
    expect(entries.every(({ offset }) => offset < image.contentEnd)).toBe(true);
  });

  it('stays inside clock_gettime in place body and forbids all of it', () => {
    const image = parseVdso(ownVdso());
    const clock = image.functions.get('__vdso_clock_gettime')!;
    const plan = planPatch(image, 'body');
    expect(plan).toMatchObject({ place: 'body', fastPath: false, atomic: false });
    expect(plan.controlOffset).toBeGreaterThanOrEqual(clock.offset + 5);
    expect(plan.controlOffset + shimBlob().length).toBeLessThanOrEqual(clock.offset + clock.size);
    expect(plan.forbidden).toContainEqual({ from: clock.offset + 1, to: clock.offset + clock.size });
  });

  it('takes the body when the mapping is full, and says when that is too small as well', () => {
    const image = parseVdso(ownVdso());
    const full = { ...image, contentEnd: image.bytes.length };
    expect(planPatch(full).place).toBe('body');
    expect(() => planPatch(full, 'slack')).toThrow(/no room/);
    const functions = new Map(image.functions);
    functions.set('__vdso_clock_gettime', { ...functions.get('__vdso_clock_gettime')!, size: 100 });
    expect(() => planPatch({ ...full, functions })).toThrow(/no room for \d+ bytes of shim/);
  });

  it('does without the fast path when the start of clock_gettime is unknown', () => {
    const image = parseVdso(ownVdso());
    const bytes = Buffer.from(image.bytes);
    bytes.set([0xeb, 0x00], image.functions.get('__vdso_clock_gettime')!.offset);
    const plan = planPatch({ ...image, bytes }, 'slack');
    expect(plan.fastPath).toBe(false);
    expect(Buffer.from(plan.code[0]!.bytes).readBigInt64LE(CONTROL.original)).toBe(0n);
  });

  it('names the function that is missing', () => {
    const image = parseVdso(ownVdso());
    const functions = new Map([...image.functions].filter(([name]) => name !== '__vdso_time'));
    expect(() => planPatch({ ...image, functions })).toThrow(/no __vdso_time/);
  });
});
