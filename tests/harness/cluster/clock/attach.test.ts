import { afterEach, describe, expect, it } from 'vitest';
import {
  attach,
  attachNow,
  inspectClock,
  readSetting,
  writeSetting,
} from '../../../../harness/cluster/clock/attach.ts';
import { toSetting } from '../../../../harness/cluster/clock/control-block.ts';
import { processInfo } from '../../../../harness/cluster/proc.ts';
import { sleep } from '../../../../harness/time.ts';
import {
  C_CLOCKS,
  C_SPINNERS,
  type ClockChild,
  canPatch,
  compile,
  hasCompiler,
  hasPython,
  killChildren,
  startChild,
  startNode,
  startPython,
} from './clock-child.ts';

const hour = toSetting({ offsetNs: 3600e9 }, 0n);

afterEach(killChildren);

async function numbers(child: ClockChild): Promise<number[]> {
  return (await child.ask()).split(' ').map(Number);
}

describe.skipIf(!canPatch)('attaching to a process', () => {
  it.each([['node', startNode] as const, ...(hasPython ? [['python3', startPython] as const] : [])])(
    'skews %s forward and back',
    async (_, start) => {
      const child = start();
      expect(Math.abs(await child.offsetMs())).toBeLessThan(1000);
      const patched = await attach(child.pid);
      expect(Math.abs(await child.offsetMs())).toBeLessThan(1000);
      writeSetting(patched, hour);
      expect(await child.offsetMs()).toBeCloseTo(3600e3, -3.5);
      writeSetting(patched, toSetting({ offsetNs: -7200e9 }, 0n));
      expect(await child.offsetMs()).toBeCloseTo(-7200e3, -3.5);
      expect(readSetting(patched).offsetNs).toBe(-7_200_000_000_000n);
      expect(inspectClock(child.pid)?.offsetNs).toBe(-7_200_000_000_000n);
    },
  );

  it('finds a patched process patched, and an untouched one untouched', async () => {
    const child = startNode();
    await child.ask();
    expect(inspectClock(child.pid)).toBeNull();
    const first = await attach(child.pid);
    const second = await attach(child.pid);
    expect(second.how).toBe('inherited');
    expect(second.controlAddress).toBe(first.controlAddress);
  });

  it.skipIf(!hasCompiler).each([
    ['dynamic', []],
    ['static', ['-static']],
  ])('skews every realtime clock of a %s C program and no monotonic one', async (_, flags) => {
    const child = startChild(compile(C_CLOCKS, flags), []);
    const before = await numbers(child);
    const patched = await attach(child.pid);
    writeSetting(patched, toSetting({ offsetNs: -3600e9 }, 0n));
    const after = await numbers(child);
    for (const clock of [0, 1, 2, 3]) {
      expect(Math.abs(after[clock]! - Date.now() + 3600e3)).toBeLessThan(2000);
    }
    expect(after[4]! - before[4]!).toBeGreaterThanOrEqual(0);
    expect(after[4]! - before[4]!).toBeLessThan(10_000);
    expect(patched.fastPath).toBe(true);
  });

  it.skipIf(!hasCompiler)('works over the body of the function when there is no room behind it', async () => {
    const child = startChild(compile(C_CLOCKS), []);
    await child.ask();
    const patched = await attach(child.pid, { place: 'body' });
    expect(patched).toMatchObject({ place: 'body', how: 'stopped', fastPath: false });
    writeSetting(patched, hour);
    const [realtime, coarse, ofDay, time, monotonic] = await numbers(child);
    for (const shown of [realtime, coarse, ofDay, time]) {
      expect(Math.abs(shown! - Date.now() - 3600e3)).toBeLessThan(2000);
    }
    expect(monotonic).toBeGreaterThan(0);
    expect(processInfo(child.pid)?.state).not.toBe('T');
  });

  it('attaches to a stopped process and leaves it stopped', async () => {
    const child = startNode();
    await child.ask();
    process.kill(child.pid, 'SIGSTOP');
    await sleep(20);
    const patched = await attach(child.pid, { way: 'stopped' });
    writeSetting(patched, hour);
    expect(processInfo(child.pid)?.state).toBe('T');
    process.kill(child.pid, 'SIGCONT');
    expect(await child.offsetMs()).toBeCloseTo(3600e3, -3.5);
  });

  it('leaves a process stopped when a pause came while it was stopped for the attach', async () => {
    const child = startNode();
    await child.ask();
    await attach(child.pid, { way: 'stopped', isPaused: () => true });
    expect(processInfo(child.pid)?.state).toBe('T');
  });

  it('says that a process is gone', async () => {
    const child = startNode();
    await child.ask();
    const patched = await attach(child.pid);
    const exited = new Promise((resolve) => child.process.once('exit', resolve));
    killChildren();
    await exited;
    expect(() => writeSetting(patched, hour)).toThrow(/is gone/);
    await expect(attach(child.pid)).rejects.toThrow(/is gone/);
  });
});

describe.skipIf(!canPatch || !hasCompiler)('attaching to threads that read the clock without pause', () => {
  const program = hasCompiler ? compile(C_SPINNERS) : '';
  it('survives 50 attaches', async () => {
    for (let i = 0; i < 50; i++) {
      const child = startChild(program, ['4']);
      await child.ask();
      const way = i % 2 === 0 ? 'auto' : 'stopped';
      const patched = await attach(child.pid, { way, deadlineMs: 5000 });
      for (let k = 1; k <= 20; k++) writeSetting(patched, toSetting({ offsetNs: k * 60e9 }, 0n));
      expect(await child.offsetMs()).toBeCloseTo(1200e3, -3.5);
      expect(child.process.exitCode).toBeNull();
      expect(child.process.signalCode).toBeNull();
      killChildren();
    }
  });

  it('waits for nobody when asked not to, and leaves nothing half done', async () => {
    const child = startChild(program, ['4']);
    await child.ask();
    // Somebody runs, so nothing is replaced; the code that was written waits for the next try.
    expect(attachNow(child.pid)).toBeNull();
    expect(inspectClock(child.pid)).toBeNull();
    expect(Math.abs(await child.offsetMs())).toBeLessThan(2000);
    const patched = await attach(child.pid, { deadlineMs: 5000 });
    expect(patched.fastPath).toBe(true);
    writeSetting(patched, hour);
    expect(await child.offsetMs()).toBeCloseTo(3600e3, -3.5);
  });
});

it.skipIf(!canPatch)('attaches without stopping a process that sleeps', async () => {
  const child = startNode();
  await child.ask();
  let patched = attachNow(child.pid);
  for (let i = 0; i < 300 && patched === null; i++) {
    await sleep(10);
    patched = attachNow(child.pid);
  }
  expect(patched).toMatchObject({ how: 'live', place: 'slack', fastPath: true });
});
