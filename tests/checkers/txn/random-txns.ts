/**
 * Small random transaction histories from a simulated database that is more or less broken: reads may be
 * stale, appends may be lost or land out of order, aborted transactions may leave writes behind.
 */
import type { Json, Op, OpType } from '../../../harness/op.ts';
import { type Rng, Seed } from '../../../harness/random.ts';

/** The key of a scan is null: it reads all keys. */
export type Mop = [f: string, key: number | null, value: Json];

/** A transaction as oracles see it. */
export interface Txn {
  inv: number;
  ret: number;
  process: number;
  type: Exclude<OpType, 'invoke'>;
  mops: Mop[];
}

export interface RandomHistory {
  ops: Op[];
  txns: Txn[];
}

interface Shape {
  style: 'append' | 'w';
  txns: number;
  /** Chance that something goes wrong at each step where it may. */
  broken: number;
  keys: number;
  /** Reads see the state at invocation: snapshot isolation without its write check. */
  snapshot: boolean;
  /** Chance of a micro-operation to be a scan of all keys. */
  scans: number;
}

export function randomHistory(seed: number, style: Shape['style'], most = 5): RandomHistory {
  const rng = Seed.of(seed).fork('txns').rng();
  const shape: Shape = {
    style,
    txns: rng.int(1, most),
    broken: rng.pick([0, 0, 0.1, 0.3]),
    keys: rng.int(1, 3),
    snapshot: rng.chance(0.3),
    scans: rng.pick([0, 0, 0.3]),
  };
  return run(rng, shape);
}

function run(rng: Rng, shape: Shape): RandomHistory {
  const ops: Op[] = [];
  const txns: Txn[] = [];
  const threads = rng.int(1, 3);
  const ids = Array.from({ length: threads }, (_, i) => i);
  const open: ((Txn & { snapshot: string }) | null)[] = ids.map(() => null);
  let state: Record<number, Json[]> = {};
  let next = 1;
  const log = (process: number, type: OpType, mops: Mop[]): number => {
    ops.push({ index: ops.length, time: ops.length * 1e6, process, type, f: 'txn', value: mops as Json });
    return ops.length - 1;
  };
  while (txns.length < shape.txns || open.some((t) => t !== null)) {
    const thread = rng.int(0, threads - 1);
    const txn = open[thread];
    if (txn === null || txn === undefined) {
      if (txns.length === shape.txns) continue;
      const mops: Mop[] = Array.from({ length: rng.int(1, 3) }, () => {
        const key = rng.int(0, shape.keys - 1);
        if (shape.scans > 0 && rng.chance(shape.scans)) return ['scan', null, null];
        return rng.chance(0.5) ? ['r', key, null] : [shape.style, key, next++];
      });
      const inv = log(ids[thread]!, 'invoke', mops);
      const fresh = {
        inv,
        ret: -1,
        process: ids[thread]!,
        type: 'info' as const,
        mops,
        snapshot: JSON.stringify(state),
      };
      txns.push(fresh);
      open[thread] = fresh;
      continue;
    }
    const roll = rng.int(0, 9);
    txn.type = roll < 7 ? 'ok' : roll < 9 ? 'info' : 'fail';
    const base: Record<number, Json[]> =
      shape.snapshot || rng.chance(shape.broken) ? JSON.parse(txn.snapshot) : state;
    const after = execute(rng, shape, txn, base, state);
    const applies =
      txn.type === 'ok'
        ? !rng.chance(shape.broken / 3)
        : rng.chance(txn.type === 'info' ? 0.6 : shape.broken / 2);
    if (applies) state = after;
    if (txn.type === 'info') ids[thread]! += threads;
    if (txn.type !== 'ok') for (const mop of txn.mops) if (mop[0] !== shape.style) mop[2] = null;
    // Some never complete at all.
    if (txn.type !== 'info' || rng.chance(0.7)) {
      const at = log(txn.process, txn.type, txn.mops);
      if (txn.type === 'ok') txn.ret = at;
    }
    open[thread] = null;
  }
  return { ops, txns };
}

/** Runs a transaction's reads on `base` with its own writes; answers the state with its writes applied. */
function execute(
  rng: Rng,
  shape: Shape,
  txn: Txn,
  base: Record<number, Json[]>,
  state: Record<number, Json[]>,
): Record<number, Json[]> {
  const view: Record<number, Json[]> = structuredClone(base);
  const after: Record<number, Json[]> = structuredClone(state);
  const look = (list: Json[]): Json =>
    shape.style === 'append' ? [...list] : (list[list.length - 1] ?? null);
  txn.mops = txn.mops.map(([f, key, value]): Mop => {
    if (key === null) {
      const found = Object.entries(view).filter(() => !rng.chance(shape.broken / 2));
      return [f, null, found.map(([k, list]) => [Number(k), look(list)])];
    }
    const list = view[key] ?? [];
    if (f === 'r') {
      let seen = list;
      if (rng.chance(shape.broken / 2)) seen = list.slice(0, -1);
      if (rng.chance(shape.broken / 10)) seen = [...list, 90 + rng.int(0, 1)];
      if (rng.chance(shape.broken / 10)) seen = [...list].reverse();
      return [f, key, look(seen)];
    }
    view[key] = [...list, value];
    const target = after[key] ?? [];
    after[key] = rng.chance(shape.broken / 5) ? [value, ...target] : [...target, value];
    return [f, key, value];
  });
  return after;
}
