/**
 * The two classes of cycles that look at what transactions are, and not at kinds of edges alone: `G-update`, at
 * most one read-only transaction (Adya's PL-3U), and `G-monotonic`, a transaction that missed something after
 * it had depended on what followed that (PL-2L).
 */
import type { Budget } from '../contract.ts';
import {
  AUX,
  EdgeList,
  isAntiDependency,
  PR,
  PREDICATE_AUX,
  PREDICATE_RW,
  RW,
  type SubGraph,
} from './graph.ts';
import { type Automaton, automatonOf, type Variant } from './levels.ts';
import { firstTo, type Links, lastFrom } from './links.ts';
import { READ } from './mop-reader.ts';
import { type Components, components } from './scc.ts';
import type { Txns } from './txns.ts';
import { type Path, Walk } from './walk.ts';

/** Steps after which a question is left open. */
const MAX_STEPS = 2e7;
/** Cycles compared for the shortest. */
const COMPARED = 256;

/** Whether there is such a cycle (null: the search was cut short), and a short one in local nodes. */
export interface Special {
  exists: boolean | null;
  cycle: Path | null;
  /** Whether all were compared. */
  smallest: boolean;
}

/** Looks for a cycle with at most one read-only transaction. O(edges), plus as much per read-only transaction. */
export function findUpdateCycle(part: SubGraph, txns: Txns, variant: Variant, budget: Budget): Special {
  const automaton = automatonOf('G-update', variant);
  const readOnly = readOnlyNodes(part, txns);
  const sub = variant === 0 ? part : withBypass(part, readOnly);
  const walk = new Walk(sub, txns.count, budget);
  const updates = withoutNodes(sub, readOnly);
  const comps = components(updates, automaton);
  if (comps.cyclic > 0) {
    return {
      exists: true,
      cycle: shortestAmong(sub, comps, walk, txns, automaton, readOnly),
      smallest: false,
    };
  }
  let best: Path | null = null;
  let smallest = true;
  for (let v = 0; v < sub.size; v++) {
    if (readOnly[v] !== 1) continue;
    if (walk.steps > MAX_STEPS) return { exists: best === null ? null : true, cycle: best, smallest: false };
    const path = walk.shortest(v, v, automaton, readOnly, () => true, best?.nodes.length);
    if (walk.stopped && path === null)
      return { exists: best === null ? null : true, cycle: best, smallest: false };
    if (path !== null) best = path;
    if (best !== null && (best.nodes.length === 2 || walk.steps > MAX_STEPS / 8)) {
      smallest = best.nodes.length === 2;
      break;
    }
  }
  return { exists: best !== null, cycle: best, smallest };
}

function readOnlyNodes(sub: SubGraph, txns: Txns): Uint8Array {
  const readOnly = new Uint8Array(sub.size);
  for (let v = 0; v < sub.size; v++) {
    const t = sub.nodes[v]!;
    if (t >= txns.count) continue;
    readOnly[v] = 1;
    for (let m = txns.starts[t]!; m < txns.starts[t + 1]! && readOnly[v] === 1; m++) {
      if (txns.f[m] !== READ) readOnly[v] = 0;
    }
  }
  return readOnly;
}

/** Each process leads from one transaction to the next: also from one update to the next, over those between. */
function withBypass(sub: SubGraph, readOnly: Uint8Array): SubGraph {
  const { off, tgt, kind, size } = sub;
  const next = new Int32Array(size).fill(-1);
  for (let v = 0; v < size; v++) {
    for (let e = off[v]!; e < off[v + 1]!; e++) if (kind[e] === PR) next[v] = tgt[e]!;
  }
  const list = new EdgeList(size);
  for (let v = size - 1; v >= 0; v--) {
    for (let e = off[v]!; e < off[v + 1]!; e++) list.add(v, tgt[e]!, kind[e]!);
    const after = next[v]!;
    // Local numbers ascend with time: what follows is settled already.
    if (after < 0 || readOnly[after] !== 1 || next[after]! < 0) continue;
    next[v] = next[after]!;
    list.add(v, next[v]!, PR);
  }
  return { ...list.build(), nodes: sub.nodes };
}

