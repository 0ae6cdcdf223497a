/**
 * From a resolved configuration to everything a run needs: names become plug-ins, capabilities of this machine
 * meet what was asked for, the plan is made. Nothing is started here.
 */
import { relative, resolve } from 'node:path';
import { onlineWorkerUrl } from '../checkers/worker-url.ts';

import { type Backend, offeredElsewhere } from '../harness/cluster/backends.ts';
import { type ClockSupport, detectClockSupport } from '../harness/cluster/clock/clock-support.ts';
import { createClocks } from '../harness/cluster/clock/clocks.ts';
import {
  type DiskSupport,
  detectDiskSupport,
  detectJournalSupport,
} from '../harness/cluster/disk/disk-program.ts';
import { DISK_OFFERS, missingDisks, missingOn } from '../harness/cluster/disk/node-disks.ts';
import { findStepper } from '../harness/cluster/lockstep/stepper-program.ts';
import { probeHosts } from '../harness/cluster/ssh/probe-hosts.ts';
import { missingOnSsh } from '../harness/cluster/ssh/ssh-capabilities.ts';
import type { ProbedSsh } from '../harness/cluster/ssh/ssh-options.ts';
import { withPaths } from '../harness/config/docker-config.ts';
import { withSshPaths } from '../harness/config/ssh-config.ts';
import type { ResolvedConfig } from '../harness/config/types.ts';
import { checkMixed, type VariantSpec } from '../harness/config/variants.ts';
import type { Capability, Fault, Missing, System } from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import { gateLimits } from '../harness/gates.ts';
import { networkLinks } from '../harness/network/net-profiles.ts';
import type { Json } from '../harness/op.ts';
import { buildWorkload, makePlan, type Plan, renderPlan } from '../harness/plan/index.ts';
import { lookup, suggest, UsageError } from '../harness/registry.ts';
import type { RunSpec } from '../harness/run/spec.ts';
import type { RunVariant } from '../harness/run/variants.ts';
import { Store } from '../harness/store/store.ts';
import { version } from '../harness/version.ts';
import { spokenAs, type Workload } from '../harness/workload.ts';
import { judgeWorkerUrl } from '../plugins/judge-worker-url.ts';
import { plannedPlugins } from '../plugins/planned.ts';
import { commandSystem } from '../systems/command/command.ts';
import { commandExtras } from '../systems/command/run-extras.ts';
import { asObserved } from './as-observed.ts';
import { chooseBackend } from './backend-choice.ts';
import { checkSpecs } from './checker-options.ts';
import { configurationOf } from './configuration.ts';
import { loadModels, withModelPaths } from './models.ts';
import { CHECKERS, FAULTS, SYSTEMS, WORKLOADS } from './registries.ts';
import { enterFor } from './sandboxed.ts';

/** What a command adds to the configuration. */
export interface Occasion {
  command: string;
  commandLine: string;
  repro: string;
  cwd: string;
  seedSource: string;
  out?: string;
  expected?: NonNullable<RunSpec['expected']>;
  /** A stored plan to carry out instead of making one. */
  plan?: Plan;
}

/** Everything about a run but the signals and the listener. */
export type Composed = Omit<RunSpec, 'stop' | 'leave' | 'onEvent'>;

/** Enters the sandbox a run will need, where it needs one, before anything else is done. Throws as `enterFor`. */
export async function enterForRun(given: ResolvedConfig): Promise<void> {
  await enterFor((await chooseBackend(given, systemOf(given))).backend);
}

