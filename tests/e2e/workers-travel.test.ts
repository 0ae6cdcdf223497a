/**
 * What travels to workers that have nothing but faultline: plug-ins with all they are made of, programs that the
 * campaign lists; and runs of real systems in namespaces and containers, each by the worker that can.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CampaignSummary } from '../../harness/campaign/summary.ts';
import { Engine } from '../../harness/cluster/docker/engine.ts';
import { findSwitch } from '../../harness/cluster/netns/switch-program.ts';
import { findSandbox } from '../../harness/sandbox/probe.ts';
import { findProgram } from '../../systems/installed.ts';
import { registerCommand } from '../fixtures/http-register.ts';
import { nodeTarball, startEngine, whyNoEngine } from '../kits/docker.ts';
import { noRedis, RedisServer } from '../kits/redis-server.ts';
import { type RunningCli, Workplace } from './cli.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/http-register.mjs', import.meta.url));
const missing = noRedis();
if (missing !== null) process.stderr.write(`skipped: what travels to workers: ${missing}\n`);

const [sandbox, program] = await Promise.all([findSandbox(), findSwitch()]);
const noEtcd = findProgram('etcd') === null ? 'etcd is not installed' : null;
const noNetns = 'reason' in sandbox ? sandbox.reason : 'reason' in program ? program.reason : noEtcd;
if (noNetns !== null) process.stderr.write(`skipped: etcd in namespaces by workers: ${noNetns}\n`);
const noDocker = whyNoEngine();
if (noDocker !== null) process.stderr.write(`skipped: containers by workers: ${noDocker}\n`);

const ONCE = 'canaries: false\ntwice: 0\nreruns: 0\nretries: 0\n';
const SHORT = 'settings: { nodes: 3, timeLimit: 2s, rate: 50, settle: 2s }\n';

const registers = (command: string): string => `name: registers
${registerCommand(command)}workload: { name: register, cas: 0 }
`;

describe.skipIf(missing !== null)('workers elsewhere', () => {
  const redis = new RedisServer();
  const places: Workplace[] = [];
  const started: RunningCli[] = [];
  beforeAll(() => redis.start());
  afterAll(async () => {
    await redis.end();
    for (const made of places) made.remove();
  });
  afterEach(() => {
    for (const { child } of started.splice(0)) child.kill('SIGKILL');
  });

  function place(files: Readonly<Record<string, string>> = {}): Workplace {
    const made = new Workplace();
    places.push(made);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(made.file(path), '..'), { recursive: true });
      writeFileSync(made.file(path), text);
    }
    return made;
  }

  function worker(...words: string[]): RunningCli {
    const running = place().start('worker', redis.url, ...words);
    started.push(running);
    return running;
  }

  async function night(at: Workplace, ...words: string[]): Promise<CampaignSummary & { stderr: string }> {
    const { stdout, stderr } = await at.run('campaign', '--workers', redis.url, '--json', ...words);
    expect(stdout, stderr).not.toBe('');
    return { ...(JSON.parse(stdout) as CampaignSummary), stderr };
  }

  it('are given plug-ins with all they are made of, and say by which they judged', async () => {
    const at = place();
    for (const words of [
      ['system', 'kvs'],
      ['checker', 'own-rule'],
    ]) {
      const made = await at.run('new', ...words);
      expect(made.code, made.stderr).toBe(0);
    }
    const plugins = 'plugins: [systems/kvs.ts, checkers/own-rule.ts]\n';
    const matrix = `systems: [{ system: kvs, backend: sim, checkers: [own-rule] }]\nworkloads: [broadcast]\nnemeses: { calm: [] }\n`;
    writeFileSync(
      at.file('faultline.campaign.yaml'),
      `campaign: plugged\n${plugins}${matrix}${SHORT}${ONCE}`,
    );
    worker('--can', 'sim');
    const { runs, stderr } = await night(at);
    expect(runs, stderr).toMatchObject([{ verdict: 'pass', checkers: { 'own-rule': 'pass' } }]);
    const plan = at.read('.faultline/campaign-plugged/latest', runs[0]!.folder, 'plan.json');
    const { plugins: known } = JSON.parse(plan) as { plugins: { name: string; sha256: string }[] };
    expect(known.map(({ name }) => name).sort()).toEqual(['kvs', 'own-rule']);
    for (const { sha256 } of known) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are given the programs a campaign lists, and leave alone what starts a program they do not have', async () => {
    const at = place({
      'one.yaml': registers('node server/main.mjs'),
      'two.yaml': registers('no-such-interpreter server/main.mjs'),
      'server/main.mjs': readFileSync(PROGRAM, 'utf8'),
      'faultline.campaign.yaml': `campaign: own\nfiles: [server]\nsystems: [{ config: one.yaml, as: one }, { config: two.yaml, as: two }]
nemeses: { calm: [] }\n${SHORT}${ONCE}`,
    });
    worker('--can', 'tcp');
    const { runs, skipped, stderr } = await night(at, '--patience', '6s');
    expect(runs, stderr).toMatchObject([{ scenario: 'one/register/calm', verdict: 'pass' }]);
    expect(skipped).toMatchObject([
      {
        id: 'two/register/calm#1',
        because: expect.stringContaining('a worker with the program no-such-interpreter'),
      },
    ]);
    writeFileSync(
      at.file('faultline.campaign.yaml'),
      at.read('faultline.campaign.yaml').replace('[server]', '[sever]'),
    );
    const wrong = await at.run('campaign', '--workers', redis.url);
    expect(wrong.stderr).toContain('there is no "sever" to give to workers');
    expect(wrong.code).toBe(64);
  });

  it.skipIf(noNetns !== null || noDocker !== null)(
    'carry out real systems, each where it can run',
    async () => {
      const engine = await startEngine();
      try {
        await new Engine(engine.address).importImage(nodeTarball(engine.folder, [PROGRAM]), 'registers:test');
        const at = place({
          'box.yaml': `${registers(`["${process.execPath}", "${PROGRAM}"]`)}docker: { image: "registers:test" }\n`,
          'faultline.campaign.yaml': `campaign: real\nsystems: [{ system: etcd, backend: netns }, { config: box.yaml, as: box }]
workloads: [register]\nnemeses: { calm: [], crash: [kill] }\n${SHORT.replace('timeLimit: 2s', 'timeLimit: 8s')}${ONCE}`,
        });
        process.env['DOCKER_HOST'] = engine.address;
        worker('--can', 'docker');
        delete process.env['DOCKER_HOST'];
        worker('--can', 'netns,etcd');
        const { runs, spans, stderr } = await night(at);
        expect(runs.map(({ id, verdict }) => [id, verdict]).sort(), stderr).toEqual([
          ['box/register/calm#1', 'pass'],
          ['box/register/crash#1', 'pass'],
          ['etcd/register/calm#1', 'pass'],
          ['etcd/register/crash#1', 'pass'],
        ]);
        expect(spans).toHaveLength(4);
        for (const { folder } of runs)
          expect(at.read('.faultline/campaign-real/latest', folder, 'report.html')).toContain('<html');
      } finally {
        delete process.env['DOCKER_HOST'];
        await engine.stop();
      }
    },
  );
});
