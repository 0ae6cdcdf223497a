/**
 * Big legal histories for every checker, made quickly and the same every time: rounds in which all processes
 * invoke and then all complete, taking effect in that order. For benches and for tests that ask how a checker
 * behaves when there is much to judge.
 */
import type { CheckerName } from '../../checkers/registry.ts';
import type { CheckerOptions, Json } from '../../harness/contracts.ts';
import { HistoryBuilder } from '../../harness/history/builder.ts';
import { FAIL, type History, INFO, INVOKE, OK } from '../../harness/history/history.ts';

const PROCESSES = 50;
const NODES = 5;

/** What one operation asks, and what it answers once it takes effect. */
interface Asked {
  f: string;
  input: Json;
  key?: Json;
  /** Takes effect; the answer, `undefined` for "the input again". */
  effect?: () => Json | undefined;
}

/** Makes operation number `i`, by process `process` of `processes`. */
type Source = (i: number, process: number) => Asked;

/** Rows of a history, with the columns most of these histories leave empty. */
class Rows {
  readonly builder = new HistoryBuilder();
  #time = 0;

  /** One line; times are a microsecond apart. */
  row(type: number, process: number | string, f: string, value: Json, key?: Json, node?: string): void {
    const { builder } = this;
    builder.addRow(
      type,
      this.#time++ * 1000,
      builder.processColumn(process),
      builder.names.intern(f),
      key === undefined ? -1 : builder.values.intern(key),
      builder.values.intern(value),
      node === undefined ? -1 : builder.names.intern(node),
      -1,
      255,
    );
  }
}

/** `operations` operations of a source, `processes` at a time; one in `unknownEvery` ends with unknown outcome. */
export function rounds(
  operations: number,
  source: Source,
  { processes = PROCESSES, unknownEvery = 0 } = {},
): History {
  const rows = new Rows();
  const ids = Array.from({ length: processes }, (_, p) => p);
  for (let i = 0; i < operations; i += processes) {
    const asked: Asked[] = [];
    for (let p = 0; p < processes && i + p < operations; p++) {
      const op = source(i + p, p);
      asked.push(op);
      rows.row(INVOKE, ids[p]!, op.f, op.input, op.key, nodeOf(p));
    }
    for (const [p, op] of asked.entries()) {
      const answer = op.effect?.();
      const lost = unknownEvery > 0 && (i + p) % unknownEvery === unknownEvery - 1;
      rows.row(
        lost ? INFO : OK,
        ids[p]!,
        op.f,
        answer === undefined || lost ? op.input : answer,
        op.key,
        nodeOf(p),
      );
      if (lost) ids[p]! += processes;
    }
  }
  return rows.builder.build();
}

function nodeOf(process: number): string {
  return `n${(process % NODES) + 1}`;
}

/** A fixed pseudo-random integer below `below` for an index. */
function dice(i: number, below: number): number {
  let h = Math.imul(i + 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) % below;
}

/** Registers by key: half writes of new values, half reads. */
export function registers(operations: number, keys = 1, unknownEvery = 0): History {
  const state: (number | null)[] = new Array(keys).fill(null);
  return rounds(
    operations,
    (i) => {
      const key = dice(i, keys);
      if (dice(i + 7, 2) === 0) return { f: 'write', input: i, key, effect: () => void (state[key] = i) };
      return { f: 'read', input: null, key, effect: () => state[key]! };
    },
    { unknownEvery },
  );
}

/** A queue that holds a few dozen items. */
export function queue(operations: number): History {
  let head = 0;
  const items: number[] = [];
  return rounds(operations, (i) =>
    dice(i, 100) < 51
      ? { f: 'enqueue', input: i, effect: () => void items.push(i) }
      : { f: 'dequeue', input: null, effect: () => (head < items.length ? items[head++]! : null) },
  );
}

