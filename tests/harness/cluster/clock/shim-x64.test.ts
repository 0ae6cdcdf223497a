/**
 * The shim against its source, and the machine code against the same computation in TypeScript.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  CONTROL,
  CONTROL_MAGIC,
  encodeSetting,
  offsetAt,
  type Setting,
  settingOffset,
} from '../../../../harness/cluster/clock/control-block.ts';
import { shimBlob } from '../../../../harness/cluster/clock/patch-plan.ts';
import { notInstalled, skipping } from '../../../kits/skipping.ts';
import { canPatch, compile, hasCompiler as hasCc } from './clock-child.ts';

const hasCompiler =
  canPatch && hasCc && !skipping('the shim of clocks as it compiles', notInstalled('objcopy', 'binutils'));
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'faultline-shim-'));
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

function compiledShim(): Buffer {
  const file = path.join(dir, 'shim.bin');
  const script = path.resolve('harness/cluster/clock/shim/build.sh');
  const built = spawnSync('bash', [script, file], { encoding: 'utf8' });
  expect(built.stderr).toBe('');
  return fs.readFileSync(file);
}

/**
 * Runs a blob as the vDSO would: for each line `generation real setting0 setting1` (hex of the bytes) it calls the
 * three functions with a stand-in for the original clock that always shows `real`.
 */
const DRIVER = `
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
static long real_ns;
static int stand_in(int clock, struct timespec *t) {
  if (clock == 77) return -22;
  t->tv_sec = real_ns / 1000000000; t->tv_nsec = real_ns % 1000000000; return 0;
}
static void unhex(const char *s, unsigned char *out) {
  for (; s[0] && s[1]; s += 2) { unsigned b; sscanf(s, "%2x", &b); *out++ = b; }
}
int main(int argc, char **argv) {
  (void)argc;
  unsigned char *m = mmap(0, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  FILE *f = fopen(argv[1], "rb");
  if (!fread(m, 1, 8192, f)) return 1;
  long distance = (char *)stand_in - (char *)m;
  memcpy(m + 16, &distance, 8);
  unsigned *entry = (unsigned *)(m + 24);
  int (*gettime)(int, struct timespec *) = (void *)(m + entry[0]);
  int (*ofday)(struct timeval *, void *) = (void *)(m + entry[1]);
  long (*seconds)(long *) = (void *)(m + entry[2]);
  char a[128], b[128]; unsigned long generation;
  while (scanf("%lu %ld %127s %127s", &generation, &real_ns, a, b) == 4) {
    memcpy(m + 8, &generation, 8); unhex(a, m + 40); unhex(b, m + 80);
    struct timespec t, mono, bad = {7, 7}; struct timeval v; long s;
    gettime(0, &t); gettime(1, &mono); int refused = gettime(77, &bad);
    ofday(&v, 0); long r = seconds(&s);
    printf("%ld %ld %ld %ld %d %ld %ld %ld %ld\\n", t.tv_sec, t.tv_nsec, mono.tv_sec, mono.tv_nsec, refused,
           v.tv_sec, v.tv_usec, r, s);
  }
}
`;

describe('the embedded shim', () => {
  it('starts with its control block and describes itself', () => {
    const blob = shimBlob();
    expect(blob.toString('latin1', 0, 8)).toBe(CONTROL_MAGIC);
    expect(blob.readUInt32LE(CONTROL.entries + 12)).toBe(blob.length);
    for (const i of [0, 1, 2]) {
      const entry = blob.readUInt32LE(CONTROL.entries + 4 * i);
      expect(entry).toBeGreaterThanOrEqual(CONTROL.bytes);
      expect(entry).toBeLessThan(blob.length);
    }
    expect(blob.subarray(CONTROL.generation, CONTROL.entries).every((byte) => byte === 0)).toBe(true);
    expect(blob.subarray(CONTROL.settings, CONTROL.bytes).every((byte) => byte === 0)).toBe(true);
  });

  it.skipIf(!hasCompiler)('is what its source compiles to, or as good', () => {
    const compiled = compiledShim();
    // Other compilers choose other instructions; what they produce must then pass the same comparison below.
    if (!compiled.equals(shimBlob())) comparesWith(compiled);
    expect(compiled.length).toBeGreaterThan(CONTROL.bytes);
  });

  it.skipIf(!hasCompiler)('computes what is computed here', () => comparesWith(shimBlob()));
});

const setting: fc.Arbitrary<Setting> = fc.record({
  offsetNs: fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }),
  anchorNs: fc.bigInt({ min: 0n, max: 2n * 10n ** 18n }),
  rateQ32: fc.bigInt({ min: -(1n << 32n), max: 1n << 36n }),
  strobeDeltaNs: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
  strobeHalfNs: fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: 10n ** 11n })),
});
const call = fc.record({
  generation: fc.bigInt({ min: 0n, max: 1n << 40n }),
  // Within some 100 days of the anchor, as in life; further away drift overflows 64 bits in both.
  sinceNs: fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }),
  used: setting,
  idle: setting,
});

function comparesWith(blob: Buffer): void {
  const file = path.join(dir, 'under-test.bin');
  fs.writeFileSync(file, blob);
  const driver = compile(DRIVER);
  const calls = fc.sample(call, { numRuns: 2000, seed: 7 });
  const input = calls.map(({ generation, sinceNs, used, idle }) => {
    const slots = [idle, idle];
    slots[settingOffset(generation) === CONTROL.settings ? 0 : 1] = used;
    const real = realOf(used, sinceNs);
    return `${generation} ${real} ${slots.map((slot) => encodeSetting(slot).toString('hex')).join(' ')}`;
  });
  const run = spawnSync(driver, [file], { input: input.join('\n'), encoding: 'utf8' });
  expect(run.status).toBe(0);
  const lines = run.stdout.trim().split('\n');
  expect(lines).toHaveLength(calls.length);
  for (const [i, { used, sinceNs }] of calls.entries()) {
    const real = realOf(used, sinceNs);
    const shown = real + offsetAt(used, real);
    const [sec, nsec] = split(shown);
    const [realSec, realNsec] = split(real);
    expect(lines[i]).toBe(
      [sec, nsec, realSec, realNsec, -22, sec, nsec / 1000n, sec, sec].map(String).join(' '),
    );
  }
}

function realOf(used: Setting, sinceNs: bigint): bigint {
  const real = used.anchorNs + sinceNs;
  return real < 0n ? 0n : real;
}

function split(ns: bigint): [bigint, bigint] {
  const rest = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return [(ns - rest) / 1_000_000_000n, rest];
}