/** Puts a run together. Throws `UsageError` for anything that cannot be. */
export async function compose(given: ResolvedConfig, occasion: Occasion): Promise<Composed> {
  const named = systemOf(given);
  const config = { ...given, set: { ...settingsUnder(given, named), ...given.set } };
  checkNodes(named, config.nodes);
  checkBugs(named, config.bugs);
  checkOptions(named, config.set);
  const system = asObserved(named, config.set);
  checkSpecs(config.checkers);
  await loadModels(withModelPaths(config.checkers, occasion.cwd, null));
  const { backend, because } = await chooseBackend(config, system);
  await enterFor(backend);
  if (config.liveCheck && backend.simulated === true) {
    throw new UsageError('a simulated run is over before it can be judged while it goes', {
      hint: 'leave out --live-check and --stop-on-fail: the checkers judge it at its end',
    });
  }
  const virtualTime = config.virtualTime ? await virtualTimeOf(system) : null;
  const workload = workloadOf(config, system);
  const skews = config.nemesis.some((spec) => spec.fault === 'clock');
  const clock = skews && backend.simulated !== true ? await detectClockSupport() : null;
  const disk = await diskFor(config, backend);
  const ssh = backend.name === 'ssh' ? await hostsOf(config) : null;
  const local = ssh === null ? clock : null;
  const { offers, missing } = capabilities(backend, local, disk, system, config, ssh);
  const plan = occasion.plan ?? planOf(config, system, workload, backend, { offers, missing }, occasion.cwd);
  const gates = gateLimits(config.gates);
  return {
    ...occasion,
    name: config.name,
    version: version(),
    storeRoot: new Store(occasion.cwd).root,
    plan,
    built: buildWorkload(plan, workload, system),
    system,
    systemOptions: config.set,
    bugs: config.bugs,
    variants: variantsOf(config, system),
    client: config.client ?? [],
    ...networkOf(config),
    backend,
    backendBecause: because,
    ...(config.capture === true ? { capture: true } : {}),
    faults: FAULTS,
    settleMs: config.settleMs,
    gates,
    configuration: configurationOf({
      ...{ given, set: config.set, system, workload, plan, gates, cwd: occasion.cwd, env: process.env },
      ...{ backend: backend.name, chosen: given.backend === null },
    }),
    allow: config.allow,
    judge: { workerUrl: judgeWorkerUrl() },
    ...(config.liveCheck ? { live: { workerUrl: onlineWorkerUrl(), stopOnFail: config.stopOnFail } } : {}),
    ...(backend.name === 'docker' ? { docker: config.docker ?? {} } : {}),
    ...(ssh === null ? {} : { ssh }),
    ...(clock === null ? {} : { clocks: createClocks(clock) }),
    ...(virtualTime === null ? {} : { virtualTime }),
    ...(disk !== null && 'program' in disk ? { disks: disk } : {}),
    ...(config.command ? commandExtras(config.command, config.nodes) : {}),
  };
}

function planOf(
  config: ResolvedConfig,
  system: System,
  workload: Workload,
  backend: Backend,
  able: ReturnType<typeof capabilities>,
  cwd: string,
): Plan {
  const made = makePlan({
    config: planConfig(config, cwd),
    seed: config.seed,
    nodes: config.nodes,
    concurrency: config.concurrency,
    ratePerSecond: config.ratePerSecond,
    timeLimitMs: config.timeLimitMs,
    opTimeoutMs: config.opTimeoutMs,
    nemesis: config.nemesis,
    workload,
    workloadOptions: config.workload?.options ?? {},
    checkers: extraCheckers(config, system, spokenAs(workload, system) ?? workload.name),
    system,
    faults: FAULTS,
    ...able,
  });
  return asStored(
    { ...made, leftOut: [...made.leftOut, ...withoutPackets(config, backend)] },
    config.system,
    cwd,
  );
}

/** What `--capture` cannot record, said before anything starts. */
function withoutPackets({ capture }: ResolvedConfig, { name, captures }: Backend): Plan['leftOut'] {
  if (capture !== true || captures === true) return [];
  const why =
    captures === false
      ? 'the switch between the nodes records packets, and without a C compiler there is none'
      : `backend ${name} has no packets of its own to record`;
  const fix = captures === false ? 'apt-get install gcc libc6-dev' : 'netns and docker have';
  return [{ what: '--capture', why, fix }];
}

/** The plan as it will be read again: a replay must write the same bytes, down to the order of names in values. */
function asStored(plan: Plan, system: string, cwd: string): Plan {
  return JSON.parse(renderPlan({ ...plan, ...plannedPlugins({ ...plan, system }, cwd) })) as Plan;
}

/** Settings of a system whose nodes lie by a fault and not by themselves, so that no more lie than it is made for. */
function settingsUnder({ nemesis, nodes }: ResolvedConfig, system: System): Readonly<Record<string, Json>> {
  const lies = nemesis.some(({ fault }) => findFault(fault)?.sameNodes === true);
  return lies ? (system.byzantine?.(nodes.length).settings ?? {}) : {};
}

function findFault(name: string): Fault | undefined {
  return Object.hasOwn(FAULTS, name) ? (FAULTS as Readonly<Record<string, Fault>>)[name] : undefined;
}

/** Variants of the configuration and of the system, each checked as the configuration itself. */
function variantsOf(config: ResolvedConfig, system: System): NonNullable<RunSpec['variants']> {
  // Plans of earlier versions have no such keys.
  const { variants = {}, mixed = {}, command, set, bugs, nodes } = config;
  const declared = Object.entries(system.variants ?? {}).map(
    ([name, variant]) => [name, { set: { ...variant.set }, bugs: null, start: null, env: {} }] as const,
  );
  const all: Record<string, VariantSpec> = { ...Object.fromEntries(declared), ...variants };
  const named = Object.entries(all).map(([name, variant]): [string, RunVariant] => {
    const options = { ...set, ...variant.set };
    checkOptions(system, options);
    checkBugs(system, variant.bugs ?? []);
    if (command === null && (variant.start !== null || Object.keys(variant.env).length > 0)) {
      throw new UsageError(
        `variant ${name} starts another program, and no command section describes the first`,
      );
    }
    const start = variant.start ?? command?.start ?? [];
    const own =
      command === null
        ? system
        : {
            ...commandSystem(
              { ...command, start, env: { ...command.env, ...variant.env } },
              (config.docker ?? null) !== null,
            ),
            name: config.name,
          };
    return [name, { system: own, options, bugs: variant.bugs ?? bugs }];
  });
  checkMixed(mixed, nodes, Object.keys(all));
  return { named: Object.fromEntries(named), mixed };
}

