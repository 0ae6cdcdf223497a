/**
 * A night over workers: the way to them is opened before anything else is done, the files they need are put where
 * they find them, and what came of the night is put beside what they wrote.
 */
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { folderOf } from '../../harness/campaign/conduct.ts';
import { CAMPAIGN_FILES, type StoredPlan } from '../../harness/campaign/journal.ts';
import type { LoadedCampaign } from '../../harness/campaign/load.ts';
import { parseRedis, REDIS_VARIABLE, type RedisAddress } from '../../harness/campaign/workers/address.ts';
import { PROTOCOL } from '../../harness/campaign/workers/messages.ts';
import { markKey } from '../../harness/campaign/workers/nights.ts';
import { openStore } from '../../harness/campaign/workers/open-store.ts';
import { projectFiles, shareProject } from '../../harness/campaign/workers/project.ts';
import { connect, type Exchange, WorkersError } from '../../harness/campaign/workers/redis.ts';
import { RemoteRunner } from '../../harness/campaign/workers/remote-runner.ts';
import type { SharedStore } from '../../harness/campaign/workers/shared-store.ts';
import type { Config } from '../../harness/config/types.ts';
import { parseDuration } from '../../harness/config/units.ts';
import { UsageError } from '../../harness/registry.ts';
import { Store } from '../../harness/store/store.ts';
import { isClusterScenario } from '../../search/cluster/cluster-scenario.ts';
import { readRegression, regressionsIn } from '../../search/regression.ts';
import { type OptionValues, text } from '../command.ts';
import type { Io } from '../io.ts';
import { line } from '../io.ts';
import type { Interrupts } from '../signals.ts';
import { packed } from './luggage.ts';
import { needsOfRuns } from './run-needs.ts';

const PATIENCE = '60s';
/** Of the store when nobody names one: for workers that are started in the same folder. */
const OWN_STORE = 'shared';

/** The way to workers. */
export interface WayToWorkers {
  address: RedisAddress;
  exchange: Exchange;
  store: SharedStore;
  /** The store is only the way: what came through it is removed at the end. */
  ownStore: boolean;
  patienceMs: number;
}

/** The address that was given, or the one the environment holds. Throws `UsageError`. */
export function addressOf(io: Io, given: string | undefined, what: string): RedisAddress {
  const url = given ?? io.env[REDIS_VARIABLE];
  if (url === undefined || url === '') {
    throw new UsageError(`${what} needs the address of Redis`, {
      hint: `write redis://host:6379, or set ${REDIS_VARIABLE}`,
    });
  }
  return parseRedis(url);
}

/** Opens the way; null when nobody asked for workers. Throws `UsageError`, or `WorkersError` when nobody answers. */
export async function wayToWorkers(io: Io, options: OptionValues): Promise<WayToWorkers | null> {
  const given = options['workers'];
  if (given === undefined) {
    for (const name of ['store', 'patience'])
      if (options[name] !== undefined)
        throw new UsageError(`--${name} goes with --workers`, { hint: '--workers redis://host:6379' });
    return null;
  }
  const address = addressOf(io, typeof given === 'string' ? given : undefined, '--workers');
  if (options['jobs'] !== undefined) {
    throw new UsageError('with --workers, each worker is told how many runs at a time', {
      hint: `faultline worker ${address.shown} --jobs ${text(options, 'jobs')}`,
    });
  }
  const named = text(options, 'store');
  const store = openStore(named ?? join(new Store(io.cwd).root, OWN_STORE), io.cwd, io.env);
  const patienceMs = parseDuration(text(options, 'patience') ?? PATIENCE);
  const exchange = await connect(address, io.cwd);
  return { address, exchange, store, ownStore: named === undefined, patienceMs };
}

