/**
 * What became of a planned fault, and how its operations complete: plain data for the history, verdict.json, the
 * gates and the reports.
 */
import type { Evidence, Fault, Json, PlannedFault } from '../contracts.ts';
import type { Completion } from '../interpreter/worker.ts';
import type { FaultReport } from '../store/files.ts';

/** An operation of a nemesis lane: `inject-<fault>` or `undo-<fault>`, with the planned fault as its value. */
export interface LaneOperation {
  f: string;
  value: Json;
}

/** The report of an injection nobody has attempted yet. */
export function pendingReport(planned: PlannedFault, definition: Fault | undefined): FaultReport {
  const { id, fault, mode, lane, target, params } = planned;
  return {
    id,
    fault,
    mode,
    lane,
    nodes: [...planned.nodes],
    target,
    params,
    state: 'pending',
    bit: null,
    plannedNs: planned.atNs,
    fromNs: null,
    toNs: null,
    inject: null,
    undo: null,
    span: definition?.span ?? { label: fault, colour: 0 },
  };
}

/**
 * Whether a fault had an effect, from both pieces of evidence: the undo has seen the whole stretch, unless it
 * failed and so says nothing about it.
 */
export function joinBit(inject: Evidence | null, undo: Evidence | null): boolean | null {
  if (inject === null) return null;
  if (inject.state !== 'installed') return false;
  return undo?.state === 'installed' ? (undo.bit ?? inject.bit) : inject.bit;
}

/** The completion of a lane's operation: its value again, with the evidence. */
export function laneCompletion(value: Json, evidence: Evidence): Completion {
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
