/**
 * Clocks: every event against what came immediately before it, and, of vectors, every pair of events.
 */
import type { Json } from '../../harness/op.ts';
import { type Charge, field, type Oracle, type PlainOp, textOf } from './plain.ts';

interface Event {
  op: PlainOp;
  clock: Json;
  /** The event before it at its node, and the send it received. */
  own: Event | null;
  sent: Event | null;
  /** A receive without a send that is known for certain. */
  unmatched: boolean;
}

function eventsOf(ops: readonly PlainOp[]): Event[] {
  const events: Event[] = ops
    .filter(
      ({ f, node, lone, done }) =>
        ['send', 'receive', 'event'].includes(f) && node !== null && (lone || Number.isFinite(done)),
    )
    .sort((a, b) => a.end - b.end)
    .map((op) => ({ op, clock: field(op.said, 'clock') ?? null, own: null, sent: null, unmatched: false }));
  const message = ({ op }: Event): string => textOf(field(op.said, 'message') ?? null);
  events.forEach((event, n) => {
    event.own = events.slice(0, n).findLast(({ op }) => op.node === event.op.node) ?? null;
    if (event.op.f !== 'receive') return;
    const sends = events.filter((other) => other.op.f === 'send' && message(other) === message(event));
    if (sends.length === 1) event.sent = sends[0]!;
    else event.unmatched = true;
  });
  return events;
}

const causes = ({ own, sent }: Event): Event[] => [own, sent].filter((cause) => cause !== null);

/** Everything that happened before an event. */
function pastOf(event: Event): Set<Event> {
  const past = new Set<Event>();
  const open = causes(event);
  for (let cause = open.pop(); cause !== undefined; cause = open.pop()) {
    if (past.has(cause)) continue;
    past.add(cause);
    open.push(...causes(cause));
  }
  return past;
}

/** Clocks that did not grow from a cause to its effect. */
function broken(
  ops: readonly PlainOp[],
  events: readonly Event[],
  grew: (a: Json, b: Json) => boolean | null,
): Charge[] {
  return events.flatMap((event) =>
    causes(event)
      .filter((cause) => grew(cause.clock, event.clock) === false)
      .flatMap((cause) => {
        const anew =
          cause === event.own &&
          ops.some(
            ({ f, node, at, end }) =>
              ['restarted', 'started', 'crashed'].includes(f) &&
              node === event.op.node &&
              [at, end].some((i) => i > cause.op.end && i < event.op.end),
          );
        const kinds = anew ? [{ kind: 'clock-regression-after-restart' }] : [];
        // What an event also received something by is no matter of its restart alone.
        return anew && event.sent === null ? kinds : [...kinds, { kind: 'clock-condition' }];
      }),
  );
}

/** The oracle of `lamport-clock`. O(n^2). */
export const lamportClockOracle: Oracle = {
  meanwhile: { needed: false },
  charges: (ops) =>
    broken(ops, eventsOf(ops), (a, b) => (typeof a === 'number' && typeof b === 'number' ? a < b : null)),
};

type Vector = Map<string, number>;

function vectorOf(clock: Json): Vector | null {
  if (clock === null || typeof clock !== 'object') return null;
  const entries = Object.entries(clock);
  if (!entries.every((entry): entry is [string, number] => typeof entry[1] === 'number')) return null;
  return new Map(entries);
}

function less(a: Vector, b: Vector): boolean {
  const names = [...new Set([...a.keys(), ...b.keys()])];
  const differences = names.map((name) => (b.get(name) ?? 0) - (a.get(name) ?? 0));
  return differences.every((each) => each >= 0) && differences.some((each) => each > 0);
}

/** The oracle of `vector-clock`. O(n^3). */
export const vectorClockOracle: Oracle = {
  meanwhile: { needed: false },
  charges(ops, _options, partial) {
    const events = eventsOf(ops);
    const clocks = events.map(({ clock }) => clock);
    // Lists and maps side by side: which entry is whose depends on the names of all nodes.
    if (clocks.some((clock) => Array.isArray(clock)) && clocks.some((clock) => !Array.isArray(clock)))
      return null;
    const edges = broken(ops, events, (a, b) => {
      const [x, y] = [vectorOf(a), vectorOf(b)];
      return x === null || y === null ? null : less(x, y);
    });
    const vectors = events.map(({ clock }) => vectorOf(clock));
    const whole = !events.some(({ unmatched }) => unmatched) && !vectors.includes(null);
    if (edges.length > 0 || !(whole || partial)) return edges;
    const pasts = events.map(pastOf);
    const claimed = events.some((a, i) =>
      events.some((_, j) => {
        const [x, y] = [vectors[i], vectors[j]];
        return x && y && less(x, y) && !pasts[j]!.has(a);
      }),
    );
    return claimed ? [{ kind: 'false-causality' }] : [];
  },
};

interface Hybrid {
  l: number;
  c: number;
}

function hybridOf(clock: Json): Hybrid | null {
  const [l, c] = Array.isArray(clock) ? clock : [field(clock, 'l'), field(clock, 'c')];
  return typeof l === 'number' && typeof c === 'number' ? { l, c } : null;
}

const physicalOf = ({ op }: Event): number | null => {
  const own = field(op.said, 'physical');
  return typeof own === 'number' ? own : null;
};

/** The oracle of `hybrid-clock`. O(n^2). */
export const hybridClockOracle: Oracle = {
  meanwhile: { needed: false },
  charges(ops, options, partial) {
    const events = eventsOf(ops);
    const bound = options['max-offset'];
    const charges = broken(ops, events, (a, b) => {
      const [x, y] = [hybridOf(a), hybridOf(b)];
      return x === null || y === null ? null : x.l < y.l || (x.l === y.l && x.c < y.c);
    });
    const told = events.every((event) => !event.unmatched && physicalOf(event) !== null);
    const circular = events.some((event) => pastOf(event).has(event));
    const chains = new Map<Event, number>();
    for (const event of events) {
      const clock = hybridOf(event.clock);
      if (clock === null) continue;
      const own = physicalOf(event);
      if (own !== null && clock.l < own) charges.push({ kind: 'behind-physical-clock' });
      if (own !== null && typeof bound === 'number' && clock.l - own > bound) {
        charges.push({ kind: 'ahead-of-physical-clock' });
      }
      if (circular || (!told && !partial)) continue;
      const readings = [event, ...pastOf(event)].flatMap((each) => physicalOf(each) ?? []);
      const invented = readings.every((reading) => reading < clock.l);
      if (invented) charges.push({ kind: 'invented-time' });
      // Of a part of the history it is not known who else read that time.
      if ((!invented || partial) && clock.c > longest(event, chains) - 1) {
        charges.push({ kind: 'inflated-counter' });
      }
    }
    return charges;
  },
};

/** Events of the longest chain that ends here and shares a time. */
function longest(event: Event, chains: Map<Event, number>): number {
  const known = chains.get(event);
  if (known !== undefined) return known;
  const time = hybridOf(event.clock)?.l;
  const before = causes(event).filter((cause) => time !== undefined && hybridOf(cause.clock)?.l === time);
  const length = 1 + Math.max(0, ...before.map((cause) => longest(cause, chains)));
  chains.set(event, length);
  return length;
}
