import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isProcessHere } from '../../../../harness/cluster/docker/container-process.ts';
import { notLinux, skipping } from '../../../kits/skipping.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-launch-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(skipping('processes of containers', notLinux))('a process that an engine names', () => {
  it('is found whenever it becomes the program while it is looked at', async () => {
    const launcher = join(folder, 'runc-like');
    // By its name the one that starts containers, and at some moment of its life the program of one.
    const wait = '[ $1 -gt 0 ] && while [ $((i = i + 1)) -lt $1 ]; do :; done';
    writeFileSync(launcher, `#!/bin/sh\ni=0\n${wait}\nFAULTLINE_RUN=here exec sleep 60\n`, { mode: 0o755 });
    for (let i = 0; i < 60; i++) {
      const child = spawn(launcher, [String(i * 300)], { env: { PATH: process.env['PATH'] } });
      await new Promise((resolve) => child.once('spawn', resolve));
      const isHere = await isProcessHere(child.pid!, 'FAULTLINE_RUN=here');
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      expect(isHere, `start ${i}`).toBe(true);
    }
  });

  it('is not ours without the mark, or when it is nobody', async () => {
    expect(await isProcessHere(process.pid, 'FAULTLINE_RUN=elsewhere')).toBe(false);
    expect(await isProcessHere(0, 'FAULTLINE_RUN=elsewhere')).toBe(false);
    expect(await isProcessHere(2 ** 22 + 1, 'FAULTLINE_RUN=elsewhere')).toBe(false);
  });
});
