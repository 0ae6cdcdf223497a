/**
 * Turns the journalled operations of nemesis lanes into events for the live view.
 */
import type { Evidence, NodeId, PlannedFault } from '../contracts.ts';
import type { RunListener } from '../events.ts';
import type { Op } from '../op.ts';

/** Watches the journal for injections and undoings. */
export class FaultEvents {
  readonly #labels: ReadonlyMap<string, string>;
  readonly #emit: RunListener;

  constructor(planned: readonly PlannedFault[], emit: RunListener) {
    this.#labels = new Map(planned.map((fault) => [fault.id, faultLabel(fault)]));
    this.#emit = emit;
  }

  /** Takes one journalled operation; all but completions of nemesis lanes are ignored. */
  record(op: Op): void {
    if (op.type === 'invoke' || typeof op.process !== 'string' || !op.process.startsWith('nemesis:')) return;
    const value = op.value as { id: string; fault: string; nodes: NodeId[]; evidence?: Evidence } | null;
    if (value === null || typeof value.id !== 'string') return;
    const { id, fault, nodes, evidence } = value;
    const common = { id, fault, label: this.#labels.get(id) ?? fault, nodes, timeNs: op.time };
    const summary = evidence?.summary ?? op.error?.message ?? '';
    if (op.f.startsWith('inject-')) {
      const state = op.type === 'ok' ? 'installed' : op.type === 'fail' ? 'skipped' : 'failed';
      this.#emit({ kind: 'fault-injected', ...common, state, summary });
    } else if (op.type !== 'fail' && (op.type === 'ok' || evidence !== undefined)) {
      // Without evidence the phase was over before it had an end: what follows undoes it, and says so.
      this.#emit({
        kind: 'fault-undone',
        ...common,
        ok: op.type === 'ok',
        bit: evidence?.bit ?? null,
        summary,
      });
    }
  }
}

/** What people call a planned fault: `partition halves`. */
export function faultLabel(fault: { fault: string; mode: string }): string {
  return fault.mode === '' || fault.mode === fault.fault ? fault.fault : `${fault.fault} ${fault.mode}`;
}
