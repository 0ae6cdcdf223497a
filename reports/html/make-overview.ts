/**
 * ReportModel and rows -> the overview block of the page.
 */
import { type History, NONE } from '../../harness/history/history.ts';
import { eachInvocation, outcomeAt } from '../derive/operations.ts';
import type { Finding, ReportModel } from '../model.ts';
import { whereOf } from '../where.ts';
import { effectsOf } from './figure-ops.ts';
import type { Overview } from './overview.ts';
import { type Rows, rowOf } from './rows.ts';

/** Buckets of the rate strip. */
const BUCKETS = 600;

/** The overview. O(rows). */
export function makeOverview(model: ReportModel, rows: Rows): Overview {
  const end = Math.max(1, us(model.durationNs), lastEnd(model.history));
  const nodeAt = new Map(model.nodes.map((node, i) => [node, i]));
  return {
    version: 1,
    rows: rows.count,
    total: rows.total,
    chunks: rows.texts.length,
    end,
    nodes: model.nodes,
    functions: rows.functions,
    nodeNames: rows.nodeNames,
    errors: rows.errors,
    concurrency: model.concurrency,
    stages: model.stages.map((stage) => ({ name: stage.name, from: us(stage.fromNs), to: us(stage.toNs) })),
    faults: model.faults.map((fault) => ({
      id: fault.id,
      fault: fault.fault,
      label: fault.label,
      lane: fault.lane,
      nodes: fault.nodes,
      from: fault.fromNs === null ? null : us(fault.fromNs),
      to: fault.fromNs === null ? null : fault.toNs === null ? end : us(fault.toNs),
      state: fault.state,
      bit: fault.bit,
      colour: fault.colour,
      where: whereOf(fault),
      evidence: fault.evidence,
    })),
    beliefs: model.beliefs.flatMap((span) => {
      const node = nodeAt.get(span.node);
      if (node === undefined) return [];
      const { leading, leader, term } = span;
      return [{ node, leading, leader, term, from: us(span.fromNs), to: us(span.toNs) }];
    }),
    overlaps: model.overlaps.map(({ fromNs, toNs, leaders }) => ({
      from: us(fromNs),
      to: us(toNs),
      leaders,
    })),
    nodeSpans: model.nodeSpans.flatMap(({ node, state, fromNs, toNs, reason }) => {
      const at = nodeAt.get(node);
      return at === undefined ? [] : [{ node: at, state, from: us(fromNs), to: us(toNs), reason }];
    }),
    findings: model.findings.map((finding) => ({
      kind: finding.anomaly.kind,
      checker: finding.checker,
      sentence: finding.anomaly.sentence,
      from: us(finding.fromNs),
      to: us(finding.toNs),
      rows: finding.ops.map((op) => rowOf(rows, op.index)).filter((row) => row >= 0),
      said: saidOf(finding, rows),
    })),
    rate: rateOf(model.history, end),
  };
}

/** Which operation took effect when, by the first order the checker tells, and what its culprit could have seen. */
function saidOf(finding: Finding, rows: Rows): [number, string][] {
  const { order, orders, culprit, possible, holds } = effectsOf(finding);
  const how = orders === 1 ? 'can only have' : 'may have';
  const said = order.map((index, n): [number, string] => [
    rowOf(rows, index),
    `${how} taken effect as number ${n + 1} of ${order.length}${n === order.length - 1 && holds !== '' ? `, after which ${holds} was held` : ''}`,
  ]);
  if (culprit !== null && order.length > 0) {
    const could = possible.length > 0 ? possible.join(' or ') : holds;
    said.push([rowOf(rows, culprit), `fits nowhere: when it happened only ${could} could be held`]);
  }
  return said.filter(([row]) => row >= 0);
}

function us(ns: number): number {
  return Math.floor(ns / 1000);
}

/** When the last operation was invoked or answered. */
function lastEnd(history: History): number {
  const { times, pairs } = history.columns;
  let last = 0;
  eachInvocation(history, (i) => {
    last = Math.max(last, times[i]!, pairs[i] === NONE ? 0 : times[pairs[i]!]!);
  });
  return us(last);
}

/** Of all operations, also where the rows are a sample. */
function rateOf(history: History, end: number): Overview['rate'] {
  const step = Math.max(1, Math.ceil(end / BUCKETS));
  const buckets = Math.ceil(end / step) + 1;
  const zero = (): number[] => new Array<number>(buckets).fill(0);
  const rate = { step, ok: zero(), fail: zero(), info: zero() };
  const { times, pairs } = history.columns;
  eachInvocation(history, (i) => {
    const ended = pairs[i] === NONE ? i : pairs[i]!;
    const at = Math.min(buckets - 1, Math.floor(us(times[ended]!) / step));
    const outcome = outcomeAt(history, i);
    (outcome === 'ok' ? rate.ok : outcome === 'fail' ? rate.fail : rate.info)[at]!++;
  });
  return rate;
}
