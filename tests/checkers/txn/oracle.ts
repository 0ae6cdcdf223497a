/**
 * Slow and obvious judges of small transaction histories: all serial orders one after the other, and
 * dependency relations as matrices.
 */
import type { Json } from '../../../harness/op.ts';
import type { Txn } from './random-txns.ts';

/** Whether some order of the acknowledged and some of the unknown transactions explains all reads. */
export function serializable(txns: readonly Txn[], style: 'append' | 'w', strict: boolean): boolean {
  const possible = txns.filter((t) => t.type !== 'fail');
  const must = possible.filter((t) => t.type === 'ok').length;
  const used = possible.map(() => false);
  const go = (state: Record<number, Json[]>, okDone: number): boolean => {
    if (okDone === must) return true;
    for (let i = 0; i < possible.length; i++) {
      const txn = possible[i]!;
      if (used[i]) continue;
      if (strict && possible.some((o, j) => !used[j] && j !== i && o.type === 'ok' && o.ret < txn.inv))
        continue;
      const after = apply(state, txn, style);
      if (after === null) continue;
      used[i] = true;
      if (go(after, okDone + (txn.type === 'ok' ? 1 : 0))) return true;
      used[i] = false;
    }
    return false;
  };
  return go({}, 0);
}

function apply(
  state: Record<number, Json[]>,
  txn: Txn,
  style: 'append' | 'w',
): Record<number, Json[]> | null {
  const next = { ...state };
  for (const [f, key, value] of txn.mops) {
    if (key === null) {
      const now = Object.entries(next).map(([k, list]) => [
        Number(k),
        style === 'append' ? list : list.at(-1)!,
      ]);
      if (txn.type === 'ok' && JSON.stringify(now) !== JSON.stringify(value)) return null;
      continue;
    }
    const list = next[key] ?? [];
    if (f !== 'r') next[key] = [...list, value];
    else if (txn.type === 'ok') {
      const now = style === 'append' ? list : (list[list.length - 1] ?? null);
      if (JSON.stringify(now) !== JSON.stringify(value)) return null;
    }
  }
  return next;
}

/** Scans as what they read: `r` for what they found, `p` for keys they did not. */
function withoutScans(txns: readonly Txn[]): (Omit<Txn, 'mops'> & { mops: [string, number, Json][] })[] {
  const keys = new Set(txns.flatMap((t) => t.mops.flatMap(([, k]) => (k === null ? [] : [k]))));
  const found = (value: Json): [number, Json][] => (value ?? []) as [number, Json][];
  return txns.map((t) => ({
    ...t,
    mops: t.mops.flatMap(([f, key, value]): [string, number, Json][] => {
      if (key !== null) return [[f, key, value]];
      if (t.type !== 'ok') return [];
      const seen = found(value);
      const absent = [...keys].filter((k) => !seen.some(([other]) => other === k));
      return [
        ...seen.map(([k, list]): [string, number, Json] => ['r', k, list]),
        ...absent.map((k): [string, number, Json] => ['p', k, []]),
      ];
    }),
  }));
}

const isRead = (f: string): boolean => f === 'r' || f === 'p';

export type Matrix = boolean[][];

/** Direct dependencies of list-append transactions, from definitions; null when reads contradict each other. */
export interface Relations {
  ww: Matrix;
  wr: Matrix;
  rw: Matrix;
  /** Anti-dependencies of scans that did not find a key. */
  prw: Matrix;
  pr: Matrix;
  rt: Matrix;
  /** Which micro-operations the edges of ww, wr and rw come from and lead to. */
  links: Link[];
  readOnly: boolean[];
}

interface Link {
  kind: 'ww' | 'wr' | 'rw' | 'prw';
  from: number;
  to: number;
  a: number;
  b: number;
}

