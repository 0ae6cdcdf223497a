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

  it('lists every value with who said it, defaults of the system and the workload among them', async () => {
    const cwd = folders[0]!;
    const given: Config = {
      system: 'raft',
      workload: 'register',
      nodes: 3,
      set: { heartbeatMs: 40 },
      nemesis: ['partition'],
    };
    const resolved = resolveConfig(given, {
      ...{ directory: cwd, seed: 4, flags: { timeLimit: '3s', set: { electionTimeoutMs: 300 } } },
      origin: ([key, entry]) => ({ from: 'file', at: `raft.yaml:${key === 'set' && entry ? 9 : 1}` }),
    });
    const occasion = { command: 'run', commandLine: '', repro: '', cwd, seedSource: 'test' };
    const { configuration = [], plan } = await compose(resolved, occasion);
    const row = (name: string) => configuration.find((one) => one.name === name);
    expect(row('nodes')).toEqual({
      name: 'nodes',
      value: ['n1', 'n2', 'n3'],
      from: 'file',
      at: 'raft.yaml:1',
    });
    expect(row('set.heartbeatMs')).toEqual({
      ...{ name: 'set.heartbeatMs', value: 40, from: 'file', at: 'raft.yaml:9' },
    });
    expect(row('set.electionTimeoutMs')).toMatchObject({ value: 300, from: 'flag', at: '--set' });
    expect(row('timeLimit')).toEqual({ name: 'timeLimit', value: '3s', from: 'flag', at: '--time-limit' });
    expect(row('opTimeout')).toEqual({ name: 'opTimeout', value: '5s', from: 'default' });
    expect(row('seed')).toMatchObject({ value: 4, from: 'drawn' });
    expect(row('workload')).toMatchObject({ value: 'register', from: 'file' });
    expect(row('backend')).toMatchObject({ from: 'system' });
    expect(row('nemesis[0]')).toMatchObject({ from: 'file', value: 'partition, every 600ms for 600ms' });
    expect(configuration.filter(({ from }) => from === 'workload').length).toBeGreaterThan(2);
    expect(configuration.filter(({ from }) => from === 'system').length).toBeGreaterThan(3);
    expect(row('gates.operations')).toMatchObject({ value: 10, from: 'default' });
    // A plan that is carried out again says what was decided, and no longer by whom.
    const again = await compose(configOfPlan(plan, cwd), { ...occasion, plan });
    expect(new Set(again.configuration!.map(({ from }) => from))).toEqual(new Set(['plan']));
    expect(again.configuration!.map(({ name }) => name)).toEqual(configuration.map(({ name }) => name));
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
    ['more nodes than it can have', { system: 'mariadb', nodes: 3 }, 'mariadb has one node, not 3'],
    ['a backend it does not run on', { ...program, backend: 'stdio' }, 'does not run on backend stdio'],
  ])('refuses %s before anything starts', async (_, config, message) => {
    await expect(composed(config)).rejects.toThrow(message);
  });

  it('says that packets cannot be recorded where there are none', async () => {
    const capture = { ...program, capture: true };
    const { plan } = await composed({ ...capture, backend: 'tcp' });
    expect(plan.leftOut).toContainEqual({
      what: '--capture',
      why: 'backend tcp has no packets of its own to record',
      fix: 'netns and docker have',
    });
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

  it('names the backends that can, where this one gives no reason of its own', async () => {
    const nemesis = ['loss', 'disk', 'partition'];
    const { plan } = await composed({ ...program, backend: 'docker', docker: { image: 'kv' }, nemesis });
    const why = plan.leftOut.find(({ what }) => what === 'disk')?.why;
    expect(why).toMatch(/^needs disk\.\w+: docker does not offer it; .*\bnetns\b.* do$/);
  });
});
