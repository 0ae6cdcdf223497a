/**
 * The stages of a reduction whose every try costs seconds: few questions with large effect first. A stage yields
 * smaller cases of the best one so far, and is told of each whether it was taken.
 */
import type { PlannedFault } from '../../harness/contracts.ts';
import type { Case, CaseOp } from '../../harness/sim/case.ts';
import { withoutNode } from '../case-parts.ts';
import { reductionSteps } from '../reduce-list.ts';
import { loadNs } from './cluster-run.ts';

/** What stages know: the smallest case so far, and when its failure was complete, ns of its load. */
export interface Best {
  readonly case: Case;
  readonly shownNs: number;
}

/** Yields candidates, is told whether each was taken. `best` is as it is after that. */
export type ClusterStage = (best: () => Best) => Generator<Case, void, boolean>;

/** What happens on a cluster takes its time: a load goes on this long after what it must show. */
const MARGIN_NS = 300e6;
const SHORTEST_NS = 300e6;

/** Nothing after the failure. */
function* endAtFailure(best: () => Best): Generator<Case, void, boolean> {
  const end = best().shownNs + MARGIN_NS;
  if (end < loadNs(best().case) * 0.95) yield upTo(best().case, end);
}

/** Half of the load, three quarters, seven eighths, while it still fails. */
function* endEarlier(best: () => Best): Generator<Case, void, boolean> {
  for (let by = 2; by <= 8; ) {
    const length = loadNs(best().case);
    const end = Math.round(length * (1 - 1 / by));
    const worthwhile = length - end >= 100e6 && end >= SHORTEST_NS;
    if (!worthwhile || !(yield upTo(best().case, end))) by *= 2;
  }
}

/** Without the beginning: everything before is left out and the rest moves there. */
function* startLater(best: () => Best): Generator<Case, void, boolean> {
  for (const share of [0.75, 0.5, 0.25]) {
    const by =
      Math.floor((firstNs(best().case) + share * (best().shownNs - firstNs(best().case))) / 1e8) * 1e8;
    if (by > 0 && loadNs(best().case) - by >= SHORTEST_NS && (yield since(best().case, by))) return;
  }
  const idle = Math.floor(firstNs(best().case) / 1e8) * 1e8 - 200e6;
  if (idle >= 100e6 && loadNs(best().case) - idle >= SHORTEST_NS) yield since(best().case, idle);
}

function* dropFaults(best: () => Best): Generator<Case, void, boolean> {
  const steps = reductionSteps(best().case.faults);
  let step = steps.next();
  while (!step.done) step = steps.next(yield { ...best().case, faults: [...step.value] });
}

function* dropNodes(best: () => Best): Generator<Case, void, boolean> {
  for (const node of [...best().case.nodes].reverse()) {
    if (best().case.nodes.length > 1) yield unplaced(withoutNode(best().case, node));
  }
}

/** All operations of some clients, of some keys. */
function dropGroups(nameOf: (op: CaseOp) => string): ClusterStage {
  return function* (best) {
    const names = [...new Set(best().case.ops.map(nameOf))];
    if (names.length < 2) return;
    const steps = reductionSteps(names);
    let step = steps.next();
    while (!step.done) {
      const kept = new Set(step.value);
      const { case: c } = best();
      step = steps.next(yield { ...c, ops: c.ops.filter((op) => kept.has(nameOf(op))) });
    }
  };
}

/** Operations in chunks: the finest is a sixteenth, a single one where there are few. */
function* dropOps(best: () => Best): Generator<Case, void, boolean> {
  const finest = Math.max(1, Math.floor(best().case.ops.length / 16));
  const steps = reductionSteps(best().case.ops, finest);
  let step = steps.next();
  while (!step.done) step = steps.next(yield { ...best().case, ops: [...step.value] });
}

/** Each fault half as long, a quarter; and nodes it can do without. */
function* shortenFaults(best: () => Best): Generator<Case, void, boolean> {
  for (const { id } of best().case.faults) {
    const now = (): PlannedFault => best().case.faults.find((fault) => fault.id === id)!;
    const changed = (changes: Partial<PlannedFault>): Case => ({
      ...best().case,
      faults: best().case.faults.map((fault) => (fault.id === id ? { ...fault, ...changes } : fault)),
    });
    while (now().untilNs - now().atNs > 200e6) {
      const half = Math.round((now().untilNs - now().atNs) / 2 / 1e8) * 1e8;
      if (!(yield changed({ untilNs: now().atNs + Math.max(1e8, half) }))) break;
    }
    if (now().nodes.length > 1 && now().fault !== 'partition') {
      for (const node of now().nodes) {
        const nodes = now().nodes.filter((one) => one !== node);
        if (nodes.length > 0) yield changed({ nodes, target: nodes });
      }
    }
  }
}

/** The case with a load that ends at `ns`. */
function upTo(c: Case, ns: number): Case {
  const finalFromNs = c.finalFromNs ?? Number.POSITIVE_INFINITY;
  return {
    ...c,
    untilNs: Math.round(ns),
    ops: c.ops.filter((op) => op.atNs <= ns || op.atNs >= finalFromNs),
    faults: c.faults.filter((fault) => fault.atNs < ns),
  };
}

/** The case without what comes before `ns`, which is where it begins. */
function since(c: Case, ns: number): Case {
  const { finalFromNs, ...rest } = c;
  return {
    ...rest,
    untilNs: Math.round(loadNs(c) - ns),
    ops: c.ops.filter((op) => op.atNs >= ns).map((op) => ({ ...op, atNs: op.atNs - ns })),
    faults: c.faults
      .filter((fault) => fault.untilNs > ns)
      .map((fault) => ({ ...fault, atNs: Math.max(0, fault.atNs - ns), untilNs: fault.untilNs - ns })),
    ...(finalFromNs === undefined ? {} : { finalFromNs: finalFromNs - ns }),
  };
}

function firstNs(c: Case): number {
  return Math.min(loadNs(c), ...c.ops.map((op) => op.atNs), ...c.faults.map((fault) => fault.atNs));
}

/** Clients go to nodes by their number again. */
function unplaced(c: Case): Case {
  return { ...c, ops: c.ops.map(({ node: _, ...op }) => op) };
}

/** The stages by what they do, in order. */
export const CLUSTER_STAGES: Readonly<Record<string, ClusterStage>> = {
  'after the failure': endAtFailure,
  'time limit': endEarlier,
  faults: dropFaults,
  start: startLater,
  nodes: dropNodes,
  clients: dropGroups((op) => String(op.client)),
  keys: dropGroups((op) => JSON.stringify(op.key ?? null)),
  operations: dropOps,
  'fault lengths': shortenFaults,
};
