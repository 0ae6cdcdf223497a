/**
 * What became of a planned fault: plain data for verdict.json, the gates and the reports.
 */
import type { Evidence, Json, NodeId, PlannedFault } from '../contracts.ts';
import type { OpError, OpType } from '../op.ts';

/** `never-fired`: the run ended before its turn came. The others are the state of the injection. */
export type FaultState = 'installed' | 'skipped' | 'failed' | 'never-fired';

/** One planned fault and everything observed about it. */
export interface FaultResult {
  id: string;
  fault: string;
  mode: string;
  lane: string;
  /** Nodes that were hit: drawn at plan time, or found when it fired. */
  nodes: NodeId[];
  params: Record<string, Json>;
  /** When the plan wanted it, ns since the run started. */
  atNs: number;
  untilNs: number;
  state: FaultState;
  /** Did it have an effect: what was measured while it was installed, else what the injection showed. */
  bit: boolean | null;
  injectedAtNs?: number;
  undoneAtNs?: number;
  /** True once the undo was carried out and said so; false for an installed fault that could not be undone. */
  undone: boolean;
  evidence?: Evidence;
  undoEvidence?: Evidence;
}

/** An operation of a nemesis lane: `inject-<fault>` or `undo-<fault>`, with the planned fault as its value. */
export interface LaneOperation {
  f: string;
  value: Json;
}

/** How an inject or undo operation ended, in the terms of an operation: ok, fail (skipped), info (failed). */
export interface LaneCompletion {
  type: Exclude<OpType, 'invoke'>;
  value: Json;
  error?: OpError;
}

/** An injection nobody has attempted yet. */
export function neverFired(planned: PlannedFault): FaultResult {
  return {
    id: planned.id,
    fault: planned.fault,
    mode: planned.mode,
    lane: planned.lane,
    nodes: [...planned.nodes],
    params: planned.params,
    atNs: planned.atNs,
    untilNs: planned.untilNs,
    state: 'never-fired',
    bit: null,
    undone: false,
  };
}

/** Whether a fault had an effect, from both pieces of evidence: the undo has seen the whole stretch. */
export function joinBit(evidence: Evidence | undefined, undo: Evidence | undefined): boolean | null {
  if (evidence?.state !== 'installed') return evidence === undefined ? null : false;
  return undo?.bit ?? evidence.bit;
}

/** The completion of a lane's operation: its value again, with the evidence. */
export function laneCompletion(value: Json, evidence: Evidence): LaneCompletion {
  const whole = { ...(value as Record<string, Json>), evidence: evidence as unknown as Json };
  const message = evidence.summary;
  switch (evidence.state) {
    case 'installed':
      return { type: 'ok', value: whole };
    case 'skipped':
      return { type: 'fail', value: whole, error: { definite: true, kind: 'skipped', message } };
    case 'failed':
      return { type: 'info', value: whole, error: { definite: false, kind: 'fault-failed', message } };
  }
}
