/**
 * From what was asked for to what can be planned: names and parameters checked, capabilities matched, the rest
 * left out with its reason.
 */
import type { Capability, Fault, Missing, NodeId, TargetSpec } from '../contracts.ts';
import { ImpossibleFault, resolveParams } from '../faults/parameters.ts';
import type { Json } from '../op.ts';
import type { Seed } from '../random.ts';
import { lookup } from '../registry.ts';
import type { LeftOut } from './plan.ts';

/** One kind of fault to inject again and again. Mode null: the fault's default; target null: the fault chooses. */
export interface FaultSpec {
  fault: string;
  mode: string | null;
  target: TargetSpec | null;
  params: Record<string, Json>;
  /** Pause before each injection; drawn between 0.75 and 1.25 times this. */
  intervalMs: number;
  /** How long it stays installed. */
  durationMs: number;
}

/** What faults can count on. */
export interface FaultSetting {
  faults: Readonly<Record<string, Fault>>;
  nodes: readonly NodeId[];
  offers: ReadonlySet<Capability>;
  missing: readonly Missing[];
  /** Whether anybody can be asked who leads. */
  observes: boolean;
}

/** A request that can be planned. */
export interface FaultRequest {
  /** `partition:halves`, `kill@leader`: how it was asked for. */
  label: string;
  fault: Fault;
  mode: string;
  target: TargetSpec | undefined;
  params: Record<string, Json>;
  intervalMs: number;
  durationMs: number;
  /** Whether anybody can be asked who leads. */
  observes: boolean;
}

/** `fault:mode@target`, for people. */
export function labelOf(spec: Pick<FaultSpec, 'fault' | 'mode' | 'target'>): string {
  const target =
    spec.target === null ? '' : `@${Array.isArray(spec.target) ? spec.target.join('+') : spec.target}`;
  return `${spec.fault}${spec.mode === null ? '' : `:${spec.mode}`}${target}`;
}

/**
 * Checks every request. Throws `UsageError` for what is wrong on any cluster (a name, a parameter); what is
 * right but not possible here goes to `leftOut`.
 */
export function checkRequests(
  specs: readonly FaultSpec[],
  setting: FaultSetting,
  seed: Seed,
): { requests: FaultRequest[]; leftOut: LeftOut[] } {
  const requests: FaultRequest[] = [];
  const leftOut: LeftOut[] = [];
  for (const spec of specs) {
    const fault = lookup('fault', setting.faults, spec.fault);
    const mode = spec.mode ?? fault.defaultMode;
    const request: FaultRequest = {
      label: labelOf(spec),
      fault,
      mode,
      target: spec.target ?? undefined,
      params: spec.params,
      intervalMs: spec.intervalMs,
      durationMs: spec.durationMs,
      observes: setting.observes,
    };
    const obstacle = obstacleOf(request, setting, seed);
    if (obstacle === null) requests.push(request);
    else leftOut.push({ what: request.label, fault: fault.name, ...obstacle });
  }
  return { requests, leftOut };
}

/** Why a request cannot be planned on this cluster, or null. */
function obstacleOf(
  request: FaultRequest,
  setting: FaultSetting,
  seed: Seed,
): { why: string; fix?: string } | null {
  const { fault, mode, params } = request;
  try {
    const needs = fault.needs(mode, resolveParams(fault, mode, params));
    const lacking = needs.find((need) => !setting.offers.has(need));
    if (lacking !== undefined) return reasonFor(lacking, setting.missing);
    if (aimsAtNobody(drawTargets(request, setting.nodes, seed.fork('trial')), setting.observes)) {
      return { why: 'it aims at the leader, and the system gives no way to ask who leads' };
    }
    return null;
  } catch (error) {
    if (!(error instanceof ImpossibleFault)) throw error;
    return { why: error.message };
  }
}

type Draw = ReturnType<Fault['plan']>;

/** Draws of a target before it is accepted that a fault can only aim at the leader. */
const TARGET_DRAWS = 16;

/**
 * What a fault hits, drawn again where it would aim at a leader that nobody can be asked for; with `known` also where
 * it would aim at whoever leads by then, unless the request says so.
 */
export function drawTargets(
  request: FaultRequest,
  nodes: readonly NodeId[],
  seed: Seed,
  known = false,
): Draw {
  const { fault, mode, params, target, observes } = request;
  const sure = observes && !(known && target === undefined);
  let draw = fault.plan(mode, params, target, nodes, seed.rng());
  for (let again = 1; again < TARGET_DRAWS && aimsAtNobody(draw, sure); again++) {
    draw = fault.plan(mode, params, target, nodes, seed.fork('again', again).rng());
  }
  return draw;
}

function aimsAtNobody(draw: Draw, observes: boolean): boolean {
  return draw.target === 'leader' && draw.nodes.length === 0 && !observes;
}

function reasonFor(capability: Capability, missing: readonly Missing[]): { why: string; fix?: string } {
  const entry = missing.find((candidate) => candidate.capability === capability);
  const why = `needs ${capability}: ${entry?.reason ?? 'this backend does not offer it'}`;
  return entry?.fix === undefined ? { why } : { why, fix: entry.fix };
}
