/**
 * Failure detectors: every crash and every observer, every suspicion and every outage.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { type Charge, field, happened, type Oracle, type PlainOp } from './plain.ts';

/** A stretch of time. */
interface Span {
  fromNs: number;
  untilNs: number;
}

interface Report {
  by: string;
  about: string;
  suspect: boolean;
  ns: number;
}

/** The oracle of `detector`. O(reports * (outages + faults) + crashes * observers * reports). */
export const detectorOracle: Oracle = {
  meanwhile: { needed: false },
  charges(ops, options, partial) {
    const reports = ops.filter((op) => ['suspect', 'trust'].includes(op.f) && happened(op)).flatMap(reportOf);
    const events = ops.filter(({ name, node }) => name === 'cluster' && node !== null);
    const faults = ops.filter((op) => op.name.startsWith('nemesis') && op.f.startsWith('inject-'));
    const spans = faults.map((fault) => ({ ...spanOf(fault, ops), nodes: nodesOf(fault) }));
    const seen = { reports, events, spans, options, partial };
    const endNs = Math.max(...ops.map(({ endNs: ns }) => ns));
    return [...suspicions(seen), ...slowness(seen, endNs)];
  },
};

interface Seen {
  reports: readonly Report[];
  events: readonly PlainOp[];
  spans: readonly (Span & { nodes: readonly string[] })[];
  options: CheckerOptions;
  partial: boolean;
}

function reportOf(op: PlainOp): Report[] {
  const about = typeof op.said === 'string' ? op.said : field(op.said, 'node');
  const by = op.node ?? (op.process >= 0 ? `process ${op.process}` : op.name);
  return typeof about === 'string' ? [{ by, about, suspect: op.f === 'suspect', ns: op.endNs }] : [];
}

/** From the moment a fault was asked for until it was surely undone. */
function spanOf(fault: PlainOp, ops: readonly PlainOp[]): Span {
  const id = field(fault.value, 'id');
  const undone = ops.filter(
    (op) =>
      op.name.startsWith('nemesis') &&
      op.f.startsWith('undo-') &&
      op.at > fault.at &&
      typeof id === 'string' &&
      id !== '' &&
      field(op.value, 'id') === id,
  );
  return { fromNs: fault.fromNs, untilNs: Math.min(...undone.map(({ toNs }) => toNs)) };
}

function nodesOf(fault: PlainOp): string[] {
  const lists = [fault.said, fault.value].map((value) => field(value, 'nodes'));
  const found = lists.find(
    (list): list is Json[] =>
      Array.isArray(list) && list.length > 0 && list.every((n) => typeof n === 'string'),
  );
  return (found ?? []) as string[];
}

const DOWN: readonly string[] = ['crashed', 'exited'];
const UP: readonly string[] = ['started', 'ready', 'restarted'];

/** When a node was down, and, before it is first known to be up, may have been; `crash` tells the first. */
function outages(events: readonly PlainOp[], node: string): (Span & { crash: boolean })[] {
  const mine = events.filter((event) => event.node === node && [...DOWN, ...UP].includes(event.f));
  const found: (Span & { crash: boolean })[] = [];
  mine.forEach((event, n) => {
    const before = mine[n - 1];
    const up = mine.slice(n).find(({ f }) => UP.includes(f));
    if (DOWN.includes(event.f) && (before === undefined || UP.includes(before.f))) {
      found.push({ fromNs: event.endNs, untilNs: up?.endNs ?? Number.POSITIVE_INFINITY, crash: true });
    }
    if (n === 0 && UP.includes(event.f)) {
      found.push({ fromNs: Number.NEGATIVE_INFINITY, untilNs: event.endNs, crash: false });
    }
  });
  return found;
}

function suspicions({ reports, events, spans, options }: Seen): Charge[] {
  if (options['false-suspicions'] !== 'forbid') return [];
  const slackNs = Number(options['tolerance-ms'] ?? 1000) * 1e6;
  const wrong = reports.some(({ suspect, about, ns }) => {
    const near = (of: Span): boolean => of.fromNs - slackNs <= ns && ns <= of.untilNs + slackNs;
    return suspect && !outages(events, about).some(near) && !spans.some(near);
  });
  return wrong ? [{ kind: 'false-suspicion' }] : [];
}

function slowness({ reports, events, spans, options, partial }: Seen, endNs: number): Charge[] {
  const bound = options['max-detection-ms'];
  if (typeof bound !== 'number') return [];
  // Of a part of the history it is not known who else was watching.
  const observers = [...new Set(reports.map(({ by }) => by)), ...(partial ? [''] : [])];
  const nodes = [...new Set(events.map(({ node }) => node!))];
  const late = nodes.some((node) =>
    outages(events, node).some((outage) => {
      const dueNs = outage.fromNs + bound * 1e6;
      const passed = partial ? dueNs <= endNs : dueNs < endNs;
      if (!outage.crash || dueNs >= outage.untilNs || !passed) return false;
      const meets = (of: Span): boolean => of.fromNs <= dueNs && outage.fromNs <= of.untilNs;
      return observers.some(
        (by) =>
          by !== node &&
          reports.findLast((r) => r.by === by && r.about === node && r.ns <= dueNs)?.suspect !== true &&
          !outages(events, by).some(meets) &&
          !spans.some((span) => span.nodes.includes(by) && meets(span)),
      );
    }),
  );
  return late ? [{ kind: 'slow-detection' }] : [];
}