export function appendRelations(scanned: readonly Txn[]): Relations | null {
  const txns = withoutScans(scanned);
  const n = txns.length;
  const matrix = (): Matrix => txns.map(() => new Array<boolean>(n).fill(false));
  const r: Relations = {
    ww: matrix(),
    wr: matrix(),
    rw: matrix(),
    prw: matrix(),
    pr: matrix(),
    rt: matrix(),
    links: [],
    readOnly: txns.map((t) => t.mops.every(([f]) => isRead(f))),
  };
  const orders = new Map<number, Json[]>();
  for (const txn of txns) {
    if (txn.type !== 'ok') continue;
    for (const [f, key, value] of txn.mops) {
      const list = value as Json[];
      if (f === 'r' && list.length >= (orders.get(key)?.length ?? 0)) orders.set(key, list);
    }
  }
  for (const [key, order] of orders) {
    if (new Set(order).size !== order.length) return null;
    for (const txn of txns) {
      for (const [f, k, value] of txn.type === 'ok' ? txn.mops : []) {
        if (f === 'r' && k === key && (value as Json[]).some((v, i) => v !== order[i])) return null;
      }
    }
  }
  const happened = txns.map(
    (t) =>
      t.type === 'ok' ||
      (t.type === 'info' && t.mops.some(([f, k, v]) => !isRead(f) && orders.get(k)?.includes(v))),
  );
  const writer = (k: number, v: Json): number =>
    txns.findIndex(
      (t, i) => happened[i] && t.mops.some(([f, key, value]) => !isRead(f) && key === k && value === v),
    );
  const keys = new Set(txns.flatMap((t) => t.mops.map(([, k]) => k)));
  for (const key of keys) {
    const mopOf = (t: number, v: Json): number =>
      txns[t]!.mops.findIndex(([f, k, value]) => !isRead(f) && k === key && value === v);
    const unseenMop = (t: number): number =>
      txns[t]!.mops.findIndex(([f, k, v]) => !isRead(f) && k === key && !seen.has(v));
    const edge = (kind: Link['kind'], from: number, to: number, a: number, b: number): void => {
      r[kind][from]![to] = true;
      r.links.push({ kind, from, to, a, b });
    };
    const order = (orders.get(key) ?? []).map((v) => writer(key, v)).map((w, at) => ({ w, at }));
    const seen = new Set(orders.get(key) ?? []);
    const unseen = txns.flatMap((t, i) =>
      happened[i] && t.mops.some(([f, k, v]) => !isRead(f) && k === key && !seen.has(v)) ? [i] : [],
    );
    const known = order.filter(({ w }) => w >= 0);
    const listed = orders.get(key) ?? [];
    const at = (version: { w: number; at: number }): number => mopOf(version.w, listed[version.at]!);
    for (const a of known) {
      for (const b of known) if (a.at < b.at && a.w !== b.w) edge('ww', a.w, b.w, at(a), at(b));
      for (const u of unseen) if (u !== a.w) edge('ww', a.w, u, at(a), unseenMop(u));
    }
    txns.forEach((t, i) => {
      if (t.type !== 'ok') return;
      for (const [m, [f, k, value]] of t.mops.entries()) {
        if (!isRead(f) || k !== key) continue;
        const rw = f === 'p' ? 'prw' : 'rw';
        const length = (value as Json[]).length;
        const last = known.filter(({ at }) => at < length).pop();
        if (last !== undefined && last.w !== i) edge('wr', last.w, i, at(last), m);
        // Only the next version: later ones are reached through ww.
        const later = known.find(({ at }) => at >= length);
        if (later !== undefined && later.w !== i) edge(rw, i, later.w, m, at(later));
        if (later === undefined) for (const u of unseen) if (u !== i) edge(rw, i, u, m, unseenMop(u));
      }
    });
  }
  orderRelations(txns, happened, r);
  return r;
}

function orderRelations(txns: readonly Txn[], happened: boolean[], r: Relations): void {
  txns.forEach((a, i) => {
    txns.forEach((b, j) => {
      if (a.type !== 'ok' || !happened[j] || !(a.ret < b.inv)) return;
      r.rt[i]![j] = true;
      if (a.process === b.process) r.pr[i]![j] = true;
    });
  });
}