/** A set of unique elements, read whole now and then; reads grow, so they get rarer. */
export function growingSet(operations: number, add: string, keyed = false): History {
  const all: number[][] = [[], [], []];
  const every = Math.max(50, Math.ceil(operations / 40));
  return rounds(operations, (i) => {
    const key = keyed ? i % 3 : 0;
    const list = all[key]!;
    const more = keyed ? { key } : {};
    if (i % every === every - 1) return { f: 'read', input: null, ...more, effect: () => [...list] };
    return { f: add, input: i, ...more, effect: () => void list.push(i) };
  });
}

/** Transactions of one to four micro-operations: appends to and reads of lists of at most ten elements. */
export function listAppends(operations: number): History {
  const lists = new Map<number, number[]>();
  return rounds(operations, (i) => {
    const mops: Json[][] = Array.from({ length: 1 + dice(i, 4) }, (_, m) => {
      const key = Math.floor(i / 100) * 10 + dice(i * 5 + m, 10);
      return dice(i * 7 + m, 2) === 0 ? ['append', key, i * 4 + m] : ['r', key, null];
    });
    return {
      f: 'txn',
      input: mops,
      effect: () =>
        mops.map(([f, key, value]) => {
          const list = lists.get(key as number) ?? [];
          if (f === 'r') return ['r', key!, [...list]];
          lists.set(key as number, list.concat(value as number));
          return ['append', key!, value!];
        }),
    };
  });
}

/** Transactions of one to four reads and writes of unique values. */
export function registerTxns(operations: number): History {
  const state = new Map<number, number>();
  return rounds(operations, (i) => {
    const mops: Json[][] = Array.from({ length: 1 + dice(i, 4) }, (_, m) => {
      const key = Math.floor(i / 1000) * 20 + dice(i * 5 + m, 20);
      return dice(i * 7 + m, 2) === 0 ? ['w', key, i * 4 + m] : ['r', key, null];
    });
    return {
      f: 'txn',
      input: mops,
      effect: () =>
        mops.map(([f, key, value]) => {
          if (f === 'r') return ['r', key!, state.get(key as number) ?? null];
          state.set(key as number, value as number);
          return ['w', key!, value!];
        }),
    };
  });
}

/** Logs under four keys: sends answered with offsets, polls that go on where they were. */
export function kafkaLog(operations: number): History {
  const logs: number[][] = [[], [], [], []];
  const at = Array.from({ length: PROCESSES }, () => [0, 0, 0, 0]);
  return rounds(operations, (i, process) => {
    const key = process % logs.length;
    const log = logs[key]!;
    if (dice(i, 2) === 0) return { f: 'send', input: i, key: String(key), effect: () => log.push(i) - 1 };
    const poll = (): Json => {
      const from = at[process]![key]!;
      const to = Math.min(log.length, from + 25);
      at[process]![key] = to;
      return { [String(key)]: log.slice(from, to).map((value, n) => [from + n, value]) };
    };
    return { f: 'poll', input: null, effect: poll };
  });
}

function bank(operations: number): History {
  const balances = [100, 100, 100, 100];
  return rounds(operations, (i) => {
    if (i % 2 === 0) return { f: 'read', input: null, effect: () => balances.map((b, a) => [a, b]) };
    const [from, to] = [dice(i, 4), dice(i + 3, 4)];
    const move = (): undefined => {
      if (balances[from]! <= 0) return;
      balances[from]!--;
      balances[to]!++;
    };
    return balances[from]! > PROCESSES
      ? { f: 'transfer', input: { from, to, amount: 1 }, effect: move }
      : { f: 'read', input: null, effect: () => balances.map((b, a) => [a, b]) };
  });
}

function counter(operations: number): History {
  let count = 0;
  return rounds(operations, (i) =>
    dice(i, 2) === 0
      ? { f: 'add', input: 1, effect: () => void count++ }
      : { f: 'read', input: null, effect: () => count },
  );
}

function locks(operations: number): History {
  const rows = new Rows();
  for (let i = 0; i < operations; i += 2) {
    const process = dice(i, PROCESSES);
    for (const f of ['acquire', 'release']) {
      rows.row(INVOKE, process, f, null);
      rows.row(OK, process, f, f === 'acquire' ? i : null);
    }
  }
  return rows.builder.build();
}

