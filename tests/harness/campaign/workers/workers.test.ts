/**
 * Nights over workers and a real Redis: every run in the right hands, and nothing lost, whoever dies.
 */
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseRedis } from '../../../../harness/campaign/workers/address.ts';
import { connect } from '../../../../harness/campaign/workers/redis.ts';
import { noRedis, RedisServer } from '../../../kits/redis-server.ts';
import { skipping } from '../../../kits/skipping.ts';
import { run } from '../pretended-runs.ts';
import { StandIn, told } from './stand-in.ts';

const redis = new RedisServer({ keeps: true });
let place: StandIn;

const suite = describe.skipIf(skipping('nights over workers', noRedis()));

suite('a night over workers', () => {
  beforeAll(async () => {
    await redis.start();
    place = new StandIn(redis);
  });
  afterEach(() => place.rest());
  afterAll(async () => {
    await place.end();
    await redis.end();
  });

  it('is carried out by all of them, with the tries and the files of a night on one machine', async () => {
    const runs = [
      ...Array.from({ length: 6 }, (_, i) => run('pass', { id: `pass/w/n#${i + 1}` })),
      ...[run('fail'), run('crash'), run('random', { twice: true })],
    ];
    const night = await place.night(runs);
    await Promise.all([place.worker({ slots: 2 }), place.worker()]);
    const conducted = await night.done;
    expect(told(conducted)).toEqual([
      ...[
        'crash/w/n#1 first broken',
        'crash/w/n#1 retry broken',
        'fail/w/n#1 first fail',
        'fail/w/n#1 rerun fail',
      ],
      ...Array.from({ length: 6 }, (_, i) => `pass/w/n#${i + 1} first pass`),
      ...['random/w/n#1 first pass', 'random/w/n#1 twice pass'],
    ]);
    const { attempts } = conducted;
    expect(new Set(attempts.map(({ worker }) => worker)).size).toBe(2);
    expect(new Set(attempts.map(({ slot }) => slot)).size).toBe(3);
    const [a, b] = attempts.filter(({ run: id }) => id === 'random/w/n#1').map(({ digest }) => digest);
    expect(a).not.toBe(b);
    const files = (id: string, file: string): boolean =>
      existsSync(join(night.folder, attempts.find((one) => one.run === id)!.folder, file));
    expect(files('pass/w/n#1', 'verdict.json')).toBe(true);
    expect(files('pass/w/n#1', 'history.jsonl')).toBe(false);
    expect(files('fail/w/n#1', 'history.jsonl')).toBe(true);
    const crash = attempts.find(({ run: id }) => id === 'crash/w/n#1')!;
    expect(crash.sentence).toBe('the run ended with exit code 4: no port is free');
    expect(readFileSync(join(night.folder, `${crash.folder}.log`), 'utf8')).toContain('no port is free');
    await night.runner.close(true);
    expect(await night.exchange.nights()).toEqual([]);
  });

  it('loses nothing to a worker that is killed: another takes its run, and what was written is kept', async () => {
    // What a worker left that was killed long ago goes, what one left today stays.
    for (const name of ['old', 'new'])
      mkdirSync(join(place.root, 'workers', name, 'runs'), { recursive: true });
    const long = new Date('2020-01-01');
    utimesSync(join(place.root, 'workers', 'old'), long, long);
    const doomed = await place.process();
    const night = await place.night([run('long')]);
    await place.says('took long/w/n#1');
    // Long enough for what it writes to be copied.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    doomed.kill('SIGKILL');
    expect(existsSync(join(place.root, 'workers', 'old'))).toBe(false);
    expect(existsSync(join(place.root, 'workers', 'new'))).toBe(true);
    writeFileSync(join(place.root, 'mark'), '');
    await place.process({ MARK: join(place.root, 'mark') });
    const { attempts, notes } = await night.done;
    expect(attempts).toMatchObject([{ run: 'long/w/n#1', attempt: 1, verdict: 'pass' }]);
    expect(notes).toEqual([
      expect.stringMatching(/^long\/w\/n#1 was taken again: a worker was lost over it/),
    ]);
    const lost = join(night.folder, 'runs', 'long-w-n.1', '1.lost-1', 'history.jsonl');
    expect(readFileSync(lost, 'utf8')).toMatch(/^half a history of \d+$/);
    await night.runner.close(true);
  });

  it('gives a worker only what it can do, says what nobody can, and goes on without', async () => {
    const runs = [
      run('pass'),
      run('pass', { id: 'docker/w/n#1', scenario: 'docker/w/n' }),
      run('pass', { id: 'mine/w/n#1', scenario: 'mine/w/n' }),
    ];
    const night = await place.night(runs, {
      needsOf: ({ scenario }) =>
        scenario.startsWith('docker')
          ? [['docker'], ['etcd', 'redis']]
          : [[scenario.startsWith('mine') ? 'project' : 'sim']],
      patienceMs: 8_000,
    });
    await place.worker();
    const { attempts, skipped } = await night.done;
    // The folder of the worker has the files of the night, of which there are none.
    expect(attempts.map(({ run: id }) => id).sort()).toEqual(['mine/w/n#1', 'pass/w/n#1']);
    const lacks = 'a worker with docker, and etcd or redis';
    expect(skipped).toEqual([
      { id: 'docker/w/n#1', because: `nobody could take it: it waited for ${lacks}` },
    ]);
    expect(place.said).toContain(`${night.id}: 1 run waits for ${lacks}: docker/w/n`);
    await night.runner.close(true);
  });

  it('leaves workers of another version alone, and does not mix with another night', async () => {
    const nights = await Promise.all([
      place.night([run('pass')]),
      place.night([run('fail')], { record: { version: '2.0.0' } }),
    ]);
    await Promise.all([place.worker(), place.worker({ version: '2.0.0' })]);
    const [first, second] = await Promise.all(nights.map(({ done }) => done));
    expect(told(first!)).toEqual(['pass/w/n#1 first pass']);
    expect(told(second!)).toEqual(['fail/w/n#1 first fail', 'fail/w/n#1 rerun fail']);
    expect(first!.attempts[0]!.worker).not.toBe(second!.attempts[0]!.worker);
    await place.says('gets nothing: it is faultline 2.0.0, this is 1.0.0');
    await place.says(`nothing is taken from ${nights[1]!.id}: it is of faultline 2.0.0, this is 1.0.0`);
    for (const { runner } of nights) await runner.close(true);
  });

  it('starts nothing that would not end within the budget', async () => {
    await place.worker();
    const night = await place.night([run('brief'), run('pass', { estimateMs: 90_000 })], {
      budgetMs: 30_000,
    });
    const { attempts, skipped } = await night.done;
    expect(attempts).toMatchObject([{ run: 'brief/w/n#1', verdict: 'pass' }]);
    expect(skipped).toEqual([{ id: 'pass/w/n#1', because: 'the budget was used up' }]);
    await night.runner.close(true);
  });

  it('tries every run before it counts how often a failure comes back, whatever queue it waits in', async () => {
    await place.worker({ can: ['sim', 'stdio'] });
    const more = [1, 2, 3, 4].map((n) => run('pass', { id: `pass/w/n#${n}` }));
    const night = await place.night([run('fail'), run('fail', { id: 'fail/w/n#2' }), ...more], {
      needsOf: ({ scenario }) => [[scenario.startsWith('fail') ? 'sim' : 'stdio']],
    });
    const { attempts } = await night.done;
    expect(attempts.map(({ purpose }) => purpose)).toEqual([
      ...Array<string>(6).fill('first'),
      ...['rerun', 'rerun'],
    ]);
    await night.runner.close(true);
  });

  it('that is interrupted has its runs judged, and what nobody began counts for nothing', async () => {
    const stop = new AbortController();
    await place.worker();
    const night = await place.night([run('long'), run('pass')], { stop: stop.signal });
    await place.says('took long/w/n#1');
    stop.abort('SIGINT');
    expect(await night.done).toMatchObject({ interrupted: true, attempts: [] });
    await place.says(/broken +long\/w\/n#1/);
    await night.runner.close(false);
    // Gone on with at once, by the same worker: what was cut is done again, as a try of its own.
    const runs = [run('longer', { id: 'long/w/n#1' }), run('pass')];
    const second = await place.night(runs, { id: night.id, folder: night.folder });
    expect(told(await second.done)).toEqual(['long/w/n#1 first pass', 'pass/w/n#1 first pass']);
    await second.runner.close(true);
  });

  it('that is left in the middle is gone on with as if it had not been cut', async () => {
    const [stop, leave] = [new AbortController(), new AbortController()];
    await place.worker();
    const night = await place.night([run('long')], { stop: stop.signal, leave: leave.signal });
    await place.says('took long/w/n#1');
    stop.abort('SIGINT');
    leave.abort('SIGINT');
    expect(await night.done).toMatchObject({ interrupted: true, attempts: [] });
    await night.runner.close(false);
    await place.says(/broken +long\/w\/n#1/);
    const runs = [run('longer', { id: 'long/w/n#1' })];
    const second = await place.night(runs, { id: night.id, folder: night.folder });
    const { attempts } = await second.done;
    // The job that was cut still had its old words, and was taken out.
    expect(attempts).toMatchObject([{ run: 'long/w/n#1', verdict: 'pass', attempt: 1 }]);
    await second.runner.close(true);
  });

  it('that was killed goes on: results that came meanwhile are found, the rest is done', async () => {
    const runs = [run('longer'), run('pass')];
    const worker = await place.worker();
    const first = await place.night(runs, { id: 'twice' });
    await place.says('took longer/w/n#1');
    // As SIGKILL would: it says nothing any more.
    first.exchange.close();
    await place.says(/pass +longer\/w\/n#1/);
    worker.drain.abort();
    await worker.ended;
    const second = await place.night(runs, { id: 'twice', folder: first.folder });
    await place.worker();
    const conducted = await second.done;
    expect(told(conducted)).toEqual(['longer/w/n#1 first pass', 'pass/w/n#1 first pass']);
    expect(place.said.filter((line) => line.includes('took longer')).length).toBe(1);
    await second.runner.close(true);
  });

  it('that nobody goes on with is forgotten in the end', async () => {
    const night = await place.night([run('pass')]);
    await place.says('1 run waits for a worker');
    const other = await place.exchange();
    await other.sweep(60_000);
    expect((await other.nights()).map(({ id }) => id)).toEqual([night.id]);
    await night.runner.close(false);
    await other.sweep(-1);
    expect(await other.nights()).toEqual([]);
  });

  it('ends a worker by letting it finish, or by handing back what it has', async () => {
    const first = await place.worker();
    const night = await place.night([run('brief'), run('long')]);
    await place.says('took brief/w/n#1');
    first.drain.abort();
    await first.ended;
    await place.says(/pass +brief\/w\/n#1/);
    const second = await place.worker();
    await place.says('took long/w/n#1');
    second.drain.abort();
    second.leave.abort();
    await second.ended;
    await place.says('handed long/w/n#1 back');
    writeFileSync(join(place.root, 'mark'), '');
    await place.process({ MARK: join(place.root, 'mark') });
    expect(told(await night.done)).toEqual(['brief/w/n#1 first pass', 'long/w/n#1 first pass']);
    await night.runner.close(true);
  });

  it('is not served from a store that is not its own', async () => {
    const night = await place.night([run('pass')], { patienceMs: 3_000 });
    await place.worker({ storeOf: () => ({ ...place.store, shown: '/elsewhere', read: async () => null }) });
    const { skipped } = await night.done;
    expect(skipped).toMatchObject([{ id: 'pass/w/n#1' }]);
    await place.says('gets nothing: /elsewhere is not the store of the campaign');
    await night.runner.close(true);
  });
});

suite('a Redis that dies in the middle of a night', () => {
  it.each([
    ['what it held', true],
    ['nothing', false],
  ])('is waited for, and comes back with %s', async (_, keeps) => {
    const server = await new RedisServer({ keeps }).start();
    const there = new StandIn(server);
    try {
      await there.worker();
      const night = await there.night([run('brief'), run('pass'), run('brief', { id: 'brief/w/n#2' })]);
      await there.says('took brief/w/n#1');
      await server.kill();
      await there.says(/^night.*Redis at redis:\/\/here is away: /);
      await there.says(/^w1.*Redis at redis:\/\/here is away: /);
      await server.start();
      await there.says(/^night.*Redis at redis:\/\/here is back/);
      expect(told(await night.done)).toEqual([
        ...['brief/w/n#1 first pass', 'brief/w/n#2 first pass', 'pass/w/n#1 first pass'],
      ]);
      await night.runner.close(true);
    } finally {
      await there.end();
      await server.end();
    }
  });
});

suite('a Redis', () => {
  it('that does not answer, or asks for a password, is told in one line without any', async () => {
    const locked = await new RedisServer({ password: 'geheim' }).start();
    const reason = (url: string): Promise<string> =>
      connect(parseRedis(url), '/').then(
        (exchange) => {
          exchange.close();
          return 'connected';
        },
        (error: Error) => error.message,
      );
    expect(await reason(`redis://127.0.0.1:${locked.port}`)).toBe(
      `Redis at redis://127.0.0.1:${locked.port} cannot be used: it asks for a password: redis://:password@host`,
    );
    expect(await reason(`redis://:falsch@127.0.0.1:${locked.port}`)).toBe(
      `Redis at redis://127.0.0.1:${locked.port} cannot be used: it does not take this password`,
    );
    expect(await reason(`redis://:geheim@127.0.0.1:${locked.port}`)).toBe('connected');
    await locked.end();
    expect(await reason(`redis://:geheim@127.0.0.1:${locked.port}`)).toBe(
      `Redis at redis://127.0.0.1:${locked.port} cannot be used: nothing listens there (ECONNREFUSED)`,
    );
  });

  it('of a cluster is refused before anything is planned', async () => {
    const member = await new RedisServer({ cluster: true }).start();
    await expect(connect(parseRedis(member.url), '/')).rejects.toThrow(
      `Redis at ${member.url} cannot be used: it is part of a Redis Cluster`,
    );
    await member.end();
  });
});
