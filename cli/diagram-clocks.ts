/**
 * Clocks on a diagram: by which rule each timestamp came about, and whether what clocks promise holds, tried on all
 * pairs of events.
 */
import {
  causalChain,
  causalOrder,
  NO_EVENT,
  relation,
  vectorTimestamps,
} from '../checkers/clocks/event-graph.ts';
import type { Diagram } from './diagram.ts';

/** `receives from a`, or nothing. */
export function received({ graph, names }: Diagram, e: number): string {
  const sent = graph.sends[e]!;
  return sent === NO_EVENT ? '' : `receives from ${names[sent]}`;
}

/** The rule by which an event has its timestamp. */
export function ruleOf(diagram: Diagram, lamport: Int32Array, clock: string, e: number): string {
  const { graph, names } = diagram;
  const [own, sent] = [graph.previous[e]!, graph.sends[e]!];
  if (clock !== 'lamport') return sent === NO_EVENT ? 'own entry + 1' : `joins ${names[sent]}, own entry + 1`;
  const before = own === NO_EVENT ? 0 : lamport[own]!;
  if (sent === NO_EVENT) return `${before} + 1`;
  return `max(${before}, ${lamport[sent]}) + 1, ${received(diagram, e)}`;
}

/** Checks Lamport timestamps against the condition over all pairs, and shows that the converse fails. */
export function lamportCondition({ graph, names }: Diagram, lamport: Int32Array): string {
  const vectors = vectorTimestamps(graph, causalOrder(graph));
  let ordered = 0;
  let example = '';
  for (let a = 0; a < graph.count; a++) {
    for (let b = 0; b < graph.count; b++) {
      const how = relation(graph, vectors, a, b);
      if (how === 'before') ordered++;
      if (how === 'before' && lamport[a]! >= lamport[b]!)
        throw new RangeError(`C(${names[a]}) >= C(${names[b]})`);
      if (how === 'concurrent' && lamport[a]! < lamport[b]! && example === '') {
        example = ` The converse does not hold: C(${names[a]}) < C(${names[b]}), yet they are concurrent.`;
      }
    }
  }
  return `Checked: C(x) < C(y) for all ${ordered} pairs in which x happened before y.${example}`;
}

/** Checks vectors against the chains of messages themselves: they tell exactly what happened before what. */
export function vectorCondition({ graph, names }: Diagram, vectors: Int32Array): string {
  const width = graph.processes.length;
  const entries = (e: number): Int32Array => vectors.subarray(e * width, (e + 1) * width);
  const less = (x: Int32Array, y: Int32Array): boolean =>
    x.every((entry, p) => entry <= y[p]!) && x.some((entry, p) => entry < y[p]!);
  let ordered = 0;
  for (let a = 0; a < graph.count; a++) {
    for (let b = 0; b < graph.count; b++) {
      const before = causalChain(graph, a, b) !== null;
      if (before) ordered++;
      if (before !== less(entries(a), entries(b))) throw new RangeError(`V(${names[a]}) and V(${names[b]})`);
    }
  }
  const concurrent = (graph.count * (graph.count - 1)) / 2 - ordered;
  return `Checked: V(x) < V(y) for all ${ordered} pairs in which x happened before y, and for none of the ${concurrent} pairs that are concurrent.`;
}
