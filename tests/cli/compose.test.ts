import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Composed, compose, configOfPlan } from '../../cli/compose.ts';
import { resolveConfig } from '../../harness/config/resolve.ts';
import type { Config } from '../../harness/config/types.ts';
import { renderPlan } from '../../harness/plan/plan.ts';

const folders = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'faultline-compose-')));
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function composed(config: Config, cwd = folders[0]!): Promise<Composed> {
  const occasion = { command: 'run', commandLine: '', repro: '', cwd, seedSource: 'test' };
  return compose(resolveConfig(config, { directory: join(cwd, 'sub'), seed: 4 }), occasion);
}

const program: Config = {
  workload: 'register',
  nodes: 3,
  nemesis: ['partition'],
  command: {
    start: 'node kv.js',
    operations: { register: { read: { http: 'GET /' }, write: { http: 'PUT /' } } },
  },
};

describe('compose', () => {
  it('plans the same bytes in another folder, and finds the way back to this one', async () => {
    const [here, there] = await Promise.all(folders.map((folder) => composed(program, folder)));
    expect(renderPlan(here!.plan)).toBe(renderPlan(there!.plan));
    expect(configOfPlan(here!.plan, folders[0]!).command?.cwd).toBe(join(folders[0]!, 'sub'));
  });

  it.each<[string, Config, string]>([
    ['an unknown bug', { system: 'raft', bugs: ['forget-vot'] }, 'has no bug switch'],
    ['an unknown option', { system: 'raft', set: { heartbeat: 5 } }, 'has no parameter "heartbeat"'],
    ['an option of the wrong type', { system: 'raft', set: { heartbeatMs: 'soon' } }, 'must be a number'],
    [
      'a workload it does not speak',
      { system: 'bully', workload: 'register' },
      'does not speak workload register',
    ],
    [
      'a module that is not there',
      { system: 'module', set: { module: './nope.ts' } },
      'there is no such module',
    ],
    ['no module', { system: 'module' }, 'module needs the module to run'],
    ['a backend it does not run on', { ...program, backend: 'stdio' }, 'does not run on backend stdio'],
  ])('refuses %s before anything starts', async (_, config, message) => {
    await expect(composed(config)).rejects.toThrow(message);
  });

  it('has one kind of disks, and says what of faults that is not for them', async () => {
    const { plan } = await composed({ ...program, nemesis: ['power:journal', 'disk:slow', 'partition'] });
    const told = new Map(plan.leftOut.map(({ what, why }) => [what, why]));
    // On this machine one of the two, or where nothing can be mounted none.
    const left = ['power:journal', 'disk:slow'].filter((what) => told.has(what));
    expect(left.length).toBeGreaterThan(0);
    for (const what of left) expect(told.get(what)).toMatch(/^needs disk\.\w+: ./);
    if (!told.has('power:journal')) expect(told.get('disk:slow')).toContain('ext4 for power:journal');
    expect(plan.faults.some(({ fault }) => fault === 'partition')).toBe(true);
  });

  it('blames nobody for a crash in a log where faults give cause to end, unless asked to', async () => {
    const crashing = { ...program, command: { ...program.command!, crashPatterns: ['panic'] } };
    const judged = async (more: Config): Promise<boolean> =>
      (await composed({ ...crashing, ...more })).plan.checkers.some(({ name }) => name === 'logs');
    expect(await judged({ nemesis: ['partition'] })).toBe(true);
    expect(await judged({ nemesis: ['partition', 'memory'] })).toBe(false);
    expect(await judged({ nemesis: ['damage'] })).toBe(false);
    expect(await judged({ nemesis: ['damage'], checkers: ['logs'] })).toBe(true);
  });

  it('leaves out what the backend cannot do, and says why', async () => {
    const { plan } = await composed({ ...program, nemesis: ['loss', 'partition'] });
    expect(plan.leftOut).toContainEqual(expect.objectContaining({ what: expect.stringContaining('loss') }));
    expect(plan.faults.every((fault) => fault.fault === 'partition')).toBe(true);
  });
});
