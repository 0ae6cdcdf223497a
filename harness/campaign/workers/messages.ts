/**
 * What a campaign and its workers tell each other, as plain data. Redis carries it; nothing of it is the only copy: a
 * result is in the store before anybody is told of it, and a campaign says all of its own again every few seconds.
 */
import type { Outcome } from '../outcome.ts';
import type { Needs } from './needs.ts';

/** Changes when the messages do: a campaign and a worker of different protocols leave each other alone. */
export const PROTOCOL = 2;

/** A night that wants workers. */
export interface NightRecord {
  /** Unique among all nights of all campaigns. */
  id: string;
  /** Of the campaign. */
  name: string;
  protocol: number;
  /** Of faultline. */
  version: string;
  /** Short commit of the folder it was started in; null outside a repository. */
  commit: string | null;
  /** Where runs are to be put, as the campaign names it; without secrets. */
  store: string;
  /** Files its commands name, relative to the folder it was started in. */
  files: ProjectFile[];
  /** Its queues, each with what a worker must have to take from it. */
  queues: { key: string; needs: Needs }[];
  keep: 'failing' | 'all';
  runLimitMs: number;
  /** `judge`: end the runs and judge what there is; `leave`: end them. */
  ending: 'no' | 'judge' | 'leave';
}

/** A file as a campaign has it. */
export interface ProjectFile {
  path: string;
  /** SHA-256, hexadecimal. */
  digest: string;
  /** It may be started. */
  executable?: boolean;
}

/** A worker, as it announces itself every few seconds. */
export interface WorkerRecord {
  /** Unique among workers. */
  id: string;
  host: string;
  pid: number;
  protocol: number;
  /** Of faultline, and of Node. */
  version: string;
  node: string;
  /** What it can: `sim`, `netns`, `docker`... */
  can: string[];
  /** Runs at a time. */
  slots: number;
  /** Jobs under way, by id. */
  busy: string[];
  /** It ends what it has and takes nothing more. */
  draining: boolean;
  /** Nights it has the project of. */
  projects: string[];
  /** Nights it takes nothing from, and why. */
  refuses: Record<string, string>;
}

/** A try to carry out. */
export interface JobData {
  /** Id of the planned run. */
  run: string;
  attempt: number;
  /** Command line behind `faultline`, all but the folder. */
  words: string[];
  repro: string;
  /** Where in the store it belongs; what each worker that takes it writes begins so. */
  base: string;
}

/** What came of it; in the store as `<take>.done.json`, and in Redis. */
export interface JobResult {
  /** `<base>.<worker>-<n>`: the folder in the store. */
  take: string;
  worker: string;
  host: string;
  slot: number;
  tookMs: number;
  /** Exit code of the process; null: a signal ended it. */
  code: number | null;
  /** The campaign was interrupted before it had decided anything: it counts for nothing. */
  cut: boolean;
  outcome: Outcome;
}
