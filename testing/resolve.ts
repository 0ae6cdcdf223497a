/**
 * From a plan as a test writes it to the case the simulator carries out: defaults filled in, what is left to
 * the seed drawn, everything that cannot be refused in one sentence.
 */
import type { Fault, NodeId, PlannedFault, TargetSpec } from '../harness/contracts.ts';
import { ImpossibleFault } from '../harness/faults/parameters.ts';
import type { Json } from '../harness/op.ts';
import { Seed } from '../harness/random.ts';
import { lookup, suggest, UsageError } from '../harness/registry.ts';
import type { Case, CaseOp } from '../harness/sim/case.ts';
import { FAULTS } from '../nemesis/index.ts';
import { rpcsFor } from '../systems/rpc-tables.ts';
import { WORKLOADS } from '../workloads/index.ts';
import { drawnFaults, drawOperations, finalOperations, type LoadFrame } from './draw.ts';
import type { DrawnFaults, SimFault, SimOperation, SimPlan } from './plan.ts';

const DEFAULTS = { seed: 1, nodes: 3, workload: 'register', operations: 60, timeMs: 3_000, settleMs: 1_000 };
const DEFAULT_FAULTS = 6;

const FIELDS: readonly (keyof SimPlan)[] = [
  ...(['seed', 'nodes', 'workload', 'workloadOptions', 'operations', 'clients', 'faults', 'timeMs'] as const),
  ...(['settleMs', 'opTimeoutMs', 'observeEveryMs', 'network', 'disk', 'isolation', 'reseed'] as const),
];
const OPERATION_FIELDS = ['atMs', 'client', 'f', 'key', 'value', 'node'];
const FAULT_FIELDS = ['fault', 'mode', 'target', 'atMs', 'forMs', 'params'];

/** The case of a plan. Throws `TypeError` that names the field, what is wrong with it, and what would do. */
export function caseOf(plan: SimPlan): Case {
  try {
    return resolved(plan);
  } catch (error) {
    if (error instanceof UsageError) throw new TypeError(`plan: ${sentence(error)}`);
    if (error instanceof ImpossibleFault) throw new TypeError(`plan: ${error.message}`);
    throw error;
  }
}

/** What a usage error says, with its hint. */
function sentence(error: UsageError): string {
  return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
}

function resolved(plan: SimPlan): Case {
  refuseOthers('plan', plan, FIELDS);
  const seed = whole('seed', plan.seed ?? DEFAULTS.seed, 0);
  const nodes = nodesOf(plan.nodes ?? DEFAULTS.nodes);
  const workload = plan.workload ?? DEFAULTS.workload;
  const timeMs = number('timeMs', plan.timeMs ?? DEFAULTS.timeMs);
  const clients = whole('clients', plan.clients ?? nodes.length, 1);
  const frame: LoadFrame = { workload, options: plan.workloadOptions ?? {}, nodes, clients, seed };
  const asked = plan.operations ?? DEFAULTS.operations;
  const drawn = typeof asked === 'number';
  const ops = drawn
    ? drawOperations(frame, whole('operations', asked, 0), timeMs)
    : asked.map((op, i) => operationOf(op, `operations[${i}]`, nodes));
  const faults = faultsOf(plan, nodes, timeMs, seed);
  const quietMs = lastMs(ops, faults);
  const settleMs = plan.settleMs ?? (drawn ? DEFAULTS.settleMs : null);
  const fromMs = settleMs === null ? null : quietMs + number('settleMs', settleMs);
  const final =
    fromMs === null ? [] : drawn ? finalOperations(frame, fromMs) : finalReads(ops, frame, fromMs);
  const observe = number('observeEveryMs', plan.observeEveryMs ?? 0);
  const { network, disk, isolation = 'copy', opTimeoutMs, reseed } = plan;
  return {
    version: 1,
    seed,
    nodes,
    workload,
    settings: {},
    bugs: [],
    ops: [...ops, ...final],
    faults,
    isolation,
    ...(final.length > 0 ? { finalFromNs: fromMs! * 1e6 } : {}),
    ...(network === undefined ? {} : { network }),
    ...(disk === undefined ? {} : { disk }),
    ...(opTimeoutMs === undefined ? {} : { opTimeoutMs: number('opTimeoutMs', opTimeoutMs) }),
    ...(observe > 0 ? { observeEveryMs: observe } : {}),
    ...(ops.length + final.length + faults.length === 0 ? { untilNs: timeMs * 1e6 } : {}),
    ...(reseed === undefined ? {} : { reseed: { atNs: reseed.atMs * 1e6, seed: reseed.seed } }),
  };
}

