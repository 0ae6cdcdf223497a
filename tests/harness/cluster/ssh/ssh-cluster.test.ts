/** Backend ssh by itself, on machines of the test's own: what is done to nodes, links and files, and that it is undone. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterOptions } from '../../../../harness/cluster/options.ts';
import { probeHosts } from '../../../../harness/cluster/ssh/probe-hosts.ts';
import type { ProbedSsh } from '../../../../harness/cluster/ssh/ssh-options.ts';
import type { LinkRule } from '../../../../harness/contracts.ts';
import { chattyProgram, makeBench, until } from '../../../kits/backend.ts';
import { skipping } from '../../../kits/skipping.ts';
import { type Machine, Machines, whyNoMachines } from '../../../kits/ssh.ts';

const why = whyNoMachines();
skipping('nodes on other machines', why);

describe.skipIf(why !== null)(`nodes on other machines${why === null ? '' : `: ${why}`}`, () => {
  let machines: Machines;
  let probed: ProbedSsh;
  let folder: string;

  beforeAll(async () => {
    machines = await Machines.start(3);
    probed = await probeHosts(machines.options({ watchdogMs: 3_000 }), 3);
    folder = mkdtempSync(join(tmpdir(), 'faultline-upload-'));
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await machines?.stop();
  });

  const traces = (machine: Machine): string[] => [
    ...machine.left(),
    ...machine.processes(),
    ...machine
      .rules()
      .split('\n')
      .filter((line) => /faultline|fa01/.test(line)),
  ];

  afterEach(() => until('clean machines', () => machines.all.flatMap(traces).length === 0));

  /** A cluster that is up, and taken down again with nothing to complain of. */
  async function on(
    changes: Partial<ClusterOptions>,
    work: (bench: ReturnType<typeof makeBench>) => Promise<void>,
  ): Promise<void> {
    const bench = makeBench('ssh', { ssh: probed, ready: { kind: 'tcp' }, ...changes });
    try {
      await bench.cluster.up(new AbortController().signal);
      await work(bench);
    } finally {
      expect(await bench.cluster.down()).toEqual([]);
      expect(await bench.cluster.down()).toEqual([]);
    }
  }

  it('kills, restarts, pauses and resumes nodes with everything they started', async () => {
    await on({}, async ({ cluster, ask, events }) => {
      expect(await ask('n1', { type: 'echo', echo: 'grüß dich' })).toMatchObject({ echo: 'grüß dich' });
      await ask('n1', { type: 'keep', value: 'a' });
      const programs = (): number =>
        machines.all[0]!.processes().filter((words) => /chatty-node|^sleep \d{3}/.test(words)).length;
      const before = programs();
      await ask('n1', { type: 'spawn-child', detached: true });
      expect(programs()).toBeGreaterThan(before);
      expect(await cluster.kill('n1')).toMatchObject({ state: 'installed', bit: true });
      expect(programs()).toBe(0);
      expect(await cluster.restart('n1')).toMatchObject({ state: 'installed' });
      expect(await ask('n1', { type: 'kept' })).toMatchObject({ value: ['a'] });
      expect(await cluster.pause('n2')).toMatchObject({ state: 'installed', bit: true });
      await expect(ask('n2', { type: 'echo', echo: 1 }, 400)).rejects.toThrow();
      expect(await cluster.resume('n2')).toMatchObject({ state: 'installed' });
      expect(await ask('n2', { type: 'echo', echo: 2 })).toMatchObject({ echo: 2 });
      await expect(ask('n3', { type: 'die', code: 7 })).rejects.toThrow();
      await until('its end', () => cluster.state('n3') === 'crashed');
      expect(events.find(({ kind }) => kind === 'crashed')).toMatchObject({
        node: 'n3',
        detail: { code: 7 },
      });
      expect(readFileSync(join(cluster.log('n1'), 'stderr.log'), 'utf8')).toMatch(/life 1[\s\S]*life 2/);
    });
  });

  it('cuts one way, cuts clients off, loses, slows and resets, and undoes each', async () => {
    await on({}, async ({ cluster, ask }) => {
      const { links } = cluster;
      const link = (from: string, to: string) =>
        links.counters().find((each) => each.from === from && each.to === to)!;
      const under = async (
        from: string,
        to: string,
        rule: LinkRule,
        work: () => Promise<void>,
      ): Promise<void> => {
        links.set('f', [{ from, to, rule }]);
        await links.sync!();
        await work();
        links.clear('f');
        await links.sync!();
        expect(await links.probe(from, to)).toBe('open');
      };
      await under('n1', 'n2', { cut: true }, async () => {
        expect(await links.probe('n1', 'n2')).toBe('cut');
        expect(await links.probe('n2', 'n1')).toBe('open');
        expect(await links.probe('n1', 'n3')).toBe('open');
      });
      await under('clients', 'n1', { cut: true }, async () => {
        await expect(ask('n1', { type: 'echo', echo: 1 }, 400)).rejects.toThrow();
        expect(await ask('n2', { type: 'echo', echo: 1 })).toMatchObject({ echo: 1 });
      });
      await ask('n1', { type: 'ping-peer', to: 'n2' });
      await under('n1', 'n2', { loss: 0.5 }, async () => {
        for (let i = 0; i < 20; i++) await ask('n1', { type: 'tell', to: 'n2', value: 'x' });
        await until('losses', async () => {
          await links.sync!();
          return link('n1', 'n2').dropped > 0;
        });
      });
      await under('n1', 'n2', { rate: 20_000 }, async () => {
        await ask('n1', { type: 'tell', to: 'n2', value: 'x'.repeat(20_000) });
        await until('packets that had to wait', async () => {
          await links.sync!();
          return link('n1', 'n2').delayed > 0;
        });
        expect(machines.all[0]!.inside('tc qdisc show dev eth0')).toContain('htb fa01:');
      });
      expect(machines.all[0]!.inside('tc qdisc show dev eth0')).not.toContain('fa01');
      await ask('n1', { type: 'ping-peer', to: 'n2' });
      expect(await links.reset([{ from: 'n1', to: 'n2' }])).toBeGreaterThan(0);
    });
  });

  it('leaves queues alone that somebody has set up, and says so', async () => {
    machines.all[0]!.inside('tc qdisc add dev eth0 root handle 1: htb');
    try {
      await on({}, async ({ cluster }) => {
        cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { rate: 20_000 } }]);
        await expect(cluster.links.sync!()).rejects.toThrow(
          /somebody has set up a queue on eth0 of .*, which is left alone/,
        );
        expect(machines.all[0]!.inside('tc qdisc show dev eth0')).toContain('htb 1:');
      });
    } finally {
      machines.all[0]!.inside('tc qdisc del dev eth0 root');
    }
  });

  it('brings files, folders, archives and the program itself', async () => {
    mkdirSync(join(folder, 'etc', 'deep'), { recursive: true });
    writeFileSync(join(folder, 'etc', 'deep', 'a.conf'), 'in a folder');
    writeFileSync(join(folder, 'b.conf'), 'in an archive');
    spawnSync('tar', ['-C', folder, '-cf', join(folder, 'b.tar'), 'b.conf']);
    const source = chattyProgram({ id: 'n', index: 0, host: '', ports: {}, dataDir: '', peers: [] }).args[0]!;
    const ssh = { ...probed, upload: [join(folder, 'etc')], unpack: [join(folder, 'b.tar')] };
    const program: ClusterOptions['program'] = (address) => ({
      ...chattyProgram(address),
      uploads: [source],
    });
    await on({ ssh, program }, async ({ cluster, ask }) => {
      await ask('n1', { type: 'echo', echo: 1 });
      for (const machine of machines.all) {
        const [run] = machine.left();
        const at = join(machine.folder, 'var', run!, 'cwd');
        expect(readFileSync(join(at, 'etc', 'deep', 'a.conf'), 'utf8')).toBe('in a folder');
        expect(readFileSync(join(at, 'b.conf'), 'utf8')).toBe('in an archive');
        expect(readFileSync(join(at, 'chatty-node.mjs'), 'utf8')).toBe(readFileSync(source, 'utf8'));
        expect(machine.processes().some((words) => words.includes('/cwd/chatty-node.mjs'))).toBe(true);
      }
      await cluster.kill('n1');
      await cluster.restart('n1');
    });
  });

  it.each([
    [
      'is not there',
      { file: '/no/such/program', args: [] },
      'cannot start /no/such/program: no such file on the host',
    ],
    ['is on no PATH', { file: 'no-such-program', args: [] }, 'no such command on the PATH'],
    ['cannot be executed', { file: '/etc/passwd', args: [] }, 'permission denied (is it executable?)'],
    ['ends at once', { file: 'false', args: [] }, 'ended with exit code 1 before it was ready'],
  ])('says that a program %s, and leaves nothing', async (_what, program, sentence) => {
    const { cluster } = makeBench('ssh', { ssh: probed, ready: { kind: 'tcp' }, program: () => program });
    await expect(cluster.up(new AbortController().signal)).rejects.toThrow(sentence);
    expect(await cluster.down()).toEqual([]);
  });

  it('needs a host for each node, and hosts at all', () => {
    expect(() => makeBench('ssh', { ssh: probed, nodes: ['a', 'b', 'c', 'd'] })).toThrow(
      '4 nodes need 4 hosts',
    );
    expect(() => makeBench('ssh')).toThrow('nothing says on which hosts nodes run');
  });
});
