/**
 * The fault table: from verdict.json when the run got that far, otherwise rebuilt from the nemesis operations
 * of the history and the plan, so that a run that broke off still shows what was done to it.
 */
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import { json } from '../format.ts';
import type { FaultRow } from '../model.ts';
import { flag, jsonRecord, list, number, record, strings, text } from '../read-json.ts';

/** Rows of `verdict.faults`. */
export function faultsOfVerdict(verdict: unknown): FaultRow[] {
  return list(record(verdict)['faults']).map((entry) => {
    const fault = record(entry);
    const row = blankRow(fault);
    const inject = record(fault['inject']);
    const undo = record(fault['undo']);
    const state = text(fault['state'], 'pending');
    row.state = state === 'installed' || state === 'skipped' || state === 'failed' ? state : 'pending';
    row.plannedFromNs = number(fault['plannedNs']);
    row.fromNs = number(fault['fromNs']);
    row.toNs = number(fault['toNs']);
    row.bit = flag(fault['bit']);
    row.undone = text(undo['state']) === 'installed';
    row.evidence = text(inject['summary']);
    row.undoEvidence = text(undo['summary']);
    row.measures = { ...jsonRecord(inject['measures']), ...jsonRecord(undo['measures']) };
    return row;
  });
}

/** Rows of `plan.faults`, overlaid with what the nemesis wrote into the history. */
export function faultsOfHistory(plan: unknown, history: History): FaultRow[] {
  const rows = new Map<string, FaultRow>();
  for (const entry of list(record(plan)['faults'])) {
    const row = blankRow(record(entry));
    row.plannedFromNs = number(record(entry)['atNs']);
    row.plannedToNs = number(record(entry)['untilNs']);
    rows.set(row.id, row);
  }
  const { types, processes } = history.columns;
  for (let i = 0; i < history.length; i++) {
    if (processes[i]! >= 0 || types[i] === 0) continue;
    if (!history.names.get(-1 - processes[i]!).startsWith('nemesis')) continue;
    const value = record(history.value(i));
    // Other harnesses note what their nemesis did in words of their own, which say nothing of how it went.
    if (typeof value['fault'] !== 'string' && !rows.has(text(value['id']))) continue;
    applyOp(rows, value, history.f(i), history.type(i), history.time(i));
  }
  return [...rows.values()];
}

function applyOp(
  rows: Map<string, FaultRow>,
  value: Record<string, unknown>,
  f: string,
  type: string,
  time: number,
): void {
  const fresh = blankRow(value);
  const row = rows.get(fresh.id) ?? fresh;
  rows.set(row.id, row);
  if (fresh.nodes.length > 0) row.nodes = fresh.nodes;
  const evidence = record(value['evidence']);
  row.measures = { ...row.measures, ...jsonRecord(evidence['measures']) };
  row.bit = flag(evidence['bit']) ?? row.bit;
  if (f.startsWith('undo')) {
    row.toNs = time;
    row.undone = type === 'ok';
    row.undoEvidence = text(evidence['summary']);
    return;
  }
  row.state = type === 'ok' ? 'installed' : type === 'fail' ? 'skipped' : 'failed';
  row.evidence = text(evidence['summary']);
  if (row.state === 'installed') row.fromNs = time;
}

function blankRow(entry: Record<string, unknown>): FaultRow {
  const fault = text(entry['fault'], 'fault');
  const mode = text(entry['mode']);
  const span = record(entry['span']);
  return {
    id: text(entry['id'], fault),
    fault,
    mode,
    lane: text(entry['lane'], fault),
    nodes: strings(entry['nodes']),
    target: typeof entry['target'] === 'string' ? entry['target'] : json(entry['target'] as Json),
    params: jsonRecord(entry['params']),
    label: mode === '' || mode === fault ? fault : `${fault} ${mode}`,
    plannedFromNs: null,
    plannedToNs: null,
    fromNs: null,
    toNs: null,
    state: 'pending',
    undone: false,
    bit: null,
    evidence: '',
    undoEvidence: '',
    measures: {},
    colour: number(span['colour']) ?? colourOf(fault),
    effect: null,
  };
}

const KINDS: readonly string[] = ['partition', 'kill', 'pause', 'clock', 'latency', 'loss', 'reset'];

/** A stable slot for a kind of fault that did not say which. */
function colourOf(fault: string): number {
  const known = KINDS.indexOf(fault);
  if (known >= 0) return known;
  let hash = 0;
  for (let i = 0; i < fault.length; i++) hash = (hash * 31 + fault.charCodeAt(i)) >>> 0;
  return hash % 8;
}
