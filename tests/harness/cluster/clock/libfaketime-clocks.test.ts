import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findLibfaketime, readOffset, writeOffset } from '../../../../harness/cluster/clock/libfaketime.ts';
import { libfaketimeClocks } from '../../../../harness/cluster/clock/libfaketime-clocks.ts';
import type { OwnedClocks } from '../../../../harness/cluster/options.ts';
import { sleep } from '../../../../harness/time.ts';
import { skipping } from '../../../kits/skipping.ts';
import { killChildren, NODE_CLOCK, startChild, startNode } from './clock-child.ts';
import { ProcessHost } from './process-host.ts';

// A library elsewhere can be named, so that these tests can run without installing it.
const library = process.env['FAULTLINE_TEST_LIBFAKETIME'] ?? findLibfaketime();
const noLibrary = library === null ? 'not installed: apt-get install libfaketime' : null;
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'faultline-faketime-'));
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));
afterEach(killChildren);

describe('the offset file', () => {
  it.each([0, 1, -1, 1.5e9, -86_400e9, 123_456_789_012])('keeps %d ns', (offsetNs) => {
    const file = path.join(dir, 'offset');
    writeOffset(file, offsetNs);
    expect(readOffset(file)).toBe(offsetNs);
    expect(fs.readFileSync(file, 'utf8')).toMatch(/^[+-]\d+\.\d{9}\n$/);
  });

  it('is unknown when it is not there', () => expect(readOffset(path.join(dir, 'none'))).toBeNull());
  it('finds no library where there is none', () => expect(findLibfaketime([`${dir}/none.so`])).toBeNull());
});

describe('clocks whose process does not follow', () => {
  it('fails with the reason', async () => {
    const host = new ProcessHost();
    const clocks = libfaketimeClocks(host, `${dir}/none.so`);
    const child = await host.start('n1', startNode());
    await child.ask();
    const evidence = await clocks.set('n1', { offsetNs: 100e9 });
    expect(evidence).toMatchObject({ state: 'failed', bit: false });
    expect(evidence.summary).toContain('libfaketime is not loaded');
    clocks.close?.();
  });
});

describe.skipIf(skipping('clocks by libfaketime', noLibrary))('clocks by libfaketime', () => {
  let host: ProcessHost;
  let clocks: OwnedClocks;
  beforeEach(() => {
    host = new ProcessHost();
    clocks = libfaketimeClocks(host, library!);
  });
  afterEach(() => clocks.close?.());

  const start = (node: string) => {
    const env = { ...process.env, ...clocks.environment!(node) };
    return host.start(node, startChild(process.execPath, ['-e', NODE_CLOCK], env));
  };

  it('jumps, keeps the skew over a restart, and resets', async () => {
    const child = await start('n1');
    const other = await start('n2');
    await child.ask();
    await other.ask();
    const evidence = await clocks.set('n1', { offsetNs: 100e9 });
    expect(evidence).toMatchObject({ state: 'installed', bit: true });
    expect(evidence.measures).toMatchObject({ mechanism: 'libfaketime', offsetNs: 100e9 });
    expect(Math.abs((await child.offsetMs()) - 100e3)).toBeLessThan(2000);
    expect(Math.abs(await other.offsetMs())).toBeLessThan(2000);
    const again = await start('n1');
    expect(Math.abs((await again.offsetMs()) - 100e3)).toBeLessThan(2000);
    expect(await clocks.read('n1')).toBe(100e9);
    await clocks.reset('n1');
    expect(Math.abs(await again.offsetMs())).toBeLessThan(2000);
  });

  it('drifts and strobes in steps', async () => {
    const child = await start('n1');
    await child.ask();
    await clocks.set('n1', { offsetNs: 0, driftPpm: 9e6 });
    // Nine times as fast, in steps of 50 ms: a reading may be one step behind.
    expect(clocks.errorNs!('n1', 1e6) / 1e6).toBeCloseTo(459, 0);
    await sleep(500);
    expect(await child.offsetMs()).toBeGreaterThan(3000);
    await clocks.set('n1', { offsetNs: 0, strobe: { deltaNs: 1000e9, halfPeriodNs: 50e6 } });
    const seen = new Set<boolean>();
    for (let i = 0; i < 60; i++) {
      seen.add((await child.offsetMs()) > 500e3);
      await sleep(5);
    }
    expect(seen).toEqual(new Set([true, false]));
    await clocks.reset('n1');
    expect(clocks.errorNs!('n1', 1e6)).toBe(0);
  });
});
