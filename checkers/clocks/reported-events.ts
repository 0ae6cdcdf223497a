/**
 * The events a system reports, out of a history: operations `send`, `receive` and `event` with the node they
 * happened on and a value `{clock, message?, physical?}`. `message` joins a receive to its send.
 */
import { type History, INVOKE, NONE } from '../../harness/history/history.ts';
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';
import type { Pace } from '../pace.ts';
import { type EventGraph, eventGraph, NO_EVENT } from './event-graph.ts';

/** Reported events with their clocks as reported. */
export interface ReportedEvents {
  graph: EventGraph;
  /** History index of each event. */
  ops: number[];
  clocks: Json[];
  /** Reading of the node's physical clock at the event, where it was reported. */
  physical: (number | null)[];
  /** Events without a clock. */
  unclocked: number;
  /** Receives whose send is not known, or not known for certain: edges may be missing. */
  unmatched: number;
}

interface Message {
  send: number;
  sends: number;
}

/** Collects the events of a history. Throws OutOfBudget. O(n). */
export function reportedEvents(history: History, pace: Pace): ReportedEvents {
  const { types, fs, nodes } = history.columns;
  const [send, receive, local] = ['send', 'receive', 'event'].map((name) => history.names.find(name));
  const ops: number[] = [];
  const numbers = new Map<string, number>();
  let unclocked = 0;
  for (let i = 0; i < history.length; i++) {
    pace.step();
    if (types[i] === INVOKE || nodes[i] === NONE) continue;
    if (fs[i] !== send && fs[i] !== receive && fs[i] !== local) continue;
    ops.push(i);
    const name = history.node(i)!;
    if (!numbers.has(name)) numbers.set(name, 0);
    if (fieldOf(history.value(i), 'clock') === undefined) unclocked++;
  }
  const names = [...numbers.keys()].sort();
  for (const [p, name] of names.entries()) numbers.set(name, p);
  const messages = new Map<string, Message>();
  ops.forEach((i, e) => {
    pace.step();
    if (fs[i] !== send) return;
    const id = canonicalJson(fieldOf(history.value(i), 'message') ?? null);
    const known = messages.get(id);
    if (known === undefined) messages.set(id, { send: e, sends: 1 });
    else known.sends++;
  });
  let unmatched = 0;
  const sends = Int32Array.from(ops, (i) => {
    pace.step();
    if (fs[i] !== receive) return NO_EVENT;
    const found = messages.get(canonicalJson(fieldOf(history.value(i), 'message') ?? null));
    if (found?.sends === 1) return found.send;
    unmatched++;
    return NO_EVENT;
  });
  const processOf = Int32Array.from(ops, (i) => {
    pace.step();
    return numbers.get(history.node(i)!)!;
  });
  return {
    graph: eventGraph(names, processOf, sends, pace),
    ops,
    clocks: ops.map((i) => {
      pace.step();
      return fieldOf(history.value(i), 'clock') ?? null;
    }),
    physical: ops.map((i) => {
      pace.step();
      const physical = fieldOf(history.value(i), 'physical');
      return typeof physical === 'number' ? physical : null;
    }),
    unclocked,
    unmatched,
  };
}

function fieldOf(value: Json, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