function withoutNodes(sub: SubGraph, without: Uint8Array): ReturnType<EdgeList['build']> {
  const list = new EdgeList(sub.size);
  for (let v = 0; v < sub.size; v++) {
    if (without[v] === 1) continue;
    for (let e = sub.off[v]!; e < sub.off[v + 1]!; e++) {
      if (without[sub.tgt[e]!] !== 1) list.add(v, sub.tgt[e]!, sub.kind[e]!);
    }
  }
  return list.build();
}

/** A short cycle through the first transactions of cyclic components. */
function shortestAmong(
  sub: SubGraph,
  comps: Components,
  walk: Walk,
  txns: Txns,
  automaton: Automaton,
  barred: Uint8Array,
): Path | null {
  let best: Path | null = null;
  let compared = 0;
  for (let v = 0; v < sub.size && compared < COMPARED && walk.steps < MAX_STEPS / 8; v++) {
    if (sub.nodes[v]! >= txns.count || comps.sizes[comps.of[v]!]! < 2) continue;
    compared++;
    const path = walk.shortest(v, v, automaton, barred, () => true, best?.nodes.length);
    // Cycles without any anti-dependency are of graver classes.
    if (path === null || !path.kinds.some(isAntiDependency)) continue;
    best = path;
    if (best.nodes.length === 2) break;
  }
  return best;
}

/**
 * Looks for a transaction T that read something and missed what W wrote, after T had depended on W or what
 * followed it: a cycle with one anti-dependency that enters T before it leaves it. Order in time enters T before
 * all it did. O(anti-dependencies * edges), bounded.
 */
export function findMonotonicCycle(
  sub: SubGraph,
  txns: Txns,
  links: Links,
  variant: Variant,
  budget: Budget,
): Special {
  const nonadjacent = automatonOf('G-nonadjacent', variant);
  const comps = components(sub, nonadjacent);
  if (comps.cyclic === 0) return { exists: false, cycle: null, smallest: true };
  const automaton = automatonOf('G-monotonic', variant);
  const walk = new Walk(sub, txns.count, budget);
  let best: Path | null = null;
  let open = false;
  for (let v = 0; v < sub.size; v++) {
    if (sub.nodes[v]! >= txns.count || comps.sizes[comps.of[v * 2]!]! < 2) continue;
    for (const [w, kind] of antiTargets(sub, txns, v)) {
      if (comps.of[w * 2 + 1] !== comps.of[v * 2]) continue;
      if (walk.stopped || walk.steps > MAX_STEPS) {
        open = true;
        break;
      }
      const shorter = best === null ? undefined : best.nodes.length - 1;
      const left = lastFrom(links, kind, sub.nodes[v]!, sub.nodes[w]!);
      const entersBefore = (from: number, by: number): boolean =>
        firstTo(links, by, sub.nodes[from]!, sub.nodes[v]!) < left;
      const path = walk.shortest(w, v, automaton, null, entersBefore, shorter);
      if (path === null) continue;
      best = { nodes: [v, ...path.nodes], kinds: [kind, ...path.kinds] };
      if (best.nodes.length === 2) return { exists: true, cycle: best, smallest: true };
    }
  }
  const smallest = !open && !walk.stopped;
  return { exists: best !== null ? true : smallest ? false : null, cycle: best, smallest };
}

/** Local transactions a transaction has an anti-dependency to, with its kind, virtual nodes passed through. */
function* antiTargets(sub: SubGraph, txns: Txns, v: number): Generator<[number, number]> {
  const { off, tgt, kind, nodes } = sub;
  for (let e = off[v]!; e < off[v + 1]!; e++) {
    if (isAntiDependency(kind[e]!)) yield [tgt[e]!, kind[e]!];
    else if (isHop(kind[e]!)) {
      const by = kind[e] === PREDICATE_AUX ? PREDICATE_RW : RW;
      const seen = new Set([tgt[e]!]);
      const pending = [tgt[e]!];
      for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
        for (let f = off[node]!; f < off[node + 1]!; f++) {
          const w = tgt[f]!;
          if (nodes[w]! < txns.count) yield [w, by];
          else if (!seen.has(w)) {
            seen.add(w);
            pending.push(w);
          }
        }
      }
    }
  }
}

function isHop(kind: number): boolean {
  return kind === AUX || kind === PREDICATE_AUX;
}
