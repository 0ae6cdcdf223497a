/**
 * From the flags of `faultline maelstrom` to the configuration of an ordinary run.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseNemesisWord } from '../../harness/config/nemesis-spec.ts';
import type { Origin } from '../../harness/config/origin.ts';
import { flagName } from '../../harness/config/origins.ts';
import type { CheckerConfig, Config, ConfigFlags, NemesisConfig } from '../../harness/config/types.ts';
import { formatDuration } from '../../harness/config/units.ts';
import type { Json } from '../../harness/op.ts';
import { suggest, UsageError } from '../../harness/registry.ts';
import { TOPOLOGIES } from '../../systems/topology.ts';
import { flag, list, type OptionValues, text } from '../command.ts';
import { configFlags, pairs } from '../flags.ts';
import type { Io } from '../io.ts';
import { IDLE } from './options.ts';
import { programWords } from './program-words.ts';
import { choice, number, seconds, typed } from './values.ts';
import { type LoadFlags, MAELSTROM_WORKLOADS, type MaelstromWorkload } from './workloads.ts';

/** A run in the terms of Maelstrom. */
export interface MaelstromRun {
  config: Config;
  flags: ConfigFlags;
  /** What was asked for and means nothing here, and why. */
  remarks: string[];
  testCount: number;
}

/** Options that are not called as the key they set. */
const CALLED: Readonly<Record<string, string>> = {
  nodes: 'nodeCount',
  interval: 'nemesisInterval',
  duration: 'nemesisInterval',
  gates: 'gate',
};

/** Where a flag of a run comes from: given, or a default of Maelstrom's. */
export function maelstromOrigin(key: string, options: OptionValues): Origin {
  const option = CALLED[key] ?? key;
  if (options[option] === undefined) return { from: 'default', at: 'as Maelstrom has it' };
  return { from: 'flag', at: flagName(option) };
}

/** Maelstrom's own defaults. */
const RATE = 5;
const TIME_LIMIT_MS = 60_000;
const INTERVAL_MS = 10_000;
const QUIET_MS = 10_000;
/**
 * Programs that talk to services only have nothing a partition could cut, and pass under one in Maelstrom. That it
 * cut nothing is said of the fault all the same.
 */
const PARTITION_GATE = { 'fault-partition': 0 };
/** Operations per second when none are wanted: the first would come long after the end. */
const NEVER = 0.000_001;

/** Reads the flags. Throws `UsageError` naming the first that is wrong. */
export function maelstromRun(io: Io, words: readonly string[], options: OptionValues): MaelstromRun {
  const name = text(options, 'workload') ?? 'lin-kv';
  const workload = MAELSTROM_WORKLOADS[name];
  if (workload === undefined || !Object.hasOwn(MAELSTROM_WORKLOADS, name)) {
    throw new UsageError(`there is no Maelstrom workload "${name}"`, {
      hint: suggest(name, Object.keys(MAELSTROM_WORKLOADS)),
    });
  }
  const program = programWords(text(options, 'bin'), words, io.cwd, io.env['PATH'] ?? '');
  const load: LoadFlags = {
    keyCount: number(options, 'keyCount', { min: 1, whole: true }),
    maxTxnLength: number(options, 'maxTxnLength', { min: 1, whole: true }),
    maxWritesPerKey: number(options, 'maxWritesPerKey', { min: 1, whole: true }),
    consistencyModels: list(options, 'consistencyModels'),
    quietMs: seconds(options, 'quiet') ?? QUIET_MS,
    latencyMs: number(options, 'latency', { min: 0 }) ?? 0,
  };
  const rate = number(options, 'rate', { min: 0 }) ?? RATE;
  const { nemesis, intervalMs } = faults(options);
  const opTimeout = seconds(options, 'opTimeout') ?? workload.timeoutMs(load);
  const gates = { ...PARTITION_GATE, ...pairs(options, 'gate', '--gate') };
  const { seed, allow, virtualTime } = configFlags(options);
  return {
    config: {
      name: `maelstrom-${name}`,
      system: 'maelstrom',
      workload: { name: workload.name, ...workload.options(load) },
      set: settings(options, program, load),
      checkers: checkers(options, workload),
    },
    flags: {
      nodes: nodes(options, io.cwd),
      nemesis,
      interval: formatDuration(intervalMs),
      duration: formatDuration(intervalMs),
      concurrency: text(options, 'concurrency') ?? '1n',
      rate: rate === 0 ? NEVER : rate,
      timeLimit: formatDuration(seconds(options, 'timeLimit') ?? TIME_LIMIT_MS),
      opTimeout: formatDuration(opTimeout),
      ...(seed === undefined ? {} : { seed }),
      ...(virtualTime === undefined ? {} : { virtualTime }),
      ...(allow === undefined ? {} : { allow }),
      gates,
      ...(flag(options, 'liveCheck') ? { liveCheck: true } : {}),
    },
    remarks: remarks(options, name, workload),
    testCount: number(options, 'testCount', { min: 1, whole: true }) ?? 1,
  };
}

