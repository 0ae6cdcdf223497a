/**
 * Which messages of a run travel in its page, and as what columns. All of them while they are few enough; of more,
 * those around anomalies and around the edges of faults, whole stretches at a time, because a chain of messages with
 * holes would tell wrong stories. The page says what it lacks.
 */
import type { MessageLog } from '../messages.ts';
import type { ReportModel } from '../model.ts';
import type { MessageColumn, MessageNames } from './message-columns.ts';

/** Most messages in one page. */
export const MESSAGE_LIMIT = 250_000;
/** Kept before and after what a stretch is about. */
const AROUND_NS = 0.5e9;

/** Rows ready for the codec. */
export interface MessageRows {
  count: number;
  columns: Record<MessageColumn, Float64Array>;
  about: MessageNames;
}

/** The rows of a run's page; null when nobody saw its messages. O(n). */
export function messageRows(model: ReportModel, limit = MESSAGE_LIMIT): MessageRows | null {
  const log = model.messageLog;
  if (log === null || log.count === 0) return null;
  const kept = chosen(model, log, limit);
  const { names, numbers } = nodesFirst(log, model.nodes);
  const us = (ns: number): number => Math.floor(ns / 1000);
  const column = (pick: (i: number) => number): Float64Array => Float64Array.from(kept, pick);
  // Journals number by sending; clocks of several processes need not agree with that to the microsecond.
  let latest = 0;
  const sent = column((i) => (latest = Math.max(latest, us(log.sentNs[i]!))));
  return {
    count: kept.length,
    columns: {
      order: column((i) => log.sentOrder[i]!),
      endOrder: column((i) => log.endOrder[i]! - log.sentOrder[i]!),
      sent,
      took: Float64Array.from(kept, (i, row) => Math.max(0, us(log.endNs[i]!) - sent[row]!)),
      from: column((i) => numbers[log.from[i]!]!),
      to: column((i) => numbers[log.to[i]!]!),
      type: column((i) => log.type[i]!),
      fate: column((i) => log.fate[i]!),
      stamp: column((i) => log.sentStamp[i]!),
      endStamp: column((i) => Math.max(0, log.endStamp[i]! - log.sentStamp[i]!)),
    },
    about: {
      names,
      types: log.types,
      fates: log.fates,
      nodes: model.nodes.length,
      leftOut: log.leftOut + log.count - kept.length,
    },
  };
}

/** Indexes of the messages kept, ascending. */
function chosen(model: ReportModel, log: MessageLog, limit: number): Int32Array {
  if (log.count <= limit) return Int32Array.from({ length: log.count }, (_, i) => i);
  const keep = new Uint8Array(log.count);
  let left = limit;
  const add = (fromNs: number, toNs: number): void => {
    for (let i = lowest(log.sentNs, fromNs); i < log.count && log.sentNs[i]! <= toNs && left > 0; i++) {
      if (keep[i] === 1) continue;
      keep[i] = 1;
      left--;
    }
  };
  // From its end backwards: what broke is there.
  for (const { fromNs, toNs } of model.findings)
    add(Math.max(fromNs, toNs - 4e9) - AROUND_NS, toNs + AROUND_NS);
  for (const { fromNs, toNs } of model.faults) {
    for (const edge of [fromNs, toNs]) if (edge !== null) add(edge - AROUND_NS, edge + AROUND_NS);
  }
  add(0, Number.POSITIVE_INFINITY);
  const all = new Int32Array(limit - left);
  let at = 0;
  for (let i = 0; i < log.count; i++) if (keep[i] === 1) all[at++] = i;
  return all;
}

function lowest(times: Float64Array, wanted: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Nodes in their order, then everybody else by name; and the new number of each old one. */
function nodesFirst(log: MessageLog, nodes: readonly string[]): { names: string[]; numbers: number[] } {
  const others = log.names
    .filter((name) => !nodes.includes(name))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const names = [...nodes, ...others];
  const at = new Map(names.map((name, i) => [name, i]));
  return { names, numbers: log.names.map((name) => at.get(name)!) };
}