/** Pairs of keys written once each, then read together. */
function forks(operations: number): History {
  const state = new Map<number, number>();
  return rounds(operations, (i) => {
    const group = Math.floor(i / 100) * 2;
    const within = i % 100;
    if (within < 2) {
      const write = (): undefined => void state.set(group + within, 1);
      return { f: 'txn', input: [['w', group + within, 1]], effect: write };
    }
    const read = (): Json => [group, group + 1].map((k) => ['r', k, state.get(k) ?? null]);
    return { f: 'txn', input: [group, group + 1].map((k) => ['r', k, null]), effect: read };
  });
}

function deletes(operations: number): History {
  const held = new Set<number>();
  return rounds(operations, (i) => {
    const step = i % 10;
    const item = i - step;
    if (step === 0) return { f: 'add', input: item, effect: () => void held.add(item) };
    if (step === 8) return { f: 'delete', input: item - 100, effect: () => void held.delete(item - 100) };
    return { f: 'read', input: null, effect: () => [...held] };
  });
}

/** A set that loses every tenth element again, read once everybody is done. */
function shrinkingSet(operations: number): History {
  const held = new Set<number>();
  const last = operations - (operations % PROCESSES || PROCESSES);
  return rounds(operations, (i) => {
    if (i >= last)
      return i > last ? { f: 'echo', input: i } : { f: 'read', input: null, effect: () => [...held] };
    const item = i - 9 - PROCESSES;
    if (i % 10 === 9 && item >= 0) return { f: 'remove', input: item, effect: () => void held.delete(item) };
    return { f: 'add', input: i, effect: () => void held.add(i) };
  });
}

/** Values seen in the order of their writes, under keys that change before they hold too much. */
function newest(operations: number): History {
  const lists = new Map<number, number[]>();
  return rounds(operations, (i) => {
    const key = Math.floor(i / 200);
    const list = lists.get(key) ?? [];
    lists.set(key, list);
    return dice(i, 2) === 0
      ? { f: 'write', key, input: i, effect: () => void list.push(i) }
      : { f: 'read', key, input: null, effect: () => [...list] };
  });
}

function exactlyOnce(operations: number): History {
  const log: number[] = [];
  return rounds(operations, (i) => {
    if (i >= operations - 3) return { f: 'read', input: null, effect: () => [...log] };
    return { f: 'submit', input: i, effect: () => void log.push(i) };
  });
}

function broadcasts(operations: number): History {
  const list: number[] = [];
  return rounds(operations, (i) => {
    if (i >= operations - PROCESSES) return { f: 'read', input: null, effect: () => [...list] };
    return { f: 'broadcast', input: i, effect: () => void list.push(i) };
  });
}

/** Messages between five nodes in a ring, each event with the clock `clock` makes. */
function clocks(operations: number, clock: (node: number, received: Json | null) => Json): History {
  const rows = new Rows();
  const pending: { message: number; clock: Json }[][] = Array.from({ length: NODES }, () => []);
  for (let i = 0; i < operations; i++) {
    const node = i % NODES;
    const inbox = pending[node]!;
    const got = inbox.length > 0 && dice(i, 2) === 0 ? inbox.shift()! : null;
    const at = clock(node, got?.clock ?? null);
    const value: Record<string, Json> = { clock: at };
    if (got !== null) value['message'] = got.message;
    else {
      value['message'] = i;
      pending[(node + 1) % NODES]!.push({ message: i, clock: at });
    }
    if (typeof at === 'object' && !Array.isArray(at)) value['physical'] = (at as { l: number }).l;
    rows.row(
      INFO,
      `observer:n${node + 1}`,
      got === null ? 'send' : 'receive',
      value,
      undefined,
      nodeOf(node),
    );
  }
  return rows.builder.build();
}

function lamport(operations: number): History {
  const at = new Array<number>(NODES).fill(0);
  return clocks(operations, (node, received) => (at[node] = Math.max(at[node]!, Number(received ?? 0)) + 1));
}