/** Announces a night to workers, and is the runner that has them carry it out. Rejects with `StoreError`. */
export async function announced(
  io: Io,
  loaded: LoadedCampaign,
  way: WayToWorkers,
  plan: StoredPlan,
  how: { resumed: boolean; interrupts: Interrupts },
): Promise<RemoteRunner> {
  const { address, exchange, store, patienceMs } = way;
  const id = nightOf(plan);
  const { config } = loaded;
  const listed = config.systems.flatMap((one) => (typeof one === 'string' ? [] : (one.config ?? [])));
  const configs = listed.map((path) => resolve(loaded.directory, path));
  const cases = regressionFiles(loaded).filter((path) => existsSync(path));
  const { paths, staysBecause, programs } = await packed(
    loaded,
    [loaded.file, ...configs, ...cases],
    plan.cwd,
  );
  const files = await projectFiles(paths, plan.cwd);
  await store.write(markKey(id), JSON.stringify({ id, name: plan.name, started: plan.started }));
  await shareProject(store, id, files, plan.cwd);
  if (staysBecause !== null)
    line(io.err, `workers    only those in a checkout of this project can take its runs: ${staysBecause}`);
  const travel = { modules: staysBecause === null, programs };
  const needsOf = needsOfRuns(loaded.scenarios, configsOf(cases), travel);
  const runner = new RemoteRunner({
    ...{ exchange, store, patienceMs, address: address.shown, resumed: how.resumed },
    night: {
      ...{ id, name: plan.name, protocol: PROTOCOL, version: plan.versions.faultline, commit: plan.commit },
      ...{ store: store.shown, files, keep: config.keep ?? 'failing' },
      runLimitMs: parseDuration(config.runLimit ?? '10m'),
    },
    needsOf: ({ run }) => needsOf(run),
    leafOf: ({ run }) => folderOf(run.id),
    stop: how.interrupts.stop,
    leave: how.interrupts.leave,
    tell: (said) => line(io.err, `workers    ${said}`),
  });
  await runner.begin();
  return runner;
}

/** Stable as long as the night is: a campaign that was killed finds its own again. */
function nightOf({ name, started, shard, nonce }: StoredPlan): string {
  const stamp = started.replaceAll(/[^0-9]/g, '');
  const part = shard.of > 1 ? `-${shard.index}of${shard.of}` : '';
  return `${name.replaceAll(/[^A-Za-z0-9-]/g, '-')}-${stamp}${part}-${nonce ?? 0}`;
}

function regressionFiles({ config, directory }: LoadedCampaign): string[] {
  const folder = config.regressions ?? 'regressions';
  return folder === false ? [] : regressionsIn(resolve(directory, folder));
}

/** What each regression is carried out with, by its scenario; null: the simulator. */
function configsOf(paths: readonly string[]): Map<string, Config | null> {
  return new Map(
    paths.map((path) => {
      const regression = readRegression(path);
      const { name, program } = regression;
      if (!isClusterScenario(regression)) return [`regression/${name}`, null];
      const { backend, virtualTime, command } = regression.cluster;
      const nemesis = regression.case.faults.map(({ fault }) => fault);
      const config = { backend, nemesis, ...(virtualTime === true ? { virtualTime } : {}) };
      const own = command === undefined ? { system: program } : { command: command as object };
      return [`regression/${name}`, { ...config, ...own } as Config];
    }),
  );
}

/** Refuses to call a night vacuous that nobody came for: it can be gone on with. */
export function demandWorkers(
  runner: RemoteRunner,
  way: WayToWorkers,
  done: number,
  interrupted: boolean,
): void {
  if (runner.served || done > 0 || interrupted) return;
  throw new WorkersError(
    `no worker came: start one with faultline worker ${way.address.shown}, then go on with --resume --workers`,
  );
}

/** Puts what came of the night beside what workers wrote, and closes the way. */
export async function closeWay(
  way: WayToWorkers,
  runner: RemoteRunner,
  plan: StoredPlan,
  folder: string,
  finished: boolean,
): Promise<void> {
  const id = nightOf(plan);
  if (finished && way.ownStore) rmSync(join(way.store.shown, id), { recursive: true, force: true });
  else if (finished) {
    for (const which of ['report', 'summary', 'markdown', 'junit'] as const) {
      const file = join(folder, CAMPAIGN_FILES[which]);
      if (existsSync(file)) await way.store.put(`${id}/${CAMPAIGN_FILES[which]}`, file);
    }
  }
  await runner.close(finished);
}
