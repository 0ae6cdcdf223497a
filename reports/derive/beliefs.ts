/**
 * Turns leader observations (one probe of one node each) into stretches of belief: who said it led, in which
 * term, whom the others followed. Sampled facts are kept apart from drawing: `sure` is the stretch between the
 * end of the first agreeing probe and the start of the last one, and only sure stretches can overlap.
 */
import { type History, INVOKE, NONE, OK } from '../../harness/history/history.ts';
import type { BeliefSpan, OverlapSpan } from '../model.ts';
import { flag, number, record } from '../read-json.ts';

/** Two probes of a node further apart than this are not joined into one stretch. */
const JOIN_NS = 2e9;

interface Probe {
  leading: boolean;
  leader: string | null;
  term: number | null;
  startNs: number;
  endNs: number;
}

/** Stretches of belief per node, ordered by node, then time. O(n log n) in the number of observations. */
export function beliefSpans(history: History): BeliefSpan[] {
  const spans: BeliefSpan[] = [];
  const byNode = [...probesByNode(history)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [node, probes] of byNode) {
    let open: BeliefSpan | null = null;
    let last: Probe | null = null;
    for (const probe of probes) {
      const near = last !== null && probe.startNs - last.endNs <= JOIN_NS;
      if (open !== null && near && agrees(open, probe)) {
        open.toNs = probe.endNs;
        open.sureToNs = probe.startNs;
      } else {
        const { leading, leader, term, startNs, endNs } = probe;
        const middle: number = near ? (last!.endNs + startNs) / 2 : startNs;
        if (open !== null && near) open.toNs = middle;
        open = {
          node,
          leading,
          leader,
          term,
          fromNs: middle,
          toNs: endNs,
          sureFromNs: endNs,
          sureToNs: startNs,
        };
        spans.push(open);
      }
      last = probe;
    }
  }
  return spans;
}

function agrees(span: BeliefSpan, probe: Probe): boolean {
  return span.leading === probe.leading && span.leader === probe.leader && span.term === probe.term;
}

function probesByNode(history: History): Map<string, Probe[]> {
  const byNode = new Map<string, Probe[]>();
  const { types, processes, pairs } = history.columns;
  const observers = new Map<number, boolean>();
  for (let i = 0; i < history.length; i++) {
    const process = processes[i]!;
    if (process >= 0 || types[i] !== INVOKE) continue;
    let observes = observers.get(process);
    if (observes === undefined) {
      observes = history.names.get(-1 - process).startsWith('observer:');
      observers.set(process, observes);
    }
    const end = pairs[i]!;
    // The same process reads the logs of nodes, which says nothing of whom they follow.
    if (!observes || end === NONE || types[end] !== OK || history.f(i) !== 'leader') continue;
    const node = history.node(i) ?? history.names.get(-1 - process).slice('observer:'.length);
    const said = record(history.value(end));
    let probes = byNode.get(node);
    if (probes === undefined) byNode.set(node, (probes = []));
    const leading = flag(said['leading']) === true;
    probes.push({
      leading,
      leader: typeof said['leader'] === 'string' ? said['leader'] : leading ? node : null,
      term: number(said['term']),
      startNs: history.time(i),
      endNs: history.time(end),
    });
  }
  return byNode;
}

/** Stretches in which at least two nodes surely claimed to lead at once. O(k log k) in the leading stretches. */
export function overlapSpans(beliefs: readonly BeliefSpan[]): OverlapSpan[] {
  const leading = beliefs.filter((span) => span.leading && span.sureToNs > span.sureFromNs);
  const edges = leading
    .flatMap((span) => [
      { at: span.sureFromNs, span, begins: true },
      { at: span.sureToNs, span, begins: false },
    ])
    .sort((a, b) => a.at - b.at || Number(a.begins) - Number(b.begins));
  const now = new Set<BeliefSpan>();
  const overlaps: OverlapSpan[] = [];
  let since = 0;
  for (const { at, span, begins } of edges) {
    if (new Set([...now].map((one) => one.node)).size > 1 && at > since) {
      overlaps.push({
        fromNs: since,
        toNs: at,
        leaders: [...now]
          .map(({ node, term }) => ({ node, term }))
          .sort((a, b) => (a.node < b.node ? -1 : 1)),
      });
    }
    if (begins) now.add(span);
    else now.delete(span);
    since = at;
  }
  return overlaps;
}
