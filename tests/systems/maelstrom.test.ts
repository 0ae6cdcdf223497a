/**
 * A Maelstrom node written in another language, by its command line and by a command section.
 */
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningSystem, startSystem } from '../../plugins/kit/running-system.ts';
import { maelstrom } from '../../systems/maelstrom.ts';
import { eventually, invoke } from './asked.ts';

const NODE = fileURLToPath(new URL('../../examples/maelstrom-python/node.py', import.meta.url));
let running: RunningSystem | undefined;

afterEach(async () => {
  expect((await running?.close()) ?? []).toEqual([]);
  running = undefined;
});

const start = async (workload: string): Promise<RunningSystem> => {
  running = await startSystem(maelstrom, workload, { set: { bin: `python3 ${NODE}` } });
  return running;
};

describe('a Maelstrom node in Python', () => {
  it('echoes', async () => {
    const { client } = await start('echo');
    expect(await invoke(await client('n1'), { f: 'echo', value: { a: [1, null] } })).toEqual({
      a: [1, null],
    });
  });

  it('gossips a set', async () => {
    const { client } = await start('set');
    expect(await invoke(await client('n1'), { f: 'add', value: 4 })).toBe(4);
    const far = await client('n3');
    const read = (): Promise<unknown> => invoke(far, { f: 'read', value: null });
    expect(await eventually(read, (value) => Array.isArray(value) && value.length > 0)).toEqual([4]);
  });

  it('refuses what it does not know, with certainty', async () => {
    const { client } = await start('register');
    await expect(invoke(await client('n1'), { f: 'write', key: 1, value: 2 })).rejects.toMatchObject({
      error: { definite: true, kind: 'not-supported' },
    });
  });

  it('needs a program', async () => {
    await expect(startSystem(maelstrom, 'echo')).rejects.toThrow(/needs the node program/);
  });
});
