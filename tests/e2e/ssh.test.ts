/**
 * Backend ssh from the command line, on machines of the test's own: a run under faults, a harness that is killed, hosts that
 * are not who they were, are not there, or vanish.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machines, whyNoMachines } from '../kits/ssh.ts';
import { Workplace } from './cli.ts';

const why = whyNoMachines();
if (why !== null) process.stderr.write(`skipped: run --backend ssh: ${why}\n`);

describe.skipIf(why !== null)('run --backend ssh', { timeout: 120_000 }, () => {
  let machines: Machines;
  let place: Workplace;

  beforeAll(async () => {
    machines = await Machines.start(3);
    place = new Workplace();
    writeFileSync(
      place.file('ssh.yaml'),
      `system: raft\nworkload: register\nssh: { knownHosts: "${machines.knownHosts}", key: "${machines.key}", user: root, reconnect: 5s, hosts: [${machines.all.map(({ ip, port }) => `"${ip}:${port}"`).join(', ')}] }\n`,
    );
  }, 60_000);

  afterAll(async () => {
    place?.remove();
    await machines?.stop();
  }, 60_000);

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

  it('says in one sentence that a host key is unknown, or that nobody answers', async () => {
    writeFileSync(join(machines.folder, 'empty'), '');
    const known = readFileSync(place.file('ssh.yaml'), 'utf8').replace(
      machines.knownHosts,
      join(machines.folder, 'empty'),
    );
    writeFileSync(place.file('unknown.yaml'), known);
    const unknown = await place.run('run', 'unknown.yaml', '--json');
    expect(unknown.code).toBe(4);
    expect(unknown.stdout + unknown.stderr).toMatch(/shows host key SHA256:\S+, and \S+ does not know it/);
    const dead = await run('--hosts', `${machines.all[0]!.ip}:1`, '--nodes', '1');
    expect(dead.code).toBe(4);
    expect(dead.stdout + dead.stderr).toContain('does not answer: nobody listens at port 1');
  });
});