function settings(options: OptionValues, program: readonly string[], load: LoadFlags): Record<string, Json> {
  return {
    args: [...program],
    topology: choice(options, 'topology', TOPOLOGIES) ?? 'grid',
    latencyMs: load.latencyMs,
    latencyDist: choice(options, 'latencyDist', ['constant', 'uniform', 'exponential']) ?? 'constant',
    loss: number(options, 'pLoss', { min: 0, max: 1 }) ?? 0,
    unknownDest: choice(options, 'unknownDest', ['drop', 'error']) ?? 'drop',
    missing: flag(options, 'maelstromModel') ? 'failed' : 'observed',
  };
}

function checkers(options: OptionValues, workload: MaelstromWorkload): CheckerConfig[] {
  const wanted = availability(text(options, 'availability'));
  const parity = flag(options, 'maelstromModel') && workload.name === 'register';
  return [
    ...(workload.checkers ?? []),
    ...(flag(options, 'allowCrashes') ? [] : [{ name: 'crashes' }]),
    ...(wanted === null ? [] : [{ name: 'availability', demand: wanted }]),
    ...(parity ? [{ name: 'linearizable', failedCas: 'ignore' }] : []),
  ];
}

/** `total` and `majority` as they are, a share as a number. */
function availability(given: string | undefined): Json {
  if (given === undefined) return null;
  if (given === 'total' || given === 'majority') return given;
  const share = Number(given);
  if (given.trim() !== '' && share >= 0 && share <= 1) return share;
  throw new UsageError(`--availability takes total, majority or a share from 0 to 1, not "${given}"`, {
    hint: /^[a-z]/i.test(given) ? suggest(given, ['total', 'majority']) : '0.99 is 99 of 100 operations',
  });
}

/** Maelstrom's partition is another shape each time; everything else is as in every run. */
function faults(options: OptionValues): { nemesis: NemesisConfig[]; intervalMs: number } {
  const words = list(options, 'nemesis').filter((word) => word !== 'none');
  const nemesis = words.map((word): NemesisConfig => {
    const parsed = parseNemesisWord(word);
    return parsed.fault === 'partition' && parsed.mode === undefined ? { ...parsed, mode: 'any' } : parsed;
  });
  const intervalMs = seconds(options, 'nemesisInterval') ?? INTERVAL_MS;
  if (intervalMs > 0) return { nemesis, intervalMs };
  throw new UsageError('--nemesis-interval must be above 0');
}

function nodes(options: OptionValues, cwd: string): Config['nodes'] & object {
  const count = number(options, 'nodeCount', { min: 1, max: 1_000, whole: true });
  if (count !== undefined) return Array.from({ length: count }, (_, i) => `n${i}`);
  const named = [...list(options, 'nodes'), ...list(options, 'node'), ...fromFile(options, cwd)];
  for (const name of named) {
    if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) && !/^c\d*$/.test(name)) continue;
    throw new UsageError(`"${name}" cannot name a node`, {
      hint: 'letters, digits, ".", "_" and "-"; c0, c1... are clients',
    });
  }
  return named.length > 0 ? named : ['n1', 'n2', 'n3', 'n4', 'n5'];
}

function fromFile(options: OptionValues, cwd: string): string[] {
  const file = text(options, 'nodesFile');
  if (file === undefined) return [];
  const path = resolve(cwd, file);
  if (!existsSync(path)) throw new UsageError(`--nodes-file: there is no file ${file}`);
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.map((name) => name.trim()).filter((name) => name !== '');
}

const LOAD_FLAGS = ['keyCount', 'maxTxnLength', 'maxWritesPerKey', 'consistencyModels'] as const;

function remarks(options: OptionValues, name: string, workload: MaelstromWorkload): string[] {
  const said: string[] = [];
  for (const [option, { because }] of Object.entries(IDLE)) {
    // A switch that turns something off is false when it was given, and true when it was not.
    const wasGiven = option === 'ssh' ? options[option] === false : options[option] !== undefined;
    const shown = option === 'ssh' ? '--no-ssh' : typed(option);
    if (wasGiven) said.push(`${shown} has no effect: ${because}`);
  }
  for (const option of LOAD_FLAGS) {
    if (options[option] !== undefined && !workload.heeds.includes(option))
      said.push(`${typed(option)} has no effect: the workload ${name} has nothing of the kind`);
  }
  if (options['topology'] !== undefined && name !== 'broadcast')
    said.push(`--topology has no effect: only the workload broadcast tells nodes their neighbours`);
  if (options['quiet'] !== undefined && !workload.heeds.includes('quietMs'))
    said.push(`--quiet has no effect: the workload ${name} waits for nothing to converge`);
  if (flag(options, 'maelstromModel') && workload.name !== 'register')
    said.push(`--maelstrom-model has no effect: it is about lin-kv`);
  return said;
}