function vector(operations: number): History {
  const at = Array.from({ length: NODES }, () => new Array<number>(NODES).fill(0));
  return clocks(operations, (node, received) => {
    const own = at[node]!;
    if (received !== null)
      for (let n = 0; n < NODES; n++) own[n] = Math.max(own[n]!, (received as number[])[n]!);
    own[node]!++;
    return [...own];
  });
}

function hybrid(operations: number): History {
  let now = 0;
  return clocks(operations, () => ({ l: ++now, c: 0 }));
}

function lastWrites(operations: number): History {
  const held = new Map<number, number>();
  return rounds(operations, (i) => {
    const key = dice(i, 1000);
    return i >= operations - PROCESSES
      ? { f: 'read', input: null, key, effect: () => held.get(key) ?? null }
      : { f: 'write', input: i, key, effect: () => void held.set(key, i) };
  });
}

function siblingValues(operations: number): History {
  const held = new Map<number, number[]>();
  return rounds(operations, (i) => {
    const key = dice(i, 500);
    const seen = held.get(key) ?? [];
    if (i % 2 === 1) return { f: 'get', input: null, key, effect: () => [...(held.get(key) ?? [])] };
    const put = (): undefined => {
      const left = (held.get(key) ?? []).filter((value) => !seen.includes(value));
      held.set(key, [...left, i]);
    };
    return { f: 'put', input: { value: i, context: [...seen] }, key, effect: put };
  });
}

function proposals(operations: number): History {
  return rounds(operations, (i) => {
    const key = Math.floor(i / PROCESSES / 2);
    return Math.floor(i / PROCESSES) % 2 === 0
      ? { f: 'propose', input: key * 2, key }
      : i % PROCESSES < NODES
        ? { f: 'decide', input: null, key, effect: () => key * 2 }
        : { f: 'idle', input: null };
  });
}

function sayings(operations: number): History {
  return rounds(operations, (i) => ({
    f: 'say',
    input: { to: `n${dice(i, 5) + 1}`, value: i - (i % 100) },
    key: i - (i % 100),
  }));
}

/** Leaders observed and commanded, a new term every thousand answers. */
function leaders(operations: number): History {
  const rows = new Rows();
  for (let i = 0; i < operations; i++) {
    const term = Math.floor(i / 1000) + 1;
    const node = i % NODES;
    const leader = `n${(term % NODES) + 1}`;
    const answer = { leading: nodeOf(node) === leader, leader, term };
    const process = i % 4 === 3 ? node : `observer:n${node + 1}`;
    const f = i % 4 === 3 ? 'command' : 'leader';
    rows.row(INVOKE, process, f, f === 'leader' ? null : i, undefined, nodeOf(node));
    const refused = f === 'command' && !answer.leading;
    const value = f === 'leader' ? answer : refused ? i : { command: i, term, by: leader };
    rows.row(refused ? FAIL : OK, process, f, value, undefined, nodeOf(node));
  }
  return rows.builder.build();
}

/** Nodes' logs, read in turn: each reading brings what is new since the one before. */
function replicatedLogs(operations: number): History {
  const rows = new Rows();
  const known = new Array<number>(NODES).fill(0);
  const readings = new Array<number>(NODES).fill(0);
  for (let i = 0; i < operations; i++) {
    const node = i % NODES;
    const from = known[node]! + 1;
    const last = i + 1;
    const entries = Array.from({ length: last - from + 1 }, (_, n) => [1, from + n]);
    const read = ++readings[node]!;
    const value = { read, from, entries, prevTerm: from > 1 ? 1 : null, last, commit: last, term: 1 };
    rows.row(INVOKE, `observer:n${node + 1}`, 'log', null, undefined, nodeOf(node));
    const answer = { ...value, leading: node === 0, life: 'a' } as Json;
    rows.row(OK, `observer:n${node + 1}`, 'log', answer, undefined, nodeOf(node));
    known[node] = last;
  }
  return rows.builder.build();
}

