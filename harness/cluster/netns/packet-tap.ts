/**
 * Somebody at a link who writes on it, on a network of packets: what taps do to whole messages elsewhere, put as rules
 * of links. Contents are changed under checksums made right, so that programs take them for what their peer has said.
 */
import type { LinkCounters, LinkEntry, LinkRule, TapCounts, TapSpec } from '../../link-data.ts';
import { taps } from '../../taps/tap.ts';
import type { DirectedLink } from './packet-links.ts';

/** Share of packets of a node that lies by chance, each way. */
const BY_CHANCE = 1 / 3;

/** The rules that a tap means on these links. Throws `RangeError` for what packets cannot do. */
export function packetTap(spec: TapSpec, links: readonly DirectedLink[]): LinkEntry[] {
  return links
    .filter(({ from, to }) => taps(spec, from, to))
    .map(({ from, to, ports: [, receiver] }) => ({ from, to, rule: ruleOf(spec, receiver) }));
}

function ruleOf({ kind, mode, probability, minAgeMs = 0 }: TapSpec, receiver: number): LinkRule {
  switch (kind) {
    case 'replay':
      return { replay: probability, replayAgeMs: minAgeMs };
    case 'forge':
      return { forge: probability };
    case 'listen':
      throw new RangeError('packets are recorded for the whole run (--capture), not by a tap');
    case 'byzantine':
      if (mode === 'silent') return { loss: 1 };
      if (mode === 'random') return { tamper: BY_CHANCE, loss: BY_CHANCE };
      // Half of the others hear the truth, the other half something else.
      if (mode === 'equivocate') return receiver % 2 === 0 ? { tamper: 1 } : {};
      return { tamper: 1 };
  }
}

/** What a tap did between two counts of all links: whatever else was done to packets there meanwhile is counted too. */
export function tapCounts(
  spec: TapSpec,
  before: readonly LinkCounters[],
  after: readonly LinkCounters[],
): TapCounts {
  const counts: TapCounts = { seen: 0, changed: 0, withheld: 0, added: 0 };
  const lies = spec.kind === 'byzantine';
  for (const [i, link] of after.entries()) {
    if (!taps(spec, link.from, link.to)) continue;
    const first = before[i];
    const since = (of: (counted: LinkCounters) => number): number =>
      of(link) - (first === undefined ? 0 : of(first));
    counts.seen += since(({ sent }) => sent);
    counts.added += since(({ added = 0 }) => added);
    if (!lies) continue;
    counts.changed += since(({ tampered }) => tampered);
    counts.withheld += since(({ dropped }) => dropped);
  }
  return counts;
}