/** Distances of a network, checked against its nodes before anything starts. */
function networkOf({ network, nodes }: ResolvedConfig): Pick<RunSpec, 'network'> {
  // Plans of earlier versions have no such key.
  if ((network ?? null) === null) return {};
  return { network: { name: network!.profile ?? 'as configured', links: networkLinks(network!, nodes) } };
}

function systemOf(config: ResolvedConfig): System {
  if (config.command === null) return lookup('system', SYSTEMS, config.system);
  return { ...commandSystem(config.command, (config.docker ?? null) !== null), name: config.name };
}

/** What virtual time needs of this machine and of the nodes. */
async function virtualTimeOf(system: System): Promise<{ stepper: string }> {
  if (system.ready.kind !== 'init') {
    throw new UsageError(
      `${system.name} cannot run on virtual time: its nodes do not speak the Maelstrom protocol`,
      {
        hint: 'virtual time is for nodes that answer init on standard input and output',
      },
    );
  }
  const support = await findStepper();
  if ('path' in support) return { stepper: support.path };
  throw new UsageError(
    `no virtual time: ${support.reason}`,
    support.fix === undefined ? {} : { hint: support.fix },
  );
}

function workloadOf(config: ResolvedConfig, system: System): Workload {
  const name = config.workload?.name ?? system.demo?.workload ?? Object.keys(system.workloads)[0];
  if (name === undefined) throw new UsageError(`${system.name} speaks no workload`);
  return lookup('workload', WORKLOADS, name);
}

function checkNodes(
  { name, maxNodes = Number.POSITIVE_INFINITY }: System,
  { length }: readonly string[],
): void {
  if (length <= maxNodes) return;
  throw new UsageError(
    `${name} has ${maxNodes === 1 ? 'one node' : `at most ${maxNodes} nodes`}, not ${length}`,
    {
      hint: `--nodes ${maxNodes}, or nothing`,
    },
  );
}

function checkBugs(system: System, bugs: readonly string[]): void {
  for (const bug of bugs) {
    if (Object.hasOwn(system.bugs, bug)) continue;
    throw new UsageError(`${system.name} has no bug switch "${bug}"`, {
      hint: suggest(bug, Object.keys(system.bugs)),
    });
  }
}

/** Refuses names, types and bounds the system does not know, before anything starts. */
function checkOptions(system: System, options: Readonly<Record<string, Json>>): void {
  const modes = { 'option (--set)': { summary: '', params: system.options ?? {} } };
  resolveParams({ name: system.name, modes }, 'option (--set)', options);
  system.check?.(options);
}

/** Disks of the nodes' own, where a fault asks for some and the machine's would be used; null: they are not needed. */
async function diskFor({ nemesis }: ResolvedConfig, backend: Backend): Promise<DiskSupport | null> {
  const asked = nemesis.some(({ fault }) => ON_DISKS.has(fault));
  const served = DISK_OFFERS.every((capability) => backend.offers.includes(capability));
  if (!asked || !served || backend.simulated === true) return null;
  const onJournal = nemesis.map(
    ({ fault, mode }) => fault === 'power' && (mode === 'journal' || mode === 'journal-torn'),
  );
  if (!onJournal.includes(true)) return detectDiskSupport();
  const journal = await detectJournalSupport();
  const others = nemesis.some(({ fault }, i) => ON_DISKS.has(fault) && onJournal[i] === false);
  if ('program' in journal || !others) return journal;
  // What there is no ext4 for must not take the others their disks.
  const layer = await detectDiskSupport();
  return 'program' in layer ? { ...layer, noJournal: journal } : layer;
}

/** Faults of disks that are not the machine's. */
const ON_DISKS: ReadonlySet<string> = new Set(['disk', 'power']);

