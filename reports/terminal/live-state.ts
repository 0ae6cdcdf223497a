/**
 * Folds run events into what a live view shows. No drawing, no clock: the caller says what time it is.
 */
import type { NodeState } from '../../harness/contracts.ts';
import type {
  CheckerFinished,
  LatencySampled,
  LeadersChanged,
  OpsSampled,
  PlanReady,
  RunEvent,
  RunStage,
} from '../../harness/events.ts';

/** A stage that has begun. */
export interface LiveStage {
  startedNs: number;
  plannedMs: number | null;
  tookMs: number | null;
  ok: boolean;
  detail: string;
}

/** A fault in force. */
export interface ActiveFault {
  id: string;
  label: string;
  nodes: readonly string[];
  sinceNs: number;
  /** Planned length, or null when the plan does not know it. */
  plannedNs: number | null;
}

/** Everything on the live view. */
export interface LiveState {
  plan: PlanReady | null;
  stages: Map<RunStage, LiveStage>;
  ops: OpsSampled | null;
  latency: LatencySampled | null;
  /** Operations per second between samples, newest last. */
  rates: number[];
  nodes: Map<string, { state: NodeState; sinceNs: number; reason: string }>;
  leaders: LeadersChanged['leaders'];
  /** Injections so far, by kind of fault: those that took, and those that did not. */
  fired: Map<string, number>;
  missed: Map<string, number>;
  active: Map<string, ActiveFault>;
  checking: Map<string, number>;
  checked: CheckerFinished[];
}

const RATE_SAMPLES = 24;

/** Nothing has happened yet. */
export function emptyState(): LiveState {
  return {
    plan: null,
    stages: new Map(),
    ops: null,
    latency: null,
    rates: [],
    nodes: new Map(),
    leaders: [],
    fired: new Map(),
    missed: new Map(),
    active: new Map(),
    checking: new Map(),
    checked: [],
  };
}

/** Applies one event that arrived at `nowNs` on any monotonic clock. O(1). */
export function applyEvent(state: LiveState, event: RunEvent, nowNs: number): void {
  switch (event.kind) {
    case 'plan-ready':
      state.plan = event;
      for (const node of event.nodes) state.nodes.set(node, { state: 'stopped', sinceNs: nowNs, reason: '' });
      return;
    case 'stage-started':
      state.stages.set(event.stage, {
        startedNs: nowNs,
        plannedMs: event.plannedMs ?? null,
        tookMs: null,
        ok: true,
        detail: '',
      });
      return;
    case 'stage-ended': {
      const stage = state.stages.get(event.stage);
      const startedNs = stage?.startedNs ?? nowNs - event.tookMs * 1e6;
      const { tookMs, ok, detail = '' } = event;
      state.stages.set(event.stage, { startedNs, plannedMs: stage?.plannedMs ?? null, tookMs, ok, detail });
      return;
    }
    case 'ops':
      pushRate(state, event);
      state.ops = event;
      return;
    case 'latency':
      state.latency = event;
      return;
    case 'node-changed':
      state.nodes.set(event.node, { state: event.state, sinceNs: nowNs, reason: event.reason ?? '' });
      return;
    case 'leaders-changed':
      state.leaders = event.leaders;
      return;
    case 'checker-started':
      state.checking.set(event.checker, nowNs);
      return;
    case 'checker-finished':
      state.checking.delete(event.checker);
      state.checked.push(event);
      return;
    default:
      applyFault(state, event, nowNs);
  }
}

function applyFault(state: LiveState, event: RunEvent, nowNs: number): void {
  if (event.kind === 'fault-undone') state.active.delete(event.id);
  if (event.kind !== 'fault-injected') return;
  const tally = event.state === 'installed' ? state.fired : state.missed;
  tally.set(event.fault, (tally.get(event.fault) ?? 0) + 1);
  if (event.state !== 'installed') return;
  const planned = state.plan?.faults.find((fault) => fault.id === event.id);
  state.active.set(event.id, {
    id: event.id,
    label: event.label,
    nodes: event.nodes,
    sinceNs: nowNs,
    plannedNs: planned === undefined ? null : planned.untilNs - planned.atNs,
  });
}

function pushRate(state: LiveState, event: OpsSampled): void {
  const before = state.ops;
  if (before === null || event.timeNs <= before.timeNs) return;
  const done = (ops: OpsSampled): number => ops.ok + ops.fail + ops.info;
  state.rates.push(((done(event) - done(before)) / (event.timeNs - before.timeNs)) * 1e9);
  if (state.rates.length > RATE_SAMPLES) state.rates.shift();
}

/** Operations per second over the last second or so. */
export function currentRate(state: LiveState): number {
  const recent = state.rates.slice(-4);
  return recent.length === 0 ? 0 : recent.reduce((sum, rate) => sum + rate, 0) / recent.length;
}
