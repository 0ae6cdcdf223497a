/**
 * The other judge: confirms a violation in a handful of transactions from definitions, with plain values and
 * loops over everything. It shares no code with the checkers, so that a fault in them does not confirm itself.
 */
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';

/** What is claimed about a small history. Transactions are named by the index of their invocation. */
export interface Claim {
  kind: string;
  style: 'lists' | 'values';
  calls: readonly number[];
  key: Json;
  /** For circles: every edge. */
  edges: readonly { from: number; to: number; kind: string }[];
}

interface Mop {
  does: 'read' | 'write' | 'absent';
  key: string;
  /** Element written; list or value read. */
  value: Json;
}

interface Txn {
  call: number;
  /** Index of its acknowledgement, or Infinity. */
  ret: number;
  process: string;
  failed: boolean;
  mops: Mop[];
}

/** Whether a history shows what is claimed. Kinds that have no definition here are taken on trust. */
export function confirms(history: History, claim: Claim): boolean {
  const txns = transactions(history);
  const by = new Map(txns.map((t) => [t.call, t]));
  const members = claim.calls.map((call) => by.get(call));
  if (members.some((t) => t === undefined)) return false;
  const world = new World(txns, claim.style);
  if (claim.edges.length > 0) {
    return (
      claim.edges.every(
        ({ from, to }, i) => to === claim.edges[(i + 1) % claim.edges.length]!.from && from !== to,
      ) && claim.edges.every(({ from, to, kind }) => world.edge(kind, by.get(from)!, by.get(to)!))
    );
  }
  const rule = RULES[claim.kind];
  return rule === undefined || rule(world, members as Txn[], JSON.stringify(claim.key));
}

function transactions(history: History): Txn[] {
  const txns: Txn[] = [];
  const keys = new Set<string>();
  for (let i = 0; i < history.length; i++) {
    if (history.type(i) !== 'invoke' || history.f(i) !== 'txn') continue;
    const pair = history.pair(i);
    const ok = pair >= 0 && history.type(pair) === 'ok';
    const value = history.value(ok ? pair : i) as Json[][];
    const mops = value.flatMap(([f, key, seen]): Mop[] => {
      if (f !== 'scan') {
        keys.add(JSON.stringify(key));
        return [{ does: f === 'r' ? 'read' : 'write', key: JSON.stringify(key), value: seen ?? null }];
      }
      const found = ((seen ?? []) as [Json, Json][]).map(
        ([k, v]): Mop => ({ does: 'read', key: JSON.stringify(k), value: v }),
      );
      return [...found, { does: 'absent', key: JSON.stringify(key), value: found.map((mop) => mop.key) }];
    });
    txns.push({
      call: i,
      ret: ok ? pair : Number.POSITIVE_INFINITY,
      process: String(history.process(i)),
      failed: pair >= 0 && history.type(pair) === 'fail',
      mops: ok ? mops : mops.filter((mop) => mop.does === 'write'),
    });
  }
  return txns;
}

const same = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);
const listed = (value: Json): Json[] => (Array.isArray(value) ? value : []);
const holds = (list: Json, element: Json): boolean => listed(list).some((each) => same(each, element));

/** Relations between transactions, by looking at all of them. */
class World {
  readonly txns: readonly Txn[];
  readonly style: Claim['style'];

  constructor(txns: readonly Txn[], style: Claim['style']) {
    this.txns = txns;
    this.style = style;
  }

  edge(kind: string, a: Txn, b: Txn): boolean {
    if (kind === 'realtime') return a.ret < b.call;
    if (kind === 'process') return a.process === b.process && a.ret < b.call;
    const before = (wanted: Mop['does'], test: (x: Mop, y: Mop) => boolean, then: Mop['does'] = 'write') =>
      a.mops.some((x) => x.does === wanted && b.mops.some((y) => y.does === then && test(x, y)));
    const one = (x: Mop, y: Mop): boolean => x.key === y.key;
    if (kind === 'wr') return before('write', (x, y) => one(x, y) && this.shows(y, x.value), 'read');
    if (kind === 'ww') return before('write', (x, y) => one(x, y) && this.follows(x.key, x.value, y.value));
    if (kind === 'predicate-rw') return before('absent', (x, y) => lacks(x, y.key));
    return kind === 'rw' && before('read', (x, y) => one(x, y) && this.missed(x, y));
  }

  /** Whether a read shows an element. */
  shows(read: Mop, element: Json): boolean {
    return this.style === 'lists' ? holds(read.value, element) : same(read.value, element);
  }

  /** Whether the write came after everything the read shows. */
  missed(read: Mop, write: Mop): boolean {
    if (this.style === 'values') return this.follows(read.key, read.value, write.value);
    const order = this.order(read.key);
    const seen = listed(read.value);
    if (!seen.every((each, i) => same(each, order[i]))) return false;
    const at = order.findIndex((each) => same(each, write.value));
    return at < 0 ? this.agreed(read.key) : at >= seen.length;
  }

