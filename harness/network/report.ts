/**
 * The network of a run as it was: how long messages were under way on every link, beside what was meant.
 */
import type { LinkCounters } from '../link-data.ts';
import type { NetLink } from './net-profiles.ts';

/** One directed link, figures in milliseconds one way. */
export interface MeasuredLink {
  from: string;
  to: string;
  meantMs: number;
  /** Mean over all messages that arrived, faults included; null when none did. */
  measuredMs: number | null;
  messages: number;
}

/** The network of a run. */
export interface NetworkReport {
  name: string;
  links: MeasuredLink[];
}

/** Puts what was meant beside what the links counted. */
export function networkReport(
  name: string,
  links: readonly NetLink[],
  counters: readonly LinkCounters[],
): NetworkReport {
  const counted = new Map(counters.map((each) => [`${each.from}>${each.to}`, each]));
  return {
    name,
    links: links.map(({ from, to, ms }) => {
      const { delivered = 0, travelNs = 0 } = counted.get(`${from}>${to}`) ?? {};
      const measuredMs = delivered === 0 ? null : Math.round(travelNs / delivered / 1e4) / 100;
      return { from, to, meantMs: ms, measuredMs, messages: delivered };
    }),
  };
}

/**
 * `network wan-5, one way as measured: n1>n2 33.1 ms (32.5 meant), ...`: the nearest and the farthest links. Faults may
 * have kept messages longer, which the words then say.
 */
export function networkWords({ name, links }: NetworkReport, underFaults = false): string {
  const measured = links.filter((link) => link.measuredMs !== null);
  if (measured.length === 0) return `network ${name}: no message was measured`;
  const sorted = [...measured].sort((a, b) => a.meantMs - b.meantMs);
  const words = ({ from, to, meantMs, measuredMs }: MeasuredLink): string =>
    `${from}>${to} ${measuredMs} ms (${meantMs} meant)`;
  const shown = [...new Set([sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!])];
  return `network ${name}, one way as measured${underFaults ? ', faults included' : ''}: ${shown.map(words).join(', ')}; all links in run.json`;
}
