/**
 * Backend ssh when things go wrong under a run: a harness that is killed in the middle of faults, an interrupt, hosts that
 * lose power, start again, or are gone when somebody wants to clean them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sleep } from '../../harness/time.ts';
import { skipping } from '../kits/skipping.ts';
import { type Machine, Machines, whyNoMachines } from '../kits/ssh.ts';
import { Workplace } from './cli.ts';

const why = whyNoMachines();
skipping('backend ssh in trouble', why);

/** Everything of faultline that is on a machine. */
function traces(machine: Machine): string[] {
  const rules = machine.rules().split('\n');
  return [...machine.left(), ...machine.processes(), ...rules.filter((line) => /faultline|fa01/.test(line))];
}

describe.skipIf(why !== null)(`backend ssh in trouble${why === null ? '' : `: ${why}`}`, () => {
  let machines: Machines;
  let place: Workplace;

  beforeAll(async () => {
    machines = await Machines.start(3);
    place = new Workplace();
    const hosts = machines.all.map(({ ip, port }) => `"${ip}:${port}"`).join(', ');
    const ssh = `knownHosts: "${machines.knownHosts}", key: "${machines.key}", user: root, reconnect: 4s, watchdog: 3s`;
    writeFileSync(
      place.file('ssh.yaml'),
      `system: raft\nworkload: register\nrate: 50/s\nsettle: 6s\nopTimeout: 2s\nssh: { ${ssh}, hosts: [${hosts}] }\n`,
    );
  });

  afterAll(async () => {
    place?.remove();
    await machines?.stop();
  });

  afterEach(async () => {
    for (const machine of machines.all) if (!(await machine.answers())) await machine.boot();
  });

  /** Until nothing is there, or for so long. */
  async function settled(ms: number): Promise<string[]> {
    for (let waited = 0; waited < ms; waited += 100) {
      if (machines.all.flatMap(traces).length === 0) return [];
      await sleep(100);
    }
    return machines.all.flatMap(traces);
  }

  const all = ['partition', 'loss', 'bandwidth', 'kill', 'pause'].join(',');
  const under = ['--nemesis', all, '--interval', '300ms', '--duration', '20s', '--time-limit', '60s'];

  it('is killed in the middle of faults: hosts undo them by themselves, and clean removes the rest', async () => {
    const { child, done, says } = place.start('run', 'ssh.yaml', '--out', 'killed', ...under);
    await says('links cut');
    await says('paused');
    child.kill('SIGKILL');
    await done;
    const cut = (): string => machines.all.map((machine) => machine.inside('nft list ruleset')).join('\n');
    expect(cut()).toContain('drop');
    expect(machines.all.flatMap(traces).length).toBeGreaterThan(5);
    for (let tries = 0; tries < 80 && /name "?lost\d+"? drop/.test(cut()); tries++) await sleep(100);
    expect(cut()).not.toMatch(/name "?lost\d+"? drop/);
    const cleaned = await place.run('clean', 'killed', '--json');
    expect(cleaned.code, cleaned.stdout).toBe(0);
    expect(JSON.parse(cleaned.stdout)).toMatchObject([{ status: 'dead', clean: true }]);
    expect(await settled(3_000)).toEqual([]);
    expect((await place.run('clean', 'killed')).code).toBe(0);
  });

  it('is interrupted: everything is undone before it ends', async () => {
    const { child, done, says } = place.start('run', 'ssh.yaml', '--out', 'interrupted', ...under);
    await says('links cut');
    child.kill('SIGINT');
    const { code, stderr } = await done;
    expect(code, stderr).toBe(130);
    expect(await settled(3_000)).toEqual([]);
  });

  it('loses a host for good: goes on without it, is judged, and ends as broken', async () => {
    const { done, says } = place.start('run', 'ssh.yaml', '--out', 'lost', '--time-limit', '9s', '--json');
    await says('load started');
    await machines.all[0]!.halt();
    const { code, stdout, stderr } = await done;
    expect(code, stdout + stderr).toBe(4);
    const verdict = JSON.parse(stdout);
    expect(verdict.verdict).toBe('broken');
    expect(stdout).toContain(`${machines.all[0]!.ip}:2222 is lost: its connection broke`);
    expect(verdict.checkers.linearizable.verdict).toBe('pass');
    expect(readFileSync(place.file('lost', 'history.jsonl'), 'utf8').split('\n').length).toBeGreaterThan(100);
    expect(stderr).not.toMatch(/\n\s+at /);
    const dead = await place.run('clean', 'lost', '--json');
    expect(dead.code).toBe(4);
    expect(dead.stdout).toMatch(/does not answer/);
    await machines.all[0]!.boot();
    const cleaned = await place.run('clean', 'lost');
    expect(cleaned.code, cleaned.stdout).toBe(0);
    expect(await settled(3_000)).toEqual([]);
  });

  it('has a host started again during the run: its node comes back, and the run counts as broken', async () => {
    const { done, says } = place.start(
      ...['run', 'ssh.yaml', '--out', 'rebooted', '--time-limit', '10s', '--json'],
    );
    await says('load started');
    await sleep(1_500);
    await machines.all[1]!.halt();
    await machines.all[1]!.boot();
    const { code, stdout, stderr } = await done;
    expect(code, stdout + stderr).toBe(4);
    expect(stdout).toContain(`${machines.all[1]!.ip}:2222 was started again during the run`);
    expect(JSON.parse(stdout).checkers.linearizable.verdict).toBe('pass');
    expect(await settled(3_000)).toEqual([]);
  });

  it('has a cable pulled and plugged in again: nothing of it is broken', async () => {
    const { done, says } = place.start(
      ...['run', 'ssh.yaml', '--out', 'unplugged', '--time-limit', '12s', '--json'],
    );
    await says('load started');
    machines.all[2]!.plug(false);
    await sleep(7_500);
    machines.all[2]!.plug(true);
    const { code, stdout, stderr } = await done;
    expect(code, stdout + stderr).toBe(0);
    expect(await settled(3_000)).toEqual([]);
  });
});
