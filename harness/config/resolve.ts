/**
 * Flags over file over defaults, to a configuration with nothing left open. Pure: the same input gives the
 * same output, so it can be part of the plan.
 */
import { basename } from 'node:path';
import { clientSpecs } from '../client/client-spec.ts';
import type { Json } from '../op.ts';
import { UsageError } from '../registry.ts';
import { check, type KnownNames } from './checks.ts';
import { resolveCommand } from './command.ts';
import { resolveDocker } from './docker-config.ts';
import { nemesisList, parseNemesisWord } from './nemesis-spec.ts';
import type { Origin, OriginOf } from './origin.ts';
import { flagName, originsOf } from './origins.ts';
import { CONFIG_SCHEMA } from './schema.ts';
import { resolveSsh } from './ssh-config.ts';
import type {
  Config,
  ConfigFlags,
  NamedOptions,
  NemesisConfig,
  NemesisSpec,
  ResolvedConfig,
} from './types.ts';
import { parseDuration, parseRate } from './units.ts';
import { validate } from './validate.ts';
import { variantSpecs } from './variants.ts';

/** What stands where neither a flag nor the file says anything. */
export const DEFAULTS = {
  nodes: 5,
  concurrency: '2n',
  timeLimit: '30s',
  opTimeout: '5s',
  settle: '30s',
} as const;

/** What resolving needs besides the file's content. */
export interface ResolveContext {
  flags?: ConfigFlags;
  /** Folder that relative paths of the file count from. */
  directory: string;
  /** The file, for the name of the run when nothing else names it. */
  file?: string;
  /** Used when neither flags nor file give a seed: drawn by the caller. */
  seed: number;
  /** Names that exist, to check those in flags. */
  known?: KnownNames;
  /** Where the file has a value; default: in `file`, without a line. */
  origin?: OriginOf;
  /** Where a flag comes from, when the user did not give all of them. */
  flagOrigin?: (key: string) => Origin;
}

/** The configuration of one run. Throws `UsageError` naming the flag that is wrong. */
export function resolveConfig(file: Config, context: ResolveContext): ResolvedConfig {
  const flags = context.flags ?? {};
  checkFlags(flags, context.known);
  const merged: Config = { ...file, ...flags };
  const ssh = resolveSsh(file.ssh, flags.ssh, context.directory);
  // Hosts that are named are meant.
  const backend = merged.backend ?? (ssh === null ? null : 'ssh');
  const timeLimitMs = parseDuration(merged.timeLimit ?? DEFAULTS.timeLimit);
  const system = flags.system ?? (file.command === undefined ? file.system : 'command');
  if (system === undefined) {
    throw new UsageError('nothing says which system to test', {
      hint: 'give --system <name>, or a file with a command section',
    });
  }
  const usual = backend === 'ssh' ? (ssh?.hosts.length ?? DEFAULTS.nodes) : DEFAULTS.nodes;
  const nodes = nodesOf(merged.nodes ?? Math.min(usual, context.known?.maxNodes?.[system] ?? usual));
  const workload = workloadOf(file.workload, flags.workload);
  return {
    name: merged.name ?? defaultName(system, workload, context.file),
    nodes,
    system,
    bugs: merged.bugs ?? [],
    command:
      system === 'command' && file.command !== undefined
        ? resolveCommand(file.command, context.directory)
        : null,
    backend,
    docker: resolveDocker(file.docker, flags.docker, context.directory),
    ssh,
    virtualTime: merged.virtualTime ?? false,
    workload,
    nemesis: nemesisOf(merged, timeLimitMs),
    concurrency: concurrencyOf(merged.concurrency ?? DEFAULTS.concurrency, nodes.length),
    ratePerSecond: merged.rate === undefined ? null : parseRate(merged.rate),
    timeLimitMs,
    opTimeoutMs: parseDuration(merged.opTimeout ?? DEFAULTS.opTimeout),
    settleMs: parseDuration(merged.settle ?? DEFAULTS.settle),
    seed: merged.seed ?? context.seed,
    expect: merged.expect ?? null,
    ...(merged.capture === true ? { capture: true } : {}),
    // Nothing can be stopped for that nobody looks for.
    liveCheck: merged.liveCheck === true || merged.stopOnFail === true,
    stopOnFail: merged.stopOnFail ?? false,
    allow: merged.allow ?? [],
    gates: { ...file.gates, ...flags.gates },
    checkers: (merged.checkers ?? []).map(namedOptions),
    set: { ...file.set, ...flags.set },
    variants: variantSpecs(file.variants),
    mixed: file.mixed ?? {},
    client: clientSpecs(merged.client ?? []),
    network:
      file.network === undefined && flags.network === undefined
        ? null
        : { ...file.network, ...flags.network },
    origins: originsOf(KEYS, file, flags, context.origin ?? plainOrigin(context.file), context.flagOrigin),
  };
}