function nodesOf(nodes: number | readonly NodeId[]): NodeId[] {
  if (typeof nodes === 'number') {
    return Array.from({ length: whole('nodes', nodes, 1) }, (_, i) => `n${i + 1}`);
  }
  if (nodes.length === 0 || new Set(nodes).size !== nodes.length) {
    throw new UsageError(`nodes must be one or more different names, not ${JSON.stringify(nodes)}`);
  }
  return [...nodes];
}

function operationOf(op: SimOperation, where: string, nodes: readonly NodeId[]): CaseOp {
  refuseOthers(where, op, OPERATION_FIELDS);
  if (typeof op.f !== 'string') throw new UsageError(`${where}.f must be the name of an operation`);
  if (op.node !== undefined) known(`${where}.node`, op.node, nodes);
  return {
    atNs: Math.round(number(`${where}.atMs`, op.atMs) * 1e6),
    client: whole(`${where}.client`, op.client, 0),
    f: op.f,
    ...(op.key === undefined ? {} : { key: op.key }),
    value: op.value ?? null,
    ...(op.node === undefined ? {} : { node: op.node }),
  };
}

function faultsOf(plan: SimPlan, nodes: readonly NodeId[], timeMs: number, seed: number): PlannedFault[] {
  const { faults = [] } = plan;
  if (Array.isArray(faults)) {
    return (faults as readonly (SimFault | PlannedFault)[]).map((fault, i) =>
      'lane' in fault ? planned(fault, i, nodes) : plannedOf(fault, i, nodes, seed),
    );
  }
  const { kinds, count = DEFAULT_FAULTS } = faults as DrawnFaults;
  for (const kind of kinds) lookup('fault', FAULTS, kind);
  const leads = (plan.observeEveryMs ?? 0) > 0;
  return drawnFaults(kinds, whole('faults.count', count, 0), nodes, leads, timeMs, seed);
}

/** A fault that is planned already, on nodes that exist. */
function planned(fault: PlannedFault, i: number, nodes: readonly NodeId[]): PlannedFault {
  lookup('fault', FAULTS, fault.fault);
  for (const node of fault.nodes) known(`faults[${i}].nodes`, node, nodes);
  return fault;
}

function plannedOf(given: SimFault, i: number, nodes: readonly NodeId[], seed: number): PlannedFault {
  const where = `faults[${i}]`;
  refuseOthers(where, given, FAULT_FIELDS);
  const fault: Fault = lookup('fault', FAULTS, given.fault);
  if (fault.effect === undefined)
    throw new UsageError(`${where}: ${fault.name} cannot be simulated in memory`);
  const mode = given.mode ?? fault.defaultMode;
  const atNs = Math.round(number(`${where}.atMs`, given.atMs) * 1e6);
  const untilNs = atNs + Math.round(number(`${where}.forMs`, given.forMs) * 1e6);
  const rng = Seed.of(seed).fork('fault', i).rng();
  const drawn = fault.plan(mode, { ...given.params }, given.target as TargetSpec | undefined, nodes, rng);
  return { id: `f${i + 1}`, fault: fault.name, mode, lane: fault.lane, atNs, untilNs, ...drawn };
}

/** Every client reads every key once, where the workload has reads. */
function finalReads(ops: readonly CaseOp[], { workload, nodes }: LoadFrame, fromMs: number): CaseOp[] {
  if (!Object.hasOwn(rpcsFor(workload), 'read')) return [];
  const keys = new Map<string, Json | undefined>();
  for (const { key } of ops) keys.set(JSON.stringify(key) ?? '', key);
  if (keys.size === 0) keys.set('', workload === 'register' ? 0 : undefined);
  return nodes.flatMap((_, client) =>
    [...keys.values()].map((key) => ({
      atNs: Math.round(fromMs * 1e6),
      client,
      f: 'read',
      ...(key === undefined ? {} : { key }),
      value: null,
    })),
  );
}

function lastMs(ops: readonly CaseOp[], faults: readonly PlannedFault[]): number {
  let last = 0;
  for (const op of ops) last = Math.max(last, op.atNs);
  for (const fault of faults) last = Math.max(last, fault.untilNs);
  return Math.ceil(last / 1e6);
}

/** True for the name of a workload that can be judged and drawn from. */
export function isWorkload(name: string): boolean {
  return Object.hasOwn(WORKLOADS, name);
}

function refuseOthers(where: string, given: object, fields: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (!fields.includes(name))
      throw new UsageError(`${where} has no "${name}"`, { hint: suggest(name, fields) });
  }
}

function known(where: string, node: NodeId, nodes: readonly NodeId[]): void {
  if (!nodes.includes(node))
    throw new UsageError(`${where}: there is no node "${node}"`, { hint: suggest(node, nodes) });
}

function number(where: string, value: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new UsageError(`${where} must be a number from 0 on, not ${JSON.stringify(value)}`);
}

function whole(where: string, value: number, min: number): number {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new UsageError(`${where} must be a whole number from ${min} on, not ${JSON.stringify(value)}`);
}
