/**
 * Transactions of lists and of registers: every class of circle, plain, with the order of a process and with real
 * time, and everything that is wrong without a circle.
 */
import type { CheckerOptions } from '../../../harness/contracts.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json, Op, OpType } from '../../../harness/op.ts';
import { type Piece, pieces } from './piece.ts';

type Mops = Json[];
type Mark = '!' | '?' | '';

/** What a transaction was asked: reads without their answers. */
const asked = (mops: Mops): Mops =>
  mops.map((mop) => {
    const [f, key] = mop as Json[];
    return f === 'r' || f === 'scan' ? [f, key!, null] : mop;
  });

/**
 * Transactions a, b, c... in the order of their halves: `a+` is invoked, `a-` completes. Those of one process are
 * named alike but for a digit: a, a2. `!` fails, `?` stays unknown. Without an order all of them overlap.
 */
function woven(txns: Record<string, Mops>, order?: string): History {
  const names = Object.keys(txns);
  const halves = order?.split(' ') ?? [...names.map((name) => `${name}+`), ...names.map((name) => `${name}-`)];
  const ops = halves.map((half, index): Op => {
    const mark = (/[!?]/.exec(half)?.[0] ?? '') as Mark;
    const name = half.replace(/[-+!?]/g, '');
    const done: OpType = mark === '!' ? 'fail' : mark === '?' ? 'info' : 'ok';
    const type = half.includes('+') ? 'invoke' : done;
    const value = type === 'ok' ? txns[name]! : asked(txns[name]!);
    return { index, time: index * 1e6, process: name.charCodeAt(0) - 97, type, f: 'txn', value };
  });
  return historyOf(ops);
}

interface Style {
  /** Writes v to key k. */
  w: (k: number, v: number) => Json;
  /** Reads the values key k got so far, in order. */
  r: (k: number, ...seen: number[]) => Json;
  /** Scans all keys; pairs of key and its values. */
  scan: (...found: [k: number, v: number][]) => Json;
}

const LISTS: Style = {
  w: (k, v) => ['append', k, v],
  r: (k, ...seen) => ['r', k, seen],
  scan: (...found) => ['scan', null, found.map(([k, v]) => [k, [v]])],
};
const REGISTERS: Style = {
  w: (k, v) => ['w', k, v],
  r: (k, ...seen) => ['r', k, seen.at(-1) ?? null],
  scan: (...found) => ['scan', null, found],
};

type Table = Parameters<typeof pieces>[1];
const model = (consistencyModel: string, more: CheckerOptions = {}): CheckerOptions => ({ consistencyModel, ...more });

/** Circles that need an order in time: between `a` and `a2` of a process, or between `a` and `z` in real time. */
function timed({ w, r, scan }: Style, variant: 'process' | 'realtime'): Table {
  const strong = variant === 'process' ? 'strong-session-' : 'strong-';
  const next = variant === 'process' ? 'a2' : 'z';
  const run = (first: Mops, then: Mops, beside: Record<string, Mops> = {}): History => {
    const others = Object.keys(beside);
    const order = [...others.map((o) => `${o}+`), 'a+', 'a-', `${next}+`, `${next}-`, ...others.map((o) => `${o}-`)];
    return woven({ a: first, [next]: then, ...beside }, order.join(' '));
  };
  const skew = (...seen: number[]) => run([w(2, 1)], [r(1)], { c: [r(2, ...seen), w(1, 1)] });
  const scanned = (...found: [number, number][]) => run([w(2, 1)], [r(1)], { c: [scan(...found), w(1, 1)] });
  const fork = (...seen: number[]) => run([w(1, 1)], [r(2)], { c: [w(2, 1)], d: [r(2, 1), r(1, ...seen)] });
  const serial = variant === 'process' ? 'strong-session-serializable' : 'strict-serializable';
  return {
    [`G1c-${variant}`]: {
      wrong: run([r(1, 1)], [w(1, 1)]),
      legal: run([r(1)], [w(1, 1)]),
      options: model(`${strong}read-committed`),
    },
    [`G-single-${variant}`]: {
      wrong: run([w(1, 1)], [r(1)]),
      legal: run([w(1, 1)], [r(1, 1)]),
      options: model(`${strong}consistent-view`),
    },
    [`G-monotonic-${variant}`]: {
      wrong: run([w(1, 1)], [r(1)]),
      legal: run([w(1, 1)], [r(1, 1)]),
      options: model(`${strong}monotonic-view`),
    },
    [`G-nonadjacent-${variant}`]: {
      wrong: fork(),
      legal: fork(1),
      options: model(`${strong}snapshot-isolation`),
    },
    [`G2-item-${variant}`]: { wrong: skew(), legal: skew(1), options: model(`${strong}repeatable-read`) },
    [`G2-${variant}`]: { wrong: scanned(), legal: scanned([2, 1]), options: model(serial) },
  };
}

