import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { monotonicNs, sleep } from '../../harness/time.ts';
import { notInstalled, skipping } from '../kits/skipping.ts';
import { hasSudo, type Machine, Machines, ORDINARY, whyNoMachines } from '../kits/ssh.ts';
import { Workplace } from './cli.ts';

const why = whyNoMachines() ?? notInstalled('iptables', 'iptables');

describe.skipIf(skipping('run --backend ssh without nftables', why))(
  'run --backend ssh without nftables',
  () => {
    let machines: Machines;
    let place: Workplace;
    /** As root where there is no sudo. */
    const user = hasSudo() ? ORDINARY : 'root';

    beforeAll(async () => {
      machines = await Machines.start(3, (machine) => ({
        setup: [machine.hide('nft'), machine.ordinary(true)],
      }));
      place = new Workplace();
      const hosts = machines.all.map(({ ip }, i) => `{ host: "${ip}", user: ${i === 0 ? 'root' : user} }`);
      writeFileSync(
        place.file('ssh.yaml'),
        `system: raft\nworkload: register\nrate: 50/s\nssh: { knownHosts: "${machines.knownHosts}", key: "${machines.key}", port: 2222, watchdog: 3s, hosts: [${hosts.join(', ')}] }\n`,
      );
    });

    afterAll(async () => {
      place?.remove();
      await machines?.stop();
    });

    const filter = (machine: Machine): string => machine.inside('iptables-save -t filter');
    const drops = (machine: Machine): number =>
      filter(machine).match(/-A faultline_\w{12}A .*-j \S+l\d/g)?.length ?? 0;
    const nothingIsLeft = (): void => {
      for (const machine of machines.all) {
        expect(machine.left()).toEqual([]);
        expect(machine.rules() + filter(machine)).not.toContain('faultline');
      }
    };

    it('passes raft under cuts and losses, each with its evidence, and leaves nothing', async () => {
      // Rules of somebody else stay where they are.
      machines.all[0]!.inside('iptables -A INPUT -s 192.0.2.1 -j DROP');
      const faults = [
        '--nemesis',
        'partition,partition:one-way,partition:switch,loss',
        '--interval',
        '700ms',
        '--duration',
        '1s',
      ];
      const words = ['--time-limit', '9s', '--seed', '5', '--settle', '20s', '--json'];
      const { code, stdout, stderr } = await place.run('run', 'ssh.yaml', ...faults, ...words);
      expect(code, stderr + stdout).toBe(0);
      const verdict = JSON.parse(stdout);
      expect(verdict).toMatchObject({ verdict: 'pass', backend: 'ssh' });
      const states = new Set(verdict.faults.map((fault: { state: string }) => fault.state));
      expect([...states]).toEqual(['installed']);
      const told: string[] = verdict.faults.map((fault: object) => JSON.stringify(fault));
      expect(told.filter((text) => text.includes('refused')).length).toBeGreaterThan(0);
      expect(told.filter((text) => /[1-9]\d* of \d+ messages/.test(text)).length).toBeGreaterThan(0);
      nothingIsLeft();
      expect(filter(machines.all[0]!)).toContain('-A INPUT -s 192.0.2.1/32 -j DROP');
    });

    it('undoes its rules when it hears nothing any more, and clean removes the rest', async () => {
      const faults = ['--nemesis', 'partition:halves', '--interval', '300ms', '--duration', '60s'];
      const words = ['run', 'ssh.yaml', '--out', 'killed', '--time-limit', '60s', ...faults];
      const { child, done } = place.start(...words);
      const end = monotonicNs() + 60e9;
      const cut = (): boolean => machines.all.some((machine) => drops(machine) > 0);
      while (!cut() && monotonicNs() < end && child.exitCode === null) await sleep(50);
      expect(cut()).toBe(true);
      child.kill('SIGKILL');
      await done;
      while (cut() && monotonicNs() < end) await sleep(100);
      expect(machines.all.map(drops)).toEqual([0, 0, 0]);
      expect(filter(machines.all[0]!)).toContain('faultline_');
      // One of the folders is gone by other hands: its chains are removed all the same.
      machines.all[1]!.inside(`rm -rf ${machines.all[1]!.folder}/var/faultline-*`);
      const cleaned = await place.run('clean', 'killed', '--json');
      expect(cleaned.code, cleaned.stdout).toBe(0);
      nothingIsLeft();
    });

    it('is told by doctor', async () => {
      const hosts = machines.all.map(({ ip }) => `root@${ip}:2222`).join(',');
      const flags = ['--hosts', hosts, '--ssh-key', machines.key, '--known-hosts', machines.knownHosts];
      const { stdout } = await place.run('doctor', ...flags, '--json');
      const rows: { name: string; detail: string; costs?: string }[] = JSON.parse(stdout);
      const row = rows.find(({ name }) => name === `root@${machines.all[0]!.ip}:2222`)!;
      expect(JSON.stringify(row)).not.toMatch(/partition|loss|nftables/);
    });
  },
);
