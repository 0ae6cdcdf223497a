/**
 * What node code learns of the machine: nothing that another machine, or another run, would answer otherwise.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import type { Ambient } from '../../../harness/sim/ambient.ts';
import { runAs } from '../../../harness/sim/guard.ts';
import { simulate } from '../../../testing/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-guard-'));
afterAll(() => rmSync(folder, { recursive: true }));

const life = (): Ambient => ({
  wallMs: () => 0,
  elapsedMs: () => 0,
  random: () => 0.5,
  setTimer: () => 1,
  clearTimer: () => {},
  note: () => {},
  failed: () => {},
});

function inNode<T>(work: () => T, ambient = life()): T {
  let result!: T;
  runAs(ambient, () => {
    result = work();
  });
  return result;
}

describe('the machine of a simulated node', () => {
  const hidden = process as unknown as { binding(name: string): unknown };

  it.each<[string, () => unknown]>([
    ['process.binding', () => hidden.binding('fs')],
    ['process.stdin', () => process.stdin],
    ['process.report', () => process.report],
    ['process.getuid', () => process.getuid!()],
    ['os.cpus', () => os.cpus()],
    ['os.userInfo', () => os.userInfo()],
    ['v8.getHeapStatistics', () => v8.getHeapStatistics()],
    ['v8.setFlagsFromString', () => v8.setFlagsFromString('--expose-gc')],
    ['vm.runInNewContext', () => vm.runInNewContext('Date.now()')],
    ['vm.createContext', () => vm.createContext({})],
    ['vm.Script.runInNewContext', () => new vm.Script('Math.random()').runInNewContext()],
    ['performance.eventLoopUtilization', () => performance.eventLoopUtilization()],
  ])('refuses %s by its name', (name, read) => {
    expect(() => inNode(read)).toThrow(`${name} is not part of the simulation`);
    expect(() => inNode(read)).toThrow(/storage, timers and messages/);
  });

  it('has an environment that is empty, its own, and gone with its life', () => {
    process.env['FAULTLINE_GUARD_TEST'] = 'outside';
    const [one, two] = [life(), life()];
    expect(inNode(() => Object.keys(process.env), one)).toEqual([]);
    expect(inNode(() => process.env['FAULTLINE_GUARD_TEST'], one)).toBeUndefined();
    inNode(() => {
      process.env['GUARD_MODE'] = 'fast';
    }, one);
    expect(inNode(() => process.env['GUARD_MODE'], one)).toBe('fast');
    expect(inNode(() => process.env['GUARD_MODE'], two)).toBeUndefined();
    expect(process.env['GUARD_MODE']).toBeUndefined();
    expect(process.env['FAULTLINE_GUARD_TEST']).toBe('outside');
    delete process.env['FAULTLINE_GUARD_TEST'];
  });

  it('is one of many that look alike', () => {
    expect(
      inNode(() => [process.argv, process.execPath, process.ppid, process.cwd(), process.title]),
    ).toEqual([['node'], '/node', 0, '/', 'node']);
    expect(inNode(() => [os.hostname(), os.availableParallelism()])).toEqual(['simulated', 1]);
    expect(process.argv.length).toBeGreaterThan(1);
    expect(process.cwd()).not.toBe('/');
    expect(os.cpus().length).toBeGreaterThan(0);
  });

  it('hears nothing of the harness', () => {
    const before = process.listenerCount('SIGTERM');
    inNode(() => process.on('SIGTERM', () => {}).once('exit', () => {}));
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });

  it('cannot see when garbage is collected', () => {
    const [held, told] = inNode(() => [new WeakRef({ a: 1 }), new FinalizationRegistry(() => {})] as const);
    expect(held).toBeInstanceOf(WeakRef);
    expect(held.deref()).toEqual({ a: 1 });
    expect(told.unregister({})).toBe(false);
    const outside = new WeakRef(hidden);
    expect(outside.deref()).toBe(hidden);
  });
});

describe('a module', () => {
  it('is evaluated as code of its node: the same every time, from its first line on', async () => {
    const path = join(folder, 'node.mjs');
    writeFileSync(
      path,
      `import { join } from 'node:path';
const began = Date.now();
const drawn = Math.random();
const mode = process.env.PATH ?? join('no', 'path');
export default (node) => ({
  async onMessage(from, body) {
    node.reply({ from, body }, { type: 'echo_ok', echo: [began, drawn, mode] });
  },
});
`,
    );
    const once = async (): Promise<unknown[]> => {
      const run = await simulate(path, {
        nodes: 2,
        seed: 3,
        workload: 'echo',
        operations: [{ atMs: 50, client: 0, f: 'echo', value: 1 }],
        faults: [],
      });
      return run.ops.filter(({ type }) => type === 'ok').map(({ value }) => value);
    };
    const [first] = await once();
    expect(await once()).toEqual([first]);
    const [began, drawn, mode] = first as [number, number, string];
    expect(began).toBeGreaterThanOrEqual(Date.UTC(2026, 0));
    expect(began).toBeLessThan(Date.UTC(2026, 0, 2));
    expect(drawn).toBeGreaterThan(0);
    expect(mode).toBe('no/path');
  });

  it('that reaches for the machine on its first line is refused with the name of the call', async () => {
    const path = join(folder, 'reads.mjs');
    writeFileSync(
      path,
      `import { readFileSync } from 'node:fs';
const text = readFileSync('/etc/hostname', 'utf8');
export default () => ({ onMessage() { return text; } });
`,
    );
    const plan = { nodes: 1, seed: 1, workload: 'echo', operations: 1, faults: [] };
    await expect(simulate(path, plan)).rejects.toThrow(
      /cannot be evaluated: fs.readFileSync is not part of the simulation/,
    );
  });
});