export function union(...all: Matrix[]): Matrix {
  return all[0]!.map((row, i) => row.map((_, j) => all.some((m) => m[i]![j])));
}

/** a ; b */
export function compose(a: Matrix, b: Matrix): Matrix {
  return a.map((row) => a.map((_, j) => row.some((x, k) => x && b[k]![j])));
}

export function closed(m: Matrix): Matrix {
  const c = m.map((row) => [...row]);
  for (let k = 0; k < c.length; k++) {
    for (let i = 0; i < c.length; i++) {
      if (c[i]![k]) for (let j = 0; j < c.length; j++) if (c[k]![j]) c[i]![j] = true;
    }
  }
  return c;
}

export function cyclic(m: Matrix): boolean {
  return closed(m).some((row, i) => row[i]);
}

/** Which classes of cycles the relations have, by definition. */
export function classes(r: Relations, variant: 0 | 1 | 2): Record<string, boolean> {
  const time = variant === 0 ? [] : variant === 1 ? [r.pr] : [r.pr, r.rt];
  const dep = union(r.ww, r.wr, ...time);
  const rw = union(r.rw, r.prw);
  const path = closed(dep);
  const single = cyclic(dep) || rw.some((row, i) => row.some((x, j) => x && path[j]![i]));
  const seen = union(r.wr, ...time);
  return {
    G0: cyclic(union(r.ww, ...time)),
    G1c: cyclic(dep),
    'G-single': single,
    'G-nonadjacent': cyclic(union(dep, compose(dep, rw))),
    'G2-item': cyclic(union(dep, r.rw)),
    G2: cyclic(union(dep, rw)),
    'G-update': oneReadOnly(union(dep, rw), r.readOnly),
    'G-monotonic': unfolded(r, variant),
    prefix: cyclic(union(seen, compose(seen, rw), r.ww)),
  };
}

/** Whether a transaction misses a write of its causal past, or is in it. */
export function breaksCausality(scanned: readonly Txn[], r: Relations): boolean {
  const txns = withoutScans(scanned);
  const past = closed(union(r.wr, r.pr));
  return txns.some((txn, t) =>
    txns.some(
      (other, w) =>
        past[w]![t] &&
        (w === t ||
          txn.mops.some(
            ([f, key, list]) =>
              f === 'r' &&
              txn.type === 'ok' &&
              other.mops.some(([g, k, v]) => !isRead(g) && k === key && !(list as Json[]).includes(v)),
          )),
    ),
  );
}

/** Whether there is a cycle through the updating transactions and at most one other. */
function oneReadOnly(m: Matrix, readOnly: boolean[]): boolean {
  const without = (keep: number): Matrix =>
    m.map((row, i) => row.map((x, j) => x && (!readOnly[i] || i === keep) && (!readOnly[j] || j === keep)));
  return m.some((_, i) => cyclic(without(i)));
}

/** Adya's unfolded serialization graph of each transaction: a node for each of its micro-operations. */
function unfolded(r: Relations, variant: 0 | 1 | 2): boolean {
  const n = r.ww.length;
  const timed = (i: number, j: number): boolean =>
    (variant > 0 && r.pr[i]![j]!) || (variant > 1 && r.rt[i]![j]!);
  return r.ww.some((_, t) => {
    const dep = r.ww.map((row, i) =>
      row.map((x, j) => i !== t && j !== t && (x || r.wr[i]![j]! || timed(i, j))),
    );
    const path = closed(dep);
    const reach = (i: number, j: number): boolean => i === j || path[i]![j]!;
    return r.links.some(({ kind, from, to, a }) => {
      if ((kind !== 'rw' && kind !== 'prw') || from !== t) return false;
      const enters = (p: number): boolean =>
        (p !== t && timed(p, t)) ||
        r.links.some(
          (link) =>
            link.kind !== 'rw' && link.kind !== 'prw' && link.from === p && link.to === t && link.b < a,
        );
      return Array.from({ length: n }, (_, p) => p).some((p) => p !== t && reach(to, p) && enters(p));
    });
  });
}
