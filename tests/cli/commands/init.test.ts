/**
 * `faultline init`: what it writes loads, names commands and options that exist, and overwrites nothing.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { campaignNames } from '../../../cli/campaign/known.ts';
import { campaign } from '../../../cli/commands/campaign.ts';
import { COMMANDS } from '../../../cli/commands/index.ts';
import { runProgram } from '../../../cli/program.ts';
import { loadCampaign } from '../../../harness/campaign/load.ts';
import { capturedIo } from '../captured-io.ts';

const root = mkdtempSync(join(tmpdir(), 'faultline-init-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function init(cwd: string, ...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = capturedIo(cwd);
  const code = await runProgram(COMMANDS, '0.0.0', ['init', ...words], io);
  return { code, out: io.stdout(), err: io.stderr() };
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
    expect(await init(cwd)).toMatchObject({ code: 0, out: 'faultline.campaign.yaml\n' });
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
      const path = out.trim().split('\n')[1]!;
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