/** What both styles show in the same way. */
function common({ w, r, scan }: Style): Table {
  const pair = (a: Mops, b: Mops) => woven({ a, b });
  const fork = (...seen: number[]) =>
    woven({ a: [w(1, 1)], b: [w(2, 1)], c: [r(1, 1), r(2)], d: [r(2, ...seen), r(1)] });
  const past = (...seen: number[]) =>
    woven(
      { a: [w(1, 1)], b: [r(1, 1), w(2, 1)], c: [r(2, 1)], c2: [r(1, ...seen)] },
      'a+ a- b+ b- c+ c- c2+ c2-',
    );
  const view = (...mops: Mops) => woven({ a: [w(2, 1)], b: [r(2, 1), w(1, 1)], c: mops });
  return {
    G1a: {
      wrong: woven({ a: [w(1, 1)], b: [r(1, 1)] }, 'a+ b+ a-! b-'),
      legal: woven({ a: [w(1, 1)], b: [r(1, 1)] }, 'a+ b+ a-? b-'),
      options: model('read-committed'),
    },
    G1b: {
      wrong: pair([w(1, 1), w(1, 2)], [r(1, 1)]),
      legal: pair([w(1, 1), w(1, 2)], [r(1, 1, 2)]),
      options: model('read-committed'),
    },
    G1c: {
      wrong: pair([w(1, 1), r(2, 1)], [w(2, 1), r(1, 1)]),
      legal: pair([w(1, 1), r(2)], [w(2, 1), r(1, 1)]),
      options: model('read-committed'),
    },
    'G-single': {
      wrong: view(r(2), r(1, 1)),
      legal: view(r(2), r(1)),
      options: model('consistent-view'),
    },
    'G-monotonic': {
      wrong: view(r(1, 1), r(2)),
      legal: view(r(1, 1), r(2, 1)),
      options: model('monotonic-view'),
    },
    'G-nonadjacent': { wrong: fork(1), legal: fork(), options: model('snapshot-isolation') },
    'G2-item': {
      wrong: pair([r(1), w(2, 1)], [r(2), w(1, 1)]),
      legal: pair([r(1), w(2, 1)], [r(2, 1), w(1, 1)]),
      options: model('serializable'),
    },
    G2: {
      wrong: pair([scan(), w(1, 1)], [scan(), w(2, 1)]),
      legal: pair([scan(), w(1, 1)], [scan([1, 1]), w(2, 1)]),
      options: model('serializable'),
    },
    'G2 (which repeatable reads allow)': {
      wrong: pair([scan(), w(1, 1)], [scan(), w(2, 1)]),
      legal: pair([scan(), w(1, 1)], [scan(), w(2, 1)]),
      options: model('strict-serializable'),
      legalOptions: model('repeatable-read'),
    },
    internal: {
      wrong: pair([w(1, 1), r(1)], [r(1)]),
      legal: pair([w(1, 1), r(1, 1)], [r(1)]),
      options: model('read-atomic'),
    },
    'garbage-read': {
      wrong: pair([w(1, 1)], [r(1, 7)]),
      legal: pair([w(1, 7)], [r(1, 7)]),
      options: model('read-uncommitted'),
    },
    'future-read': {
      wrong: pair([r(1, 1), w(1, 1)], [r(1)]),
      legal: pair([r(1), w(1, 1)], [r(1)]),
      options: model('read-committed'),
    },
    'lost-update': {
      wrong: pair([r(1), w(1, 1)], [r(1), w(1, 2)]),
      legal: pair([r(1), w(1, 1)], [r(1, 1), w(1, 2)]),
      options: model('cursor-stability'),
    },
    'non-monotonic-read': {
      wrong: pair([w(1, 1), w(2, 1)], [r(1, 1), r(2)]),
      legal: pair([w(1, 1), w(2, 1)], [r(1, 1), r(2, 1)]),
      options: model('monotonic-atomic-view'),
    },
    'fractured-read': {
      wrong: pair([w(1, 1), w(2, 1)], [r(2), r(1, 1)]),
      legal: pair([w(1, 1), w(2, 1)], [r(2), r(1)]),
      options: model('read-atomic'),
    },
    'causal-violation': { wrong: past(), legal: past(1), options: model('causal') },
    ...timed({ w, r, scan }, 'process'),
    ...timed({ w, r, scan }, 'realtime'),
  };
}

