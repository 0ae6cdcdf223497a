/**
 * `faultline init`: what it writes loads, names commands and options that exist, and overwrites nothing.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { campaignNames } from '../../../cli/campaign/known.ts';
import { campaign } from '../../../cli/commands/campaign.ts';
import { knownNames } from '../../../cli/known.ts';
import { loadCampaign } from '../../../harness/campaign/load.ts';
import { loadConfig } from '../../../harness/config/load.ts';
import { typed } from '../typed.ts';

const root = mkdtempSync(join(tmpdir(), 'faultline-init-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function init(cwd: string, ...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout: out, stderr: err } = await typed(cwd, 'init', ...words);
  return { code, out, err };
}

const folder = (): string => mkdtempSync(join(root, 'project-'));

/** Every `faultline campaign ...` of a pipeline. */
function campaignCalls(text: string): string[] {
  const flat = text.replaceAll(/\n\s+(?=--)/g, ' ');
  return [...flat.matchAll(/npx faultline campaign\s(.*)/g)].map(([, rest]) => rest!);
}

describe('faultline init', () => {
  it('writes a campaign that loads', async () => {
    const cwd = folder();
    expect(await init(cwd)).toMatchObject({
      code: 0,
      out: 'faultline.yaml\nsuites/split-brain.yaml\nsuites/one-leader.yaml\nfaultline.campaign.yaml\n',
    });
    const { scenarios } = await loadCampaign(cwd, campaignNames());
    expect(scenarios.map(({ name }) => name)).toContain('raft/register/storm');
    expect((await init(cwd)).err).toContain('faultline.campaign.yaml is there already');
  });

  it('writes one of the program that is configured here', async () => {
    const cwd = folder();
    writeFileSync(
      join(cwd, 'faultline.yaml'),
      'command: { start: [./node], operations: { register: { read: { http: GET / } } } }\n',
    );
    await init(cwd);
    const { scenarios, config } = await loadCampaign(cwd, campaignNames());
    expect(config.systems).toEqual([{ config: 'faultline.yaml' }]);
    expect(new Set(scenarios.map(({ workload }) => workload))).toEqual(new Set(['register']));
  });

  it.each(['github', 'gitlab'])(
    'writes a pipeline for %s whose commands exist, with all shards',
    async (server) => {
      const cwd = folder();
      const { code, out } = await init(cwd, '--ci', server);
      expect(code).toBe(0);
      const path = out.trim().split('\n').at(-1)!;
      const text = readFileSync(join(cwd, path), 'utf8');
      const pipeline = parse(text) as Record<string, unknown>;
      expect(Object.keys(server === 'github' ? (pipeline['jobs'] as object) : pipeline)).toEqual(
        expect.arrayContaining(['night', 'report']),
      );
      const known = campaign.options.map(({ flags }) => flags.split(' ')[0]);
      const calls = campaignCalls(text);
      expect(calls.length).toBe(2);
      for (const call of calls)
        for (const [flag] of call.matchAll(/--[a-z-]+/g)) expect(known, call).toContain(flag);
      const merged = [...calls[1]!.matchAll(/--merge night-(\d)/g)].map(([, n]) => Number(n));
      expect(merged).toEqual([1, 2, 3, 4]);
      expect(text).toMatch(server === 'github' ? /shard: \[1, 2, 3, 4\]/ : /parallel: 4/);
    },
  );

  it('finds a node program of the Maelstrom protocol, and a workload it knows', async () => {
    const cwd = folder();
    mkdirSync(join(cwd, 'src'));
    writeFileSync(join(cwd, 'src/node.py'), 'reply({"type": "init_ok"}) ... "broadcast" ... "read"\n');
    writeFileSync(join(cwd, 'requirements.txt'), '');
    const { code, out, err } = await init(cwd);
    expect({ code, out }).toEqual({
      code: 0,
      out: 'faultline.yaml\nsuites/calm.yaml\nfaultline.campaign.yaml\n',
    });
    expect(err).toContain('found      Python');
    expect(err).toContain('program    python3 src/node.py');
    const { config } = await loadConfig(cwd, knownNames());
    expect(config).toMatchObject({
      command: { start: 'python3 src/node.py', maelstrom: ['broadcast'] },
      workload: 'broadcast',
      nemesis: ['partition'],
    });
    expect((await loadConfig(join(cwd, 'suites/calm.yaml'), knownNames())).config).toMatchObject({
      expect: 'pass',
    });
    const { scenarios } = await loadCampaign(cwd, campaignNames());
    expect(scenarios.map(({ workload }) => workload)).toContain('broadcast');
  });

  it('takes a program by its command line, and leaves what it cannot know to be finished', async () => {
    const cwd = folder();
    await init(cwd, '--program', './node --quick', '--protocol', 'maelstrom', '--workload', 'set');
    const { config } = await loadConfig(cwd, knownNames());
    expect(config.command).toEqual({ start: './node --quick', maelstrom: ['set'] });
    const web = folder();
    writeFileSync(join(web, 'package.json'), '{ "scripts": { "start": "node server.js" } }');
    writeFileSync(join(web, 'Dockerfile'), 'FROM scratch');
    const { err } = await init(web);
    expect(err).toContain('finish faultline.own.yaml');
    const own = await loadConfig(join(web, 'faultline.own.yaml'), knownNames());
    expect(own.config.command).toMatchObject({ start: 'node server.js', ready: { http: '/' } });
    expect(readFileSync(join(web, 'faultline.own.yaml'), 'utf8')).toContain('# docker: { build: . }');
    expect((await loadConfig(web, knownNames())).config.system).toBe('bully');
    const unknown = await init(folder(), '--program', './node', '--protocol', 'maelstrom');
    expect(unknown).toMatchObject({ code: 64, err: expect.stringContaining('give --workload') as string });
    const other = await init(folder(), '--program', './node', '--protocol', 'grpc');
    expect(other).toMatchObject({ code: 64, err: expect.stringContaining('no protocol "grpc"') as string });
  });

  it('writes beside what is there, and over nothing', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, '.gitlab-ci.yml'), 'mine: true\n');
    expect((await init(cwd, '--ci', 'gitlab')).err).toContain('include: faultline.gitlab-ci.yml');
    expect(readFileSync(join(cwd, '.gitlab-ci.yml'), 'utf8')).toBe('mine: true\n');
    expect(existsSync(join(cwd, 'faultline.gitlab-ci.yml'))).toBe(true);
    const third = await init(cwd, '--ci', 'gitlab');
    expect(third).toMatchObject({ code: 64 });
    expect(await init(cwd, '--ci', 'githup')).toMatchObject({
      code: 64,
      err: expect.stringContaining('"github"') as string,
    });
  });
});
