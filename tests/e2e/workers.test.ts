/**
 * `faultline campaign --workers` and `faultline worker` as users start them: real runs, a real Redis, a bucket, and
 * what is said when something is not as it should be.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CampaignSummary } from '../../harness/campaign/summary.ts';
import { noRedis, RedisServer } from '../kits/redis-server.ts';
import { KEY_ID, S3Server, SECRET } from '../kits/s3-server.ts';
import { skipping } from '../kits/skipping.ts';
import { type RunningCli, Workplace } from './cli.ts';

const redis = new RedisServer({ password: 'geheim' });
const bucket = new S3Server();
const places: Workplace[] = [];
const started: RunningCli[] = [];

const NIGHT = `campaign: quick
settings: { backend: sim, nodes: 3, timeLimit: 1s, rate: 50, settle: 1s }
systems: [raft]
workloads: [register]
nemeses: { calm: [] }
canaries: [{ system: lww, bug: arrival-order }]
twice: 0.1
`;

function place(campaign = NIGHT): Workplace {
  const made = new Workplace();
  places.push(made);
  writeFileSync(made.file('faultline.campaign.yaml'), campaign);
  return made;
}

function start(at: Workplace, ...words: string[]): RunningCli {
  const running = at.start(...words);
  started.push(running);
  return running;
}

const withPassword = (): string => redis.url.replace('//', '//:geheim@');

describe.skipIf(skipping('workers', noRedis()))('workers', () => {
  beforeAll(async () => {
    await redis.start();
    process.env['AWS_ENDPOINT_URL'] = await bucket.start();
    process.env['AWS_ACCESS_KEY_ID'] = KEY_ID;
    process.env['AWS_SECRET_ACCESS_KEY'] = SECRET;
  });
  afterAll(async () => {
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
      delete process.env[name];
    await Promise.all([redis.end(), bucket.end()]);
    for (const made of places) made.remove();
  });

  afterEach(() => {
    for (const { child } of started.splice(0)) child.kill('SIGKILL');
  });

  it('carry out a night with canaries, regressions and runs done twice, through a bucket, and say no secret', async () => {
    const at = place(`${NIGHT}seeds: 2\n`);
    mkdirSync(at.file('regressions'));
    writeFileSync(
      at.file('regressions', 'old.json'),
      readFileSync(new URL('../regressions/queue-lost-message.json', import.meta.url)),
    );
    const elsewhere = place('');
    const night = start(at, 'campaign', '--workers', withPassword(), '--store', 's3://nights/team', '--json');
    await night.says('wait for a worker (faultline worker redis://127.0.0.1:');
    const worker = start(elsewhere, 'worker', withPassword(), '--can', 'sim', '--jobs', '2');
    const { code, stdout, stderr } = await night.done;
    expect(code, stderr).toBe(0);
    const summary = JSON.parse(stdout) as CampaignSummary;
    expect(summary).toMatchObject({
      verdict: 'pass',
      canaries: { planned: 1, caught: 1 },
      twice: { compared: 1, different: 0 },
      shards: [{ jobs: 2 }],
    });
    expect(summary.runs.map(({ kind }) => kind).sort()).toEqual(['canary', 'regression', 'run', 'run']);
    expect(summary.spans.every(({ worker: host }) => host !== null)).toBe(true);
    const folder = at.file('.faultline', 'campaign-quick', 'latest');
    for (const run of summary.runs) expect(existsSync(join(folder, run.folder, 'report.html'))).toBe(true);
    expect([...bucket.objects.keys()].some((key) => /^nights\/team\/quick-.*\/report\.html$/.test(key))).toBe(
      true,
    );
    expect(bucket.refused).toEqual([]);
    worker.child.kill('SIGINT');
    const ended = await worker.done;
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain('with the files it gives');
    const files = ['summary.json', 'campaign-plan.json', 'report.html', 'journal.jsonl'];
    for (const file of files) expect(readFileSync(join(folder, file), 'utf8')).not.toContain('geheim');
    expect(`${stdout}${stderr}${ended.stderr}`).not.toMatch(
      new RegExp(`geheim|${SECRET.replaceAll('+', '\\+')}`),
    );
  });

  it('may be killed: another takes the run', async () => {
    const at = place();
    writeFileSync(
      at.file('faultline.campaign.yaml'),
      NIGHT.replace(/canaries.*\ntwice.*\n/, 'canaries: false\ntwice: 0\n'),
    );
    const night = start(at, 'campaign', '--workers', withPassword(), '--json');
    const doomed = start(at, 'worker', withPassword(), '--can', 'sim');
    await doomed.says('took raft/register/calm#1');
    doomed.child.kill('SIGKILL');
    start(at, 'worker', withPassword(), '--can', 'sim');
    const { code, stdout, stderr } = await night.done;
    expect(code, stderr).toBe(0);
    const { runs, notes } = JSON.parse(stdout) as CampaignSummary;
    expect(runs).toMatchObject([{ id: 'raft/register/calm#1', verdict: 'pass', attempts: 1 }]);
    if (notes.length > 0) expect(notes[0]).toContain('a worker was lost over it');
    expect(stderr).toMatch(/worker .* is gone/);
  });

  it.each([
    [
      ['campaign', '--workers', 'redis://127.0.0.1:1'],
      4,
      'Redis at redis://127.0.0.1:1 cannot be used: nothing listens there',
    ],
    [
      ['worker', 'redis://127.0.0.1:1'],
      4,
      'Redis at redis://127.0.0.1:1 cannot be used: nothing listens there',
    ],
    [['campaign', '--workers', 'rdis://:geheim@host'], 64, 'did you mean "redis"'],
    [['worker'], 64, 'a worker needs the address of Redis'],
    [['worker', 'redis://host', '--can', 'dokcer'], 64, 'did you mean "docker"'],
    [['worker', 'redis://host', '--store', 's4://x'], 64, 'did you mean "s3"'],
    [
      ['campaign', '--workers', 'redis://host', '--jobs', '3'],
      64,
      'faultline worker redis://host:6379 --jobs 3',
    ],
    [['campaign', '--store', '/mnt'], 64, '--store goes with --workers'],
  ])('%j ends with %i', async (words, code, said) => {
    const result = await place().run(...words);
    expect(result.stderr).toContain(said);
    expect(result.stderr).not.toContain('geheim');
    expect(result.code).toBe(code);
  });

  it('are missed: a night that nobody comes for is no night, and can be gone on with', async () => {
    const at = place();
    const none = await at.run('campaign', '--workers', withPassword(), '--patience', '2s');
    expect(none.stderr).toContain(`no worker came: start one with faultline worker ${redis.url}`);
    expect(none.code).toBe(4);
    const unwritable = await at.run('campaign', '--workers', withPassword(), '--store', '/sys/nights');
    expect(unwritable.stderr).toMatch(/the store \/sys\/nights cannot be written: (EPERM|EACCES|EROFS)/);
    expect(unwritable.code).toBe(4);
  });
});
