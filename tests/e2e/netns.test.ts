/** Backend netns from the command line: the harness enters a sandbox by itself, and nothing is left of it. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSwitch } from '../../harness/cluster/netns/switch-program.ts';
import { processesWith, processTable } from '../../harness/cluster/proc.ts';
import { findSandbox } from '../../harness/sandbox/probe.ts';
import { sleep } from '../../harness/time.ts';
import { skipping } from '../kits/skipping.ts';
import { Workplace } from './cli.ts';

const [sandbox, program] = await Promise.all([findSandbox(), findSwitch()]);
const problem = 'reason' in sandbox ? sandbox.reason : 'reason' in program ? program.reason : null;

describe.skipIf(skipping('run --backend netns', problem))('run --backend netns', () => {
  let place: Workplace;
  beforeAll(() => {
    place = new Workplace();
  });
  afterAll(() => place.remove());

  it('passes a correct system under faults of packets, processes and clocks', async () => {
    const nemesis = 'partition,pause@one,clock,latency,loss,duplicate,reorder,reset,bandwidth';
    const words = ['--backend', 'netns', '--workload', 'register', '--nemesis', nemesis];
    const { done } = place.start('run', 'raft', ...words, '--time-limit', '12s', '--seed', '7', '--json');
    const { code, stdout, stderr } = await done;
    expect(code, stderr).toBe(0);
    const verdict = JSON.parse(stdout);
    expect(verdict).toMatchObject({ verdict: 'pass', backend: 'netns' });
    expect(verdict.faults.filter((fault: { state: string }) => fault.state === 'failed')).toEqual([]);
  });

  it('ends orderly when interrupted, and says so by its exit code', async () => {
    const { child, done, says } = place.start('run', 'raft', '--backend', 'netns', '--time-limit', '60s');
    await says('leader n');
    child.kill('SIGINT');
    const { code, stderr } = await done;
    expect(code, stderr).toBe(130);
    expect(stderr).toMatch(/SIGINT: ending the load/);
  });

  it('leaves no process and nothing to clean when it is killed', async () => {
    const { child, done, says } = place.start('run', 'raft', '--backend', 'netns', '--out', 'killed');
    await says('leader n');
    const run = `${place.path}/killed`;
    expect(processesWith('FAULTLINE_RUN', run)).not.toEqual([]);
    child.kill('SIGKILL');
    await done;
    for (let i = 0; i < 300 && processesWith('FAULTLINE_RUN', run).length > 0; i++) await sleep(10);
    expect(processesWith('FAULTLINE_RUN', run)).toEqual([]);
    expect(processTable().length).toBeGreaterThan(0);
    const cleaned = await place.start('clean', 'killed', '--json').done;
    expect(cleaned.code, cleaned.stdout).toBe(0);
    expect(JSON.parse(cleaned.stdout)).toMatchObject([{ status: 'vanished', clean: true }]);
    expect(readdirSync(place.path)).toContain('killed');
  });
});