function capabilities(
  backend: Backend,
  clock: ClockSupport | null,
  disk: DiskSupport | null,
  system: System,
  { variants = {} }: ResolvedConfig,
  ssh: ProbedSsh | null,
): { offers: ReadonlySet<Capability>; missing: Missing[] } {
  const offers = new Set<Capability>(backend.offers);
  const missing: Missing[] = [
    ...(ssh === null ? (backend.missing?.(system.ready) ?? []) : missingOnSsh(ssh)),
  ];
  if (clock?.mechanism === 'none')
    missing.push({ capability: 'clock.skew', reason: clock.reason, fix: 'faultline doctor' });
  if (disk !== null) {
    missing.push(...('reason' in disk ? missingDisks(disk.reason, disk.fix) : missingOn(disk)));
  }
  if (Object.keys(variants).length > 0 || system.variants !== undefined) offers.add('node.variants');
  else {
    const reason = `${system.name} declares no variants to restart nodes with`;
    missing.push({
      capability: 'node.variants',
      reason,
      fix: 'declare some under `variants` in a configuration',
    });
  }
  for (const { capability } of missing) offers.delete(capability);
  return { offers, missing: [...missing, ...offeredElsewhere(backend)] };
}

/** The machines of nodes, asked what they can do. Throws `UsageError` where none are named, `ClusterError` for others. */
async function hostsOf({ ssh, nodes }: ResolvedConfig): Promise<ProbedSsh> {
  // Plans of earlier versions have no such key.
  if ((ssh ?? null) !== null) return probeHosts(ssh!, nodes.length);
  throw new UsageError('backend ssh needs hosts', {
    hint: 'give --hosts a,b,c, or a section ssh with hosts',
  });
}

/** What the replicated logs of nodes are judged by, where nodes show them. */
const LOG_CHECKERS = ['log-matching', 'leader-completeness', 'state-machine-safety'];

/** Faults that can make up values, and workloads whose answers hold what was put in. */
const FORGING: ReadonlySet<string> = new Set(['tamper', 'forge', 'byzantine']);
const ELEMENTS: ReadonlySet<string> = new Set(['register', 'last-write', 'set', 'queue', 'requests']);

/** Faults on which a node does well to give up: what it says then is no crash of its own. */
const ENDING: ReadonlySet<string> = new Set(['disk', 'memory', 'descriptors', 'damage']);

/** Checkers named in the configuration, and those of what the system shows of itself: node output, replicated logs. */
function extraCheckers(
  config: ResolvedConfig,
  system: System,
  workload: string,
): { name: string; options: Record<string, Json> }[] {
  for (const { name } of config.checkers) lookup('checker', CHECKERS, name);
  const named = new Set(config.checkers.map(({ name }) => name));
  const mayEnd = config.nemesis.some(({ fault }) => ENDING.has(fault));
  const crashes = (system.crashPatterns?.length ?? 0) > 0 && !mayEnd && !named.has('logs');
  const logs = crashes ? [{ name: 'logs', options: {} }] : [];
  const shown = system.observeLog === undefined ? [] : LOG_CHECKERS.filter((name) => !named.has(name));
  const forged = config.nemesis.some(({ fault }) => FORGING.has(fault)) && ELEMENTS.has(workload);
  const integrity = forged && !named.has('integrity') ? [{ name: 'integrity', options: {} }] : [];
  return [...logs, ...shown.map((name) => ({ name, options: {} })), ...integrity, ...config.checkers];
}

/**
 * The configuration as the plan keeps it: what was decided, not where each value came from, and no absolute path,
 * so that a checkout elsewhere gives the same bytes.
 */
function planConfig(config: ResolvedConfig, cwd: string): Json {
  const { origins: _origins, command, ...decided } = config;
  const here = (path: string): string => relative(cwd, path) || '.';
  const portable = command === null ? null : { ...command, cwd: here(command.cwd) };
  // Absent where there is none: plans of runs without containers stay as they were.
  const { docker, ssh, ...rest } = decided;
  const machines = ssh === null ? {} : { ssh: withSshPaths(ssh, here) };
  const containers = docker === null ? {} : { docker: withPaths(docker, here) };
  return { ...rest, ...containers, ...machines, command: portable } as unknown as Json;
}

/** The configuration a plan was made from, in the folder it was made in. */
export function configOfPlan(plan: Plan, cwd: string): ResolvedConfig {
  const config = (plan.config ?? {}) as unknown as ResolvedConfig;
  const command = config.command ? { ...config.command, cwd: resolve(cwd, config.command.cwd) } : null;
  // A module is where the run was made, wherever it is replayed.
  const path = config.system === 'module' ? config.set?.['module'] : undefined;
  const set = typeof path === 'string' ? { ...config.set, module: resolve(cwd, path) } : config.set;
  const docker = config.docker ? withPaths(config.docker, (path) => resolve(cwd, path)) : null;
  const ssh = config.ssh ? withSshPaths(config.ssh, (path) => resolve(cwd, path)) : null;
  return { ...config, set, command, docker, ssh, seed: plan.seed, origins: {} };
}
