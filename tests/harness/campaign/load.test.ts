/**
 * Campaign files: what they come to, and how what is wrong with them is said.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CampaignKnown } from '../../../harness/campaign/checks.ts';
import { type LoadedCampaign, loadCampaign } from '../../../harness/campaign/load.ts';
import { UsageError } from '../../../harness/registry.ts';
import { monotonicNs } from '../../../harness/time.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-campaign-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KNOWN: CampaignKnown = {
  systems: ['raft', 'lww', 'etcd'],
  workloads: ['register', 'set', 'last-write'],
  checkers: ['linearizable'],
  faults: { partition: ['halves', 'one'], kill: ['crash'] },
  speaks: { raft: ['register', 'set'], lww: ['last-write'], etcd: ['register'] },
  bugs: { raft: ['stale-read'], lww: [], etcd: [] },
};

function load(text: string): Promise<LoadedCampaign> {
  const file = join(folder, 'faultline.campaign.yaml');
  writeFileSync(file, text);
  return loadCampaign(file, KNOWN);
}

async function wrong(text: string): Promise<string> {
  const error = await load(text).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UsageError);
  return (error as UsageError).format();
}

const names = ({ scenarios }: LoadedCampaign): string[] => scenarios.map(({ name }) => name);

const PLAIN = `campaign: nightly
systems: [raft, lww]
nemeses: { calm: [], storm: [partition, kill] }
`;

describe('the matrix', () => {
  it('is every workload a system speaks under every package of faults', async () => {
    expect(names(await load(PLAIN))).toEqual([
      'raft/register/calm',
      'raft/register/storm',
      'raft/set/calm',
      'raft/set/storm',
      'lww/last-write/calm',
      'lww/last-write/storm',
    ]);
  });

  it('may have ten thousand cells and more', async () => {
    const systems = Array.from({ length: 100 }, (_, i) => `  - { system: raft, as: raft${i} }`).join('\n');
    const nemeses = Array.from({ length: 100 }, (_, i) => `  n${i}: [partition]`).join('\n');
    const began = monotonicNs();
    const { scenarios, leftOut } = await load(
      `campaign: huge\nsystems:\n${systems}\nworkloads: [register, last-write]\nnemeses:\n${nemeses}\n`,
    );
    expect([scenarios.length, leftOut.length]).toEqual([10_000, 10_000]);
    // By far: with a look at every cell for each it took a minute.
    expect((monotonicNs() - began) / 1e9).toBeLessThan(15);
  });

  it('leaves out what a system does not speak, and says so', async () => {
    const loaded = await load(`${PLAIN}workloads: [set]\n`);
    expect(names(loaded)).toEqual(['raft/set/calm', 'raft/set/storm']);
    expect(loaded.leftOut).toContainEqual({ name: 'lww/set/calm', because: 'lww does not speak set' });
  });

  it('excludes cells, and adds those an inclusion names in full', async () => {
    const loaded = await load(`${PLAIN}workloads: [register]
exclude: [{ nemesis: calm }]
include:
  - { system: raft, workload: set, nemesis: calm, seeds: [7, 8], weight: 3, rate: 10 }
`);
    expect(names(loaded)).toEqual(['raft/register/storm', 'raft/set/calm']);
    expect(loaded.leftOut).toContainEqual({ name: 'raft/register/calm', because: 'excluded' });
    expect(loaded.scenarios[1]).toMatchObject({ seeds: [7, 8], weight: 3, config: { rate: 10 } });
  });

  it('lays the more particular over the more general', async () => {
    const { scenarios } = await load(`campaign: nightly
settings: { rate: 10, timeLimit: 5s, set: { a: 1, b: 1 } }
systems: [{ system: raft, as: slow, weight: 2, rate: 20, set: { b: 2 } }]
workloads: [{ name: register, keys: 3 }]
nemeses: { storm: { nemesis: [partition], weight: 3, timeLimit: 6s } }
seeds: 4
`);
    expect(scenarios).toMatchObject([
      {
        name: 'slow/register/storm',
        weight: 6,
        seeds: 4,
        config: {
          system: 'raft',
          rate: 20,
          timeLimit: '6s',
          set: { a: 1, b: 2 },
          workload: { name: 'register', keys: 3 },
          nemesis: ['partition'],
        },
      },
    ]);
  });

  it('takes a configuration of any program, with its own workload and folder', async () => {
    writeFileSync(
      join(folder, 'mine.yaml'),
      'seed: 7\ncommand: { start: [./node], operations: { register: { read: { http: GET / } } } }\n',
    );
    const { scenarios } = await load(
      'campaign: c\nsystems: [{ config: mine.yaml }]\nnemeses: { calm: [] }\n',
    );
    expect(scenarios).toMatchObject([{ name: 'mine/register/calm', directory: folder }]);
    expect(scenarios[0]!.config).not.toHaveProperty('seed');
  });
});

describe('a campaign that is wrong', () => {
  it.each([
    ['an unknown key', `${PLAIN}budgit: 5m\n`, ':4:1', 'unknown key "budgit"', 'did you mean "budget"'],
    ['an unknown system', PLAIN.replace('lww', 'lwv'), ':2:17', 'there is no system "lwv"', '"lww"'],
    ['an unknown workload', `${PLAIN}workloads: [sett]\n`, ':4:13', 'no workload "sett"', '"set"'],
    ['an unknown fault', PLAIN.replace('kill', 'kil'), ':3:41', 'there is no fault "kil"', '"kill"'],
    ['an unknown setting', `${PLAIN}settings: { rates: 1 }\n`, ':4:13', 'unknown key "rates"', '"rate"'],
    ['a number without a unit', `${PLAIN}budget: 60\n`, ':4:9', 'budget has no unit', '60s'],
    ['a package nobody has', `${PLAIN}exclude: [{ nemesis: strom }]\n`, ':4:22', '"strom"', '"storm"'],
    [
      'a bug nobody has',
      `${PLAIN}canaries: [{ system: raft, bug: stale }]\n`,
      ':4:33',
      '"stale"',
      '"stale-read"',
    ],
    [
      'two programs at once',
      PLAIN.replace('[raft', '[{ system: raft, config: a }'),
      ':2',
      'says system and config',
      'exactly one',
    ],
    [
      'one name twice',
      PLAIN.replace('[raft', '[lww'),
      '',
      'two of the systems are called "lww"',
      'as: another',
    ],
    [
      'no run at all',
      `${PLAIN}exclude: [{ nemesis: [calm, storm] }]\n`,
      '',
      'this campaign has no run',
      'excluded',
    ],
  ])('says where %s is, and what would be right', async (_, text, place, message, hint) => {
    const said = await wrong(text);
    expect(said).toContain(`faultline.campaign.yaml${place}`);
    expect(said).toContain(message);
    expect(said).toContain(hint);
  });

  it('is told from none', async () => {
    await expect(loadCampaign(join(folder, 'none.yaml'), KNOWN)).rejects.toThrow('there is no such campaign');
    const empty = mkdtempSync(join(folder, 'empty-'));
    await expect(loadCampaign(empty, KNOWN)).rejects.toThrow('there is no campaign in this folder');
    expect(await wrong('')).toContain('this campaign is empty');
  });
});

describe('where a value of a scenario is set', () => {
  it('is the line of the most particular place that sets it', async () => {
    const loaded = await load(`campaign: nightly
systems:
  - { system: raft, rate: 20 }
  - lww
nemeses:
  storm:
    nemesis: [partition]
    rate: 30
settings:
  nodes: 3
  set: { a: 1, b: 1 }
include:
  - system: raft
    set:
      b: 2
`);
    const at = (...path: string[]) => loaded.origin('raft/set/storm', path).at?.replace(/^.*yaml/, '');
    expect(loaded.origin('raft/set/storm', ['nodes']).from).toBe('campaign');
    expect(at('nodes')).toBe(':10, cell raft/set/storm');
    expect(at('rate')).toBe(':8, cell raft/set/storm');
    expect(at('set', 'a')).toBe(':11, cell raft/set/storm');
    expect(at('set', 'b')).toBe(':15, cell raft/set/storm');
    expect(at('system')).toBe(':3, cell raft/set/storm');
    // Nothing in this file says it: the system speaks it.
    expect(at('workload')).toBe(', cell raft/set/storm');
  });
});