const { w: a, r } = LISTS;
const order = (...seen: number[]) => woven({ a: [a(1, 1), a(2, 1)], b: [a(1, 2), a(2, 2)], c: [r(1, 1, 2)], d: [r(2, ...seen)] });
const after = (session: boolean, ...seen: number[]) =>
  woven(
    { a: [a(1, 2)], [session ? 'a2' : 'b']: [a(1, 1)], c: [r(1, ...seen)] },
    session ? 'a+ a- a2+ a2- c+ c-' : 'a+ a- b+ b- c+ c-',
  );
const onAborted = (...seen: number[]) =>
  woven({ a: [a(1, 1)], b: [a(1, 2)], c: [r(1, ...seen)] }, 'a+ a-! b+ b- c+ c-');
const cursor = (...seen: number[]) => woven({ a: [r(1), a(1, 2)], b: [a(1, 1)], c: [r(1, ...seen)] });

const LIST_APPEND = pieces('list-append', {
  ...common(LISTS),
  G0: { wrong: order(2, 1), legal: order(1, 2), options: model('read-uncommitted') },
  'G0-process': {
    wrong: after(true, 1, 2),
    legal: after(true, 2, 1),
    options: model('strong-session-read-uncommitted'),
  },
  'G0-realtime': { wrong: after(false, 1, 2), legal: after(false, 2, 1), options: model('strong-read-uncommitted') },
  'G-cursor': { wrong: cursor(1, 2), legal: cursor(2, 1), options: model('cursor-stability') },
  'dirty-update': {
    wrong: onAborted(1, 2),
    legal: onAborted(2),
    options: model('read-committed'),
    also: ['G1a'],
  },
  'duplicate-elements': {
    wrong: woven({ a: [a(1, 1)], b: [r(1, 1, 1)] }),
    legal: woven({ a: [a(1, 1)], b: [r(1, 1)] }),
    options: model('read-uncommitted'),
  },
  'incompatible-order': {
    wrong: woven({ a: [a(1, 1)], b: [a(1, 2)], c: [r(1, 1, 2)], d: [r(1, 2)] }),
    legal: woven({ a: [a(1, 1)], b: [a(1, 2)], c: [r(1, 1, 2)], d: [r(1, 1)] }),
    options: model('read-committed'),
  },
});

const { w, r: s } = REGISTERS;
const crossed = (...last: [number, number]) =>
  woven(
    { a: [w(1, 1), w(2, 1)], b: [w(1, 2), w(2, 2)], c: [s(1, 1)], d: [s(1, 2), s(2, last[0])], e: [s(2, last[1])] },
    'a+ b+ c+ c- d+ d- e+ e- a- b-',
  );
const follows = (session: boolean, ...seen: number[]) =>
  woven(
    { a: [s(1, ...seen), w(1, 2)], [session ? 'a2' : 'b']: [w(1, 1)] },
    session ? 'a+ a- a2+ a2-' : 'a+ a- b+ b-',
  );
const between = (first: number, second: number) =>
  woven({ a: [s(1), w(1, 2)], b: [w(1, 1)], c: [s(1, first)], d: [s(1, second)] }, 'a+ b+ c+ c- d+ d- a- b-');
const back = (last: number) =>
  woven({ a: [w(1, 1)], b: [w(1, 2)], c: [s(1, 2)], d: [s(1, last)] }, 'a+ a- b+ b- c+ c- d+ d-');

const RW_REGISTER = pieces('rw-register', {
  ...common(REGISTERS),
  G0: { wrong: crossed(2, 1), legal: crossed(2, 2), options: model('read-uncommitted', { linearizableKeys: true }) },
  'G0-process': {
    wrong: follows(true, 1),
    legal: follows(true),
    options: model('strong-session-read-uncommitted', { wfrKeys: true }),
  },
  'G0-realtime': {
    wrong: follows(false, 1),
    legal: follows(false),
    options: model('strong-read-uncommitted', { wfrKeys: true }),
  },
  'G-cursor': {
    wrong: between(1, 2),
    legal: between(2, 1),
    options: model('cursor-stability', { linearizableKeys: true }),
  },
  'cyclic-versions': {
    wrong: back(1),
    legal: back(2),
    options: model('read-committed', { linearizableKeys: true }),
  },
});

export const TRANSACTIONS: Piece[] = [...LIST_APPEND, ...RW_REGISTER];