/** `n1`... for a count; a list as it is. */
export function nodesOf(nodes: number | readonly string[]): string[] {
  return typeof nodes === 'number' ? Array.from({ length: nodes }, (_, i) => `n${i + 1}`) : [...nodes];
}

function checkFlags(flags: ConfigFlags, known: KnownNames | undefined): void {
  const [first] = [...validate(CONFIG_SCHEMA, flags), ...check(flags, known)];
  if (first === undefined) return;
  const key = String(first.path[0] ?? '');
  const message = first.message.startsWith(key) ? first.message.slice(key.length).trimStart() : first.message;
  throw new UsageError(`${flagName(key)}: ${message}`, first.hint === undefined ? {} : { hint: first.hint });
}

/** A flag that names the file's workload again keeps its options. */
function workloadOf(file: Config['workload'], flag: Config['workload']): NamedOptions | null {
  const configured = file === undefined ? null : namedOptions(file);
  if (flag === undefined) return configured;
  const asked = namedOptions(flag);
  if (configured?.name !== asked.name) return asked;
  return { name: asked.name, options: { ...configured.options, ...asked.options } };
}

function namedOptions(value: string | { name: string; [option: string]: Json }): NamedOptions {
  if (typeof value === 'string') return { name: value, options: {} };
  const { name, ...options } = value;
  return { name, options };
}

function defaultName(system: string, workload: NamedOptions | null, file: string | undefined): string {
  const base = file === undefined ? null : basename(file).replace(/(\.config)?\.[a-z]+$/, '');
  const subject = system === 'command' && base !== null ? base : system;
  return workload === null ? subject : `${subject}-${workload.name}`;
}

function nemesisOf(config: Config, timeLimitMs: number): NemesisSpec[] {
  // Five windows in a load phase, none longer than ten seconds: short runs still see several faults.
  const share = Math.min(10_000, Math.max(200, timeLimitMs / 5));
  const intervalMs = config.interval === undefined ? share : parseDuration(config.interval);
  const durationMs = config.duration === undefined ? share : parseDuration(config.duration);
  return nemesisList(config.nemesis ?? []).map((item) => {
    const fault = withWord(item);
    return {
      fault: fault.fault,
      mode: fault.mode ?? null,
      target: fault.target ?? null,
      params: fault.params ?? {},
      intervalMs: fault.interval === undefined ? intervalMs : parseDuration(fault.interval),
      durationMs: fault.duration === undefined ? durationMs : parseDuration(fault.duration),
    };
  });
}

/** `{ fault: 'clock:jump' }` is `{ fault: 'clock', mode: 'jump' }`; keys beside it win. */
function withWord(item: NemesisConfig): NemesisConfig {
  return /[:@]/.test(item.fault)
    ? { ...parseNemesisWord(item.fault), ...item, fault: parseNemesisWord(item.fault).fault }
    : item;
}

function concurrencyOf(concurrency: number | string, nodes: number): number {
  const text = String(concurrency);
  const count = text.endsWith('n') ? Math.round(Number(text.slice(0, -1)) * nodes) : Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new UsageError(`a concurrency of "${text}" is ${count} clients for ${nodes} nodes`, {
    hint: 'at least one client is needed: write 10, or 2n for two per node',
  });
}

const KEYS = Object.keys(CONFIG_SCHEMA['properties'] as object).filter((key) => key !== '$schema');

function plainOrigin(file: string | undefined): OriginOf {
  return () => ({ from: 'file', ...(file === undefined ? {} : { at: basename(file) }) });
}