  /** Whether version b of a key is known to be later than version a. */
  follows(key: string, a: Json, b: Json): boolean {
    if (this.style === 'lists') {
      const order = this.order(key);
      const [i, j] = [a, b].map((v) => order.findIndex((each) => same(each, v)));
      return i! >= 0 && (j! < 0 ? this.agreed(key) : i! < j!);
    }
    if (same(a, b)) return false;
    if (a === null) return true;
    const within = this.txns.some((t) => {
      const [i, j] = [a, b].map((v) => t.mops.findIndex((m) => m.key === key && same(m.value, v)));
      return i! >= 0 && j! > i! && t.mops[j!]!.does === 'write';
    });
    return within || this.followsSource(key, a, b) || this.followsInTime(key, a, b);
  }

  /** The writer of b read something of the writer of a. */
  followsSource(key: string, a: Json, b: Json): boolean {
    const [writer, later] = [a, b].map((v) => this.writer(key, v));
    if (writer === undefined || later === undefined) return false;
    return writer.mops.some(
      (w) =>
        w.does === 'write' &&
        later.mops.some((m) => m.does === 'read' && m.key === w.key && same(m.value, w.value)),
    );
  }

  /** Somebody who met a returned before somebody who met b began: of one process, or with linearizable keys. */
  followsInTime(key: string, a: Json, b: Json): boolean {
    const met = (v: Json): Txn[] =>
      this.txns.filter((t) => !t.failed && t.mops.some((m) => m.key === key && same(m.value, v)));
    return met(a).some((t) => met(b).some((u) => t.ret < u.call));
  }

  writer(key: string, value: Json): Txn | undefined {
    return this.txns.find((t) =>
      t.mops.some((m) => m.does === 'write' && m.key === key && same(m.value, value)),
    );
  }

  reads(key: string): Json[][] {
    return this.txns.flatMap((t) =>
      t.mops.filter((m) => m.does === 'read' && m.key === key).map((m) => listed(m.value)),
    );
  }

  /** The longest read of a key. */
  order(key: string): Json[] {
    return this.reads(key).reduce<Json[]>(
      (longest, list) => (list.length > longest.length ? list : longest),
      [],
    );
  }

  /** No read of a key contradicts the longest. */
  agreed(key: string): boolean {
    const order = this.order(key);
    return this.reads(key).every((list) => list.every((each, i) => same(each, order[i])));
  }
}

function lacks(scan: Mop, key: string): boolean {
  const range = JSON.parse(scan.key) as [number, number] | null;
  const value = JSON.parse(key) as Json;
  const asked = range === null || (typeof value === 'number' && value >= range[0] && value <= range[1]);
  return asked && !holds(scan.value, key);
}

type Rule = (world: World, members: readonly Txn[], key: string) => boolean;

/** Some member reads an element of which this is true. */
const someRead =
  (test: (world: World, reader: Txn, read: Mop, element: Json) => boolean): Rule =>
  (world, members, key) =>
    members.some((t) =>
      t.mops.some(
        (m) =>
          m.does === 'read' &&
          m.key === key &&
          (world.style === 'lists' ? listed(m.value) : [m.value]).some((each) => test(world, t, m, each)),
      ),
    );

/** Definitions of the kinds that are no circles. */
const RULES: Readonly<Record<string, Rule>> = {
  'garbage-read': someRead(
    (world, _, read, each) => each !== null && world.writer(read.key, each) === undefined,
  ),
  G1a: someRead((world, _, read, each) => world.writer(read.key, each)?.failed === true),
  G1b: someRead((world, reader, read, each) => {
    const writer = world.writer(read.key, each);
    if (writer === undefined || writer === reader) return false;
    const last = writer.mops.filter((m) => m.does === 'write' && m.key === read.key).at(-1)!;
    const shown = world.style === 'values' || same(listed(read.value).at(-1), each);
    return shown && !same(last.value, each);
  }),
  'future-read': someRead((_, reader, read, each) => {
    const write = reader.mops.findIndex(
      (m) => m.does === 'write' && m.key === read.key && same(m.value, each),
    );
    return write > reader.mops.indexOf(read);
  }),
  'duplicate-elements': (_, members, key) =>
    members.some((t) =>
      t.mops.some(
        (m) =>
          m.does === 'read' &&
          m.key === key &&
          listed(m.value).some((each, i) => holds(listed(m.value).slice(i + 1), each)),
      ),
    ),
  'incompatible-order': (world, _, key) => !world.agreed(key),
  'dirty-update': (world, members, key) =>
    members.some(
      (t) => t.failed && t.mops.some((x) => x.key === key && holds(world.order(key).slice(0, -1), x.value)),
    ),
  'lost-update': (_, members, key) =>
    members.length === 2 &&
    members.every((t) => {
      const own = t.mops.filter((m) => m.key === key);
      const other = members.find((u) => u !== t)!.mops.find((m) => m.key === key);
      return (
        own[0]?.does === 'read' && own.some((m) => m.does === 'write') && same(own[0].value, other?.value)
      );
    }),
  'G-cursor': (world, members, key) =>
    members.some((t) => {
      const own = t.mops.filter((m) => m.key === key);
      const write = own.find((m) => m.does === 'write');
      if (own[0]?.does !== 'read' || write === undefined) return false;
      return members.some((u) =>
        u.mops.some(
          (m) =>
            u !== t &&
            m.does === 'write' &&
            m.key === key &&
            world.missed(own[0]!, m) &&
            world.follows(key, m.value, write.value),
        ),
      );
    }),
};