/**
 * Registers of five values by key, with cas: nothing tells who wrote what was read, so that it takes a search.
 * With `broken`, one read near the end shows a value nobody wrote.
 */
export function hardRegisters(operations: number, keys: number, broken = false, unknownEvery = 0): History {
  const state: (number | null)[] = new Array(keys).fill(null);
  const source = (i: number): Asked => {
    const key = dice(i, keys);
    const value = dice(i + 11, 5);
    if (broken && i === operations - 100) return { f: 'read', input: null, key, effect: () => 9 };
    if (dice(i + 7, 2) === 0)
      return { f: 'write', input: value, key, effect: () => void (state[key] = value) };
    return { f: 'read', input: null, key, effect: () => state[key]! };
  };
  return rounds(operations, source, { unknownEvery });
}

function suspicions(operations: number): History {
  const rows = new Rows();
  for (let i = 0; i < operations; i++) {
    const about = `n${dice(i >> 1, 5) + 1}`;
    const by = dice(i >> 1, 4);
    rows.row(INFO, `observer:n${by + 1}`, i % 2 === 0 ? 'suspect' : 'trust', about, undefined, nodeOf(by));
  }
  return rows.builder.build();
}

function elections(operations: number): History {
  return rounds(operations, (i) => {
    const nodes = 3 + dice(i, 20);
    return { f: 'election', input: null, effect: () => ({ nodes, messages: 4 * nodes + dice(i, 3) }) };
  });
}

/** What a checker is given: a history of so many operations, and options. */
export interface BigCase {
  make: (operations: number) => History;
  options?: CheckerOptions;
}

/** One big legal history by checker. */
export const BIG: Readonly<Partial<Record<CheckerName, BigCase>>> = {
  'sequential-consistency': { make: (n) => registers(n, 100) },
  linearizable: { make: (n) => registers(n, 100, 100) },
  'election-safety': { make: leaders },
  'split-brain': { make: leaders },
  'election-liveness': { make: leaders },
  'log-matching': { make: replicatedLogs },
  'leader-completeness': { make: replicatedLogs },
  'state-machine-safety': { make: replicatedLogs },
  'set-full': { make: (n) => growingSet(n, 'add') },
  counter: { make: counter },
  queue: { make: queue },
  bank: { make: bank },
  kafka: { make: kafkaLog },
  broadcast: { make: broadcasts },
  'exactly-once': { make: exactlyOnce },
  'list-append': { make: listAppends },
  'rw-register': { make: registerTxns, options: { linearizableKeys: true } },
  lock: { make: locks },
  monotonic: { make: counter, options: { scope: 'process' } },
  sequential: { make: newest },
  'causal-reverse': { make: (n) => growingSet(n, 'write') },
  'long-fork': { make: forks },
  'read-your-deletes': { make: deletes },
  'unique-ids': { make: (n) => rounds(n, (i) => ({ f: 'generate', input: null, effect: () => i })) },
  echo: { make: (n) => rounds(n, (i) => ({ f: 'echo', input: `hello ${i % 1000}` })) },
  causal: { make: registerTxns },
  'read-atomic': { make: registerTxns },
  'read-committed': { make: registerTxns },
  'session-guarantees': { make: (n) => registers(n, 100) },
  'lamport-clock': { make: lamport },
  'vector-clock': { make: vector },
  'hybrid-clock': { make: hybrid },
  'last-write-wins': { make: lastWrites },
  siblings: { make: siblingValues },
  agreement: { make: proposals },
  equivocation: { make: sayings },
  detector: { make: suspicions },
  'message-complexity': { make: elections },
  'eventual-set': { make: shrinkingSet },
  g2: {
    make: (n) => rounds(n, (i) => ({ f: 'insert', key: i, input: i % 2 === 0 ? [i, null] : [null, i] })),
  },
  integrity: { make: (n) => registers(n, 100) },
  availability: { make: (n) => registers(n, 100) },
  crashes: { make: (n) => registers(n) },
  stats: { make: (n) => registers(n, 100, 100) },
  logs: { make: (n) => registers(n) },
};
