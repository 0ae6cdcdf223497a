/**
 * What happened on some links between two moments: counters before and after, subtracted and added up. The
 * measurement behind every network fault's claim that it bit.
 */
import type { Cluster, Endpoint, LinkCounters } from '../harness/contracts.ts';
import { silentLink } from '../harness/link-data.ts';

/** The figures of link counters, without their ends. */
export type Traffic = Required<Omit<LinkCounters, 'from' | 'to'>>;

function silence(): Traffic {
  const { from: _, to: __, ...figures } = silentLink('', '');
  return { ...figures, corrupted: 0, added: 0 };
}

/** A directed link by its ends. */
export interface LinkEnds {
  from: Endpoint;
  to: Endpoint;
}

/** What single links carried: messages taken from the sender, their bytes, and how many arrived and did not. */
export type LinkTraffic = Record<string, { sent: number; bytes: number; delivered: number; stopped: number }>;

/** More links than this are not told apart in evidence. */
const MOST_LINKS = 64;

/** The same link by link, by `n1>n2`; empty for more links than anybody would read. */
export function trafficByLink(cluster: Cluster, links: readonly LinkEnds[]): LinkTraffic {
  if (links.length > MOST_LINKS) return {};
  const wanted = new Set(links.map(nameOf));
  const counted = cluster.links.counters().filter((each) => wanted.has(nameOf(each)));
  return Object.fromEntries(
    counted.map((each) => {
      const { sent, bytes, delivered, dropped, held } = each;
      return [nameOf(each), { sent, bytes, delivered, stopped: dropped + held }];
    }),
  );
}

/** What was added between two readings; links that carried nothing are left out. */
export function differenceByLink(after: LinkTraffic, before: LinkTraffic): LinkTraffic {
  const zero = { sent: 0, bytes: 0, delivered: 0, stopped: 0 };
  const changed = Object.entries(after).map(([link, now]) => {
    const then = before[link] ?? zero;
    const figures = (Object.keys(zero) as (keyof typeof zero)[]).map((f) => [f, now[f] - then[f]] as const);
    return [link, Object.fromEntries(figures) as typeof zero] as const;
  });
  return Object.fromEntries(changed.filter(([, { sent, stopped }]) => sent > 0 || stopped > 0));
}

/** Totals over the given links since the cluster started; links that do not exist yet count as silent. */
export function trafficOn(cluster: Cluster, links: readonly LinkEnds[]): Traffic {
  const wanted = new Set(links.map(nameOf));
  const total = silence();
  for (const counters of cluster.links.counters()) {
    if (!wanted.has(nameOf(counters))) continue;
    for (const figure of Object.keys(total) as (keyof Traffic)[]) total[figure] += counters[figure] ?? 0;
  }
  return total;
}

/** What was added between two totals. */
export function difference(after: Traffic, before: Traffic): Traffic {
  const delta = { ...after };
  for (const figure of Object.keys(delta) as (keyof Traffic)[]) delta[figure] -= before[figure];
  return delta;
}

function nameOf(link: LinkEnds): string {
  return `${link.from}>${link.to}`;
}
