import { afterEach, describe, expect, it } from 'vitest';
import {
  ProcessGone,
  ProcessMemory,
  threadPositions,
  vdsoRange,
} from '../../../../harness/cluster/clock/process-files.ts';
import { sleep } from '../../../../harness/time.ts';
import { canPatch, killChildren, startNode } from './clock-child.ts';

afterEach(killChildren);
/** No process has this number: it is above the largest a kernel gives. */
const NOBODY = 2 ** 22 + 1;

describe.skipIf(!canPatch)('the files of a process', () => {
  it('show its vDSO and its memory', async () => {
    const child = startNode();
    await child.ask();
    const { start, bytes } = vdsoRange(child.pid);
    expect(bytes % 4096).toBe(0);
    const memory = new ProcessMemory(child.pid);
    try {
      expect(memory.read(start, 4).toString('latin1')).toBe('\x7fELF');
      // Written at the end of the mapping, where nothing is.
      memory.write(start + bytes - 4, Buffer.from([1, 2, 3, 4]));
      expect([...memory.read(start + bytes - 4, 4)]).toEqual([1, 2, 3, 4]);
      expect(() => memory.read(4096, 8)).toThrow(ProcessGone);
    } finally {
      memory.close();
    }
  });

  it('tell where each thread stands, once it sleeps', async () => {
    const child = startNode();
    await child.ask();
    let positions = threadPositions(child.pid);
    for (let i = 0; i < 300 && positions.includes('running'); i++) {
      await sleep(10);
      positions = threadPositions(child.pid);
    }
    expect(positions.length).toBeGreaterThan(1);
    expect(positions.every((at) => Number(at) > 4096)).toBe(true);
  });

  it('say that nobody is there', () => {
    expect(() => vdsoRange(NOBODY)).toThrow(ProcessGone);
    expect(() => threadPositions(NOBODY)).toThrow(ProcessGone);
    expect(() => new ProcessMemory(NOBODY)).toThrow(ProcessGone);
  });

  it('notice that the process ended, with its memory open', async () => {
    const child = startNode();
    await child.ask();
    const { start } = vdsoRange(child.pid);
    const memory = new ProcessMemory(child.pid);
    const exited = new Promise((resolve) => child.process.once('exit', resolve));
    killChildren();
    await exited;
    expect(() => memory.read(start, 8)).toThrow(ProcessGone);
    expect(() => memory.write(start, Buffer.alloc(1))).toThrow(ProcessGone);
    memory.close();
  });
});
