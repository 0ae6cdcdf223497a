/**
 * Backend ssh from the command line, on machines of the test's own: a run under faults, a harness that is killed, hosts that
 * are not who they were, are not there, or vanish.
 */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notInstalled, skipping } from '../kits/skipping.ts';
import { hasSudo, Machines, ORDINARY, whyNoMachines } from '../kits/ssh.ts';
import { Workplace } from './cli.ts';

const why = whyNoMachines();
skipping('run --backend ssh', why);
const withoutSudo = skipping('ssh with sudo', notInstalled('sudo', 'sudo'));

describe.skipIf(why !== null)(`run --backend ssh${why === null ? '' : `: ${why}`}`, () => {
  let machines: Machines;
  let place: Workplace;

  beforeAll(async () => {
    machines = await Machines.start(3);
    place = new Workplace();
    writeFileSync(
      place.file('ssh.yaml'),
      `system: raft\nworkload: register\nssh: { knownHosts: "${machines.knownHosts}", key: "${machines.key}", user: root, reconnect: 5s, hosts: [${machines.all.map(({ ip, port }) => `"${ip}:${port}"`).join(', ')}] }\n`,
    );
  });

  afterAll(async () => {
    place?.remove();
    await machines?.stop();
  });

  const run = (...words: string[]) =>
    place.run('run', 'ssh.yaml', '--rate', '50/s', '--settle', '20s', '--json', ...words);

  const nothingIsLeft = (): void => {
    for (const machine of machines.all) {
      expect(machine.left()).toEqual([]);
      expect(machine.rules()).not.toContain('faultline');
    }
  };

  it('passes raft under faults of links and processes, and leaves nothing', async () => {
    const faults = ['--nemesis', 'partition,loss,kill,pause', '--interval', '700ms', '--duration', '700ms'];
    const { code, stdout, stderr } = await run(...faults, '--time-limit', '8s', '--seed', '5');
    expect(code, stderr + stdout).toBe(0);
    const verdict = JSON.parse(stdout);
    expect(verdict).toMatchObject({ verdict: 'pass', backend: 'ssh' });
    expect(verdict.faults.filter((fault: { state: string }) => fault.state === 'failed')).toEqual([]);
    nothingIsLeft();
  });

  it('leaves a folder and rules when it is killed, which clean removes', async () => {
    const { child, done, says } = place.start('run', 'ssh.yaml', '--out', 'killed', '--time-limit', '60s');
    await says('load started');
    child.kill('SIGKILL');
    await done;
    expect(machines.all[0]!.left()).toHaveLength(1);
    const cleaned = await place.run('clean', 'killed', '--json');
    expect(cleaned.code, cleaned.stdout).toBe(0);
    expect(JSON.parse(cleaned.stdout)).toMatchObject([{ status: 'dead', clean: true }]);
    nothingIsLeft();
  });

  it('takes hosts from a file on the command line', async () => {
    writeFileSync(
      place.file('hosts.txt'),
      machines.all.map(({ ip, port }) => `root@${ip}:${port}\n`).join(''),
    );
    const flags = ['--hosts', 'hosts.txt', '--ssh-key', machines.key, '--known-hosts', machines.knownHosts];
    const faults = ['--nemesis', 'partition,kill,pause', '--interval', '500ms', '--duration', '500ms'];
    const { code, stdout, stderr } = await place.run(
      ...['run', 'raft', '--backend', 'ssh', ...flags, ...faults, '--time-limit', '5s'],
    );
    expect(code, stderr + stdout).toBe(0);
    expect(stderr).toContain('raft, 3 nodes, ssh');
    const told = await place.run('doctor', ...flags, '--json');
    const rows: { name: string; detail: string }[] = JSON.parse(told.stdout);
    for (const { ip } of machines.all) {
      expect(rows.find(({ name }) => name === `root@${ip}:2222`)!.detail).toMatch(/^Linux .*, as root/);
    }
    nothingIsLeft();
  });

  it('says in one sentence that a host key is unknown, that nobody answers, or that hosts are not named', async () => {
    writeFileSync(place.file('empty'), '');
    const unknown = await run('--known-hosts', 'empty');
    expect(unknown.code).toBe(4);
    expect(unknown.stdout + unknown.stderr).toMatch(/shows host key SHA256:\S+, and \S+ does not know it/);
    const dead = await run('--hosts', `${machines.all[0]!.ip}:1`, '--nodes', '1');
    expect(dead.code).toBe(4);
    expect(dead.stdout + dead.stderr).toContain('does not answer: nobody listens at port 1');
    const key = await run('--ssh-key', '/no/such/key');
    expect(key.code).toBe(4);
    expect(key.stdout + key.stderr).toContain('key /no/such/key for');
    writeFileSync(place.file('bad.txt'), 'a\nb c\n');
    const bad = await run('--hosts', 'bad.txt');
    expect(bad.code).toBe(64);
    expect(bad.stderr).toContain('bad.txt line 2: "b c" names no host');
    const few = await run('--nodes', '5');
    expect(few.code).toBe(4);
    expect(few.stdout + few.stderr).toContain('5 nodes need 5 hosts, and there are 3');
    const none = await place.run('run', 'raft', '--backend', 'ssh');
    expect(none.code).toBe(64);
    expect(none.stderr).toContain('backend ssh needs hosts');
    for (const { stderr } of [unknown, dead, key, bad, few, none]) expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe.skipIf(why !== null)(
  `run --backend ssh as an ordinary user${why === null ? '' : `: ${why}`}`,
  () => {
    let machines: Machines;
    let place: Workplace;

    beforeAll(async () => {
      // The last one may not use sudo.
      machines = await Machines.start(4, (machine, i) => ({
        setup: [machine.ordinary(i < 3), machine.ownClock()],
      }));
      place = new Workplace();
    });

    afterAll(async () => {
      place?.remove();
      await machines?.stop();
    });

    /** A configuration on so many of the hosts. */
    const on = (name: string, which: readonly number[], more: string): string => {
      const hosts = which.map((i) => `"${machines.all[i]!.ip}:2222"`).join(', ');
      writeFileSync(
        place.file(name),
        `system: raft\nrate: 50/s\nssh: { ${more} knownHosts: "${machines.knownHosts}", key: "${machines.key}", user: ${ORDINARY}, hosts: [${hosts}] }\n`,
      );
      return name;
    };
    const briefly = ['--interval', '600ms', '--duration', '600ms', '--time-limit', '8s', '--json'];

    it.skipIf(withoutSudo)(
      hasSudo()
        ? 'hurts links, processes and clocks with sudo'
        : 'is not tried with sudo: it is not installed',
      async () => {
        const config = on('sudo.yaml', [0, 1, 2], 'dedicated: true,');
        const nemesis = 'partition,loss,bandwidth,reset,kill,pause,clock:jump,clock:strobe';
        const { code, stdout, stderr } = await place.run('run', config, '--nemesis', nemesis, ...briefly);
        expect(code, stderr + stdout).toBe(0);
        const { faults } = JSON.parse(stdout) as { faults: { fault: string; state: string; bit: boolean }[] };
        for (const fault of ['partition', 'loss', 'bandwidth', 'reset', 'kill', 'pause', 'clock']) {
          expect(
            faults.some((one) => one.fault === fault && one.state === 'installed'),
            fault,
          ).toBe(true);
        }
        for (const machine of machines.all) {
          expect([machine.left(), machine.processes()]).toEqual([[], []]);
          expect(machine.rules()).not.toMatch(/faultline|fa01/);
          expect(Math.abs(machine.offsetNs())).toBeLessThan(150e6);
        }
      },
    );

    it('says which host does not let it use sudo, and hurts processes all the same', async () => {
      const config = on('weak.yaml', [0, 1, 3], '');
      const { code, stdout, stderr } = await place.run(
        'run',
        config,
        '--nemesis',
        'kill,pause,partition',
        ...briefly,
      );
      const sentence = `${ORDINARY}@${machines.all[3]!.ip}:2222 lets nobody set rules who is not root`;
      expect(stdout).toContain(sentence);
      // It proved less than it was asked to.
      expect(code, stderr + stdout).toBe(3);
      expect(JSON.parse(stdout).verdict).toBe('vacuous');
      expect(machines.all[3]!.left()).toEqual([]);
    });
  },
);
