/**
 * A night from its plan to its summary: makes the folder or finds the one to resume, carries the runs out, writes
 * down what came of them.
 */
import { existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Attempt } from '../../harness/campaign/attempts.ts';
import { type Conducted, conduct } from '../../harness/campaign/conduct.ts';
import {
  CAMPAIGN_FILES,
  readCampaign,
  type StoredPlan,
  type Unfinished,
} from '../../harness/campaign/journal.ts';
import { localRunner, type Runner } from '../../harness/campaign/runner.ts';
import type { CampaignConfig, CampaignPlan, PlannedRun } from '../../harness/campaign/types.ts';
import { parseDuration } from '../../harness/config/units.ts';
import { UsageError } from '../../harness/registry.ts';
import { linkAtomic, writeJson } from '../../harness/store/atomic.ts';
import { folderName, Store } from '../../harness/store/store.ts';
import { stamp, wallMs } from '../../harness/time.ts';
import { version } from '../../harness/version.ts';
import { programName, quoted } from '../command-line.ts';
import type { Io } from '../io.ts';
import { drawSeed } from '../seed.ts';
import type { Interrupts } from '../signals.ts';

/** What flags say beyond the configuration. */
export interface NightChoices {
  jobs: number;
  budgetMs: number | null;
  /** Words that were typed. */
  command: string;
  file: string;
}

/** The folder that holds all nights of a campaign in the store. */
export function familyOf(io: Io, name: string): string {
  return join(new Store(io.cwd).root, `campaign-${folderName(name)}`);
}

/** Makes the folder of a new night and stores its plan. Throws `UsageError` when `out` holds something. */
export function beginNight(
  io: Io,
  plan: CampaignPlan,
  choices: NightChoices,
  out: string | undefined,
): { folder: string; night: Unfinished } {
  const startedMs = wallMs();
  const family = familyOf(io, plan.name);
  const shard = plan.shard.of > 1 ? `-shard-${plan.shard.index}` : '';
  const leaf = `${stamp(startedMs)}${shard}`;
  const folder = out === undefined ? join(family, leaf) : resolve(io.cwd, out);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UsageError('the output folder is not empty; a night never overwrites another', {
      file: folder,
      hint: 'name a folder that does not exist yet, or go on with what is there: --resume',
    });
  }
  mkdirSync(join(folder, CAMPAIGN_FILES.runs), { recursive: true });
  if (out === undefined) linkAtomic(join(family, 'latest'), leaf);
  const stored: StoredPlan = {
    ...plan,
    started: new Date(startedMs).toISOString(),
    nonce: drawSeed(),
    command: choices.command,
    file: choices.file,
    cwd: io.cwd,
    versions: { faultline: version(), node: process.version },
  };
  writeJson(join(folder, CAMPAIGN_FILES.plan), stored);
  return { folder, night: { plan: stored, ended: [], open: [] } };
}

/** The night to go on with: the folder that is named, or the latest one. Throws `UsageError` when there is none. */
export function resumeNight(
  io: Io,
  name: string,
  given: string | undefined,
): { folder: string; night: Unfinished } {
  const latest = join(familyOf(io, name), 'latest');
  const folder = given === undefined ? latest : resolve(io.cwd, given);
  if (!existsSync(folder)) {
    throw new UsageError(`there is no night of ${name} to resume`, {
      file: folder,
      hint: 'begin one without --resume, or name its folder: --resume <folder>',
    });
  }
  const night = readCampaign(folder);
  if (night.plan.name !== name) {
    throw new UsageError(`this is a night of ${night.plan.name}, not of ${name}`, { file: folder });
  }
  return { folder: realpathSync(folder), night };
}

/** Carries out what is left of a night: here, or where `runner` does. */
export function carryOut(
  io: Io,
  config: CampaignConfig,
  { folder, night }: { folder: string; night: Unfinished },
  { jobs, budgetMs }: Pick<NightChoices, 'jobs' | 'budgetMs'>,
  interrupts: Interrupts,
  onAttempt: (run: PlannedRun, attempt: Attempt) => void,
  runner?: Runner,
): Promise<Conducted> {
  const program = programName(io.env);
  const how = {
    program: ownCommand(),
    cwd: night.plan.cwd,
    runLimitMs: parseDuration(config.runLimit ?? '10m'),
    stop: interrupts.stop,
  };
  return conduct({
    folder,
    runs: night.plan.runs,
    tries: { retries: config.retries ?? 2, reruns: config.reruns ?? 3 },
    runner: runner ?? localRunner({ jobs, ...how, leave: interrupts.leave }),
    keep: config.keep ?? 'failing',
    budgetMs,
    runLimitMs: how.runLimitMs,
    repro: (words) => `${program} ${quoted(words)}`,
    ended: night.ended,
    open: night.open,
    stop: interrupts.stop,
    onAttempt,
  });
}

/** What runs are started with: this Node and this faultline. */
export function ownCommand(): string[] {
  return [process.execPath, ...process.execArgv, ownProgram()];
}

function ownProgram(): string {
  const places = ['../../bin/faultline.js', '../../../bin/faultline.js'];
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  if (found === undefined) throw new Error('bin/faultline.js is missing');
  return found;
}
