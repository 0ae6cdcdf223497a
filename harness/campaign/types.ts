/**
 * What an engineer writes for a night, and what is made of it before anything starts: scenarios, and the runs of
 * each, as plain data.
 */
import type { Config, NemesisConfig, WorkloadConfig } from '../config/types.ts';
import type { Duration } from '../config/units.ts';
import type { Verdict } from '../verdict.ts';

/** Settings of a run that may stand anywhere in a campaign; what is more particular wins. */
export type Settings = Omit<
  Config,
  | '$schema'
  | 'plugins'
  | 'name'
  | 'system'
  | 'command'
  | 'workload'
  | 'nemesis'
  | 'seed'
  | 'expect'
  | 'foundBy'
  | 'because'
>;

/** One program under test: a registered system, or a configuration of any program, with settings of its own. */
export interface SystemEntry extends Settings {
  system?: string;
  /** A configuration file, relative to this one. */
  config?: string;
  /** What scenarios call it; default: the system, or the file's name. */
  as?: string;
  weight?: number;
}

/** A package of faults with settings of its own. */
export interface NemesisEntry extends Settings {
  nemesis: NonNullable<Config['nemesis']>;
  weight?: number;
}

/** Which cells of the matrix something is about; what is left out is any. */
export interface Selection {
  system?: string | string[];
  workload?: string | string[];
  nemesis?: string | string[];
}

/** Cells, with what holds for them alone. */
export interface Inclusion extends Selection, Settings {
  weight?: number;
  seeds?: number | number[];
}

/** A run that must fail: a system with a planted bug. */
export interface CanaryEntry {
  system: string;
  bug: string;
}

/** `faultline.campaign.yaml`. */
export interface CampaignConfig {
  $schema?: string;
  /** Modules of your own with systems, workloads, faults or checkers, relative to this file. */
  plugins?: string[];
  /** Files and folders that programs of your own need, relative to this file: workers are given them. */
  files?: string[];
  /** Its name: what the trend and the folder are called after. */
  campaign: string;
  systems: (string | SystemEntry)[];
  /** Default: every workload a system speaks, or the one its configuration names. */
  workloads?: (string | (WorkloadConfig & { as?: string }))[];
  nemeses: Record<string, string | (string | NemesisConfig)[] | NemesisEntry>;
  /** What holds for every run. */
  settings?: Settings;
  /** Seeds of every scenario: how many, or which. Default 1. */
  seeds?: number | number[];
  include?: Inclusion[];
  exclude?: Selection[];
  /** After this nothing more is started. Default: no limit. */
  budget?: Duration;
  /** Runs at a time. Default 1. */
  jobs?: number;
  /** The longest a run may take. Default 10m. */
  runLimit?: Duration;
  /** How often a run that broke is tried again. Default 2. */
  retries?: number;
  /** How often a run that failed is tried again, to say how often it does. Default 3. */
  reruns?: number;
  /** The share of deterministic runs that are carried out twice and compared. Default 0.05. */
  twice?: number;
  /** Runs that must fail. Default true: one for each checker the campaign relies on. */
  canaries?: boolean | CanaryEntry[];
  /** Folder of regression files to carry out again. Default `regressions`. */
  regressions?: string | false;
  /** Where nights are remembered. Default: the campaign's folder in the store. */
  trend?: string;
  /** Whose histories, messages and logs are kept. Default `failing`. */
  keep?: 'failing' | 'all';
  /** Verdicts that exit 0 all the same. */
  allow?: Verdict[];
}

/** One cell of the matrix. */
export interface Scenario {
  /** `raft/register/partitions`: stable from night to night, no seed and no date in it. */
  name: string;
  system: string;
  workload: string;
  nemesis: string;
  weight: number;
  seeds: number | readonly number[];
  /** The configuration of its runs, all but the seed. */
  config: Config;
  /** Folder that relative paths in it count from. */
  directory: string;
}

/** A cell that is no scenario, and why. */
export interface LeftOutCell {
  name: string;
  because: string;
}

/** What kind of run: of the matrix, a seed that failed before, a regression file, a run that must fail. */
export type RunKind = 'run' | 'again' | 'regression' | 'canary';

/** One run of the night, before it is carried out. */
export interface PlannedRun {
  /** Unique: `raft/register/partitions#2`. */
  id: string;
  kind: RunKind;
  scenario: string;
  /** Command line behind `faultline`, all but the seed and the folder. */
  words: readonly string[];
  /** The first is tried first; a canary may need another. Empty: the run has its own. */
  seeds: readonly number[];
  /** The same seed gives the same history, byte for byte. */
  deterministic: boolean;
  /** Carried out twice and compared. */
  twice: boolean;
  /** How long it will take, by earlier nights or by its configuration, ms. */
  estimateMs: number;
  /** Of a canary: who must find it. */
  foundBy?: string;
}

/** A night before it starts: what runs, in this order, and what does not. */
export interface CampaignPlan {
  schema: 1;
  name: string;
  /** Short commit, or null outside a repository. */
  commit: string | null;
  /** Where seeds come from, for people. */
  seedSource: string;
  shard: { index: number; of: number };
  /** Of this shard. */
  runs: readonly PlannedRun[];
  /** Ids of all shards together. */
  all: readonly string[];
  leftOut: readonly LeftOutCell[];
  /** Checkers without a run that must fail. */
  withoutCanary: readonly string[];
}
