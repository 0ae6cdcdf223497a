import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectClockSupport } from '../../../../harness/cluster/clock/clock-support.ts';
import { createClocks } from '../../../../harness/cluster/clock/clocks.ts';
import { findLibfaketime } from '../../../../harness/cluster/clock/libfaketime.ts';
import { skipping } from '../../../kits/skipping.ts';
import { canPatch } from './clock-child.ts';
import { ProcessHost } from './process-host.ts';

const nowhere = [path.join(os.tmpdir(), 'no-such-library.so')];
const library = process.env['FAULTLINE_TEST_LIBFAKETIME'] ?? findLibfaketime();
const noLibrary = library === null ? 'not installed: apt-get install libfaketime' : null;

describe('detectClockSupport', () => {
  it.skipIf(!canPatch)('finds vDSO patching by trying it', async () => {
    expect((await detectClockSupport()).mechanism).toBe('vdso');
  });

  it('says what another platform lacks', async () => {
    expect(await detectClockSupport({ platform: 'darwin' })).toEqual({
      mechanism: 'none',
      reason: 'clock faults need Linux, this is darwin',
    });
  });

  it('says why neither mechanism works', async () => {
    const support = await detectClockSupport({ platform: 'linux', arch: 'arm64', libraries: nowhere });
    expect(support).toEqual({
      mechanism: 'none',
      reason: 'vDSO patching needs x64, this is arm64; libfaketime is not installed',
    });
  });

  it('does not believe in a library that loads and does nothing', async () => {
    // Any file will do: the loader ignores what it cannot preload, and the process shows the real time.
    const support = await detectClockSupport({
      platform: 'linux',
      mechanisms: ['libfaketime'],
      libraries: [path.resolve('package.json')],
    });
    expect(support).toMatchObject({ mechanism: 'none' });
    expect(JSON.stringify(support)).toContain('yet the process shows another time');
  });

  it.skipIf(skipping('clocks by libfaketime', noLibrary))('falls back to libfaketime', async () => {
    const options = { platform: 'linux', arch: 'arm64', libraries: [library!] };
    expect(await detectClockSupport(options)).toMatchObject({ mechanism: 'libfaketime', library });
  });
});

describe('createClocks', () => {
  it('skips every request where nothing works, with the reason', async () => {
    const clocks = createClocks({ mechanism: 'none', reason: 'a Tuesday' })(new ProcessHost());
    expect(clocks).toMatchObject({ mechanism: 'none', unavailable: 'a Tuesday' });
    expect(await clocks.set('n1', { offsetNs: 1 })).toMatchObject({ state: 'skipped', bit: null });
    expect(await clocks.read('n1')).toBeNull();
  });

  it('makes the clocks that were found to work', () => {
    const host = new ProcessHost();
    expect(createClocks({ mechanism: 'vdso', detail: '' })(host).mechanism).toBe('vdso');
    const other = createClocks({ mechanism: 'libfaketime', detail: '', library: '/x.so' })(host);
    expect(other.environment?.('n1')).toMatchObject({ LD_PRELOAD: '/x.so' });
    other.close?.();
  });
});
