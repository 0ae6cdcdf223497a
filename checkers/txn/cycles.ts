/**
 * Finds which classes of cycles a dependency graph has, and the shortest cycle of each component. One linear
 * pass settles a graph without cycles; everything else happens inside the components that pass found.
 */
import type { Budget } from '../contract.ts';
import { type Cycle, CycleSearch } from './cycle-search.ts';
import {
  AUX,
  cyclicPart,
  type Graph,
  isAntiDependency,
  PR,
  PREDICATE_AUX,
  PREDICATE_RW,
  RT,
  RW,
  type SubGraph,
  WR,
} from './graph.ts';
import { IntList } from './int-list.ts';
import {
  automatonOf,
  EVERYTHING,
  LEVELS,
  type Level,
  REQUIRED_KIND,
  VARIANTS,
  type Variant,
} from './levels.ts';
import type { Links } from './links.ts';
import { levelImplies } from './models.ts';
import { type Components, components } from './scc.ts';
import { findMonotonicCycle, findUpdateCycle, type Special } from './special-cycles.ts';
import type { Txns } from './txns.ts';

/** A cycle and the class it belongs to. */
export interface FoundCycle extends Cycle {
  level: Level;
  /** Has a predicate anti-dependency. */
  predicate: boolean;
  variant: Variant;
  /** Whether none of its class in the component is shorter; false: none shorter was found in the steps allowed. */
  smallest: boolean;
  /** Transactions in the component it was found in. */
  component: number;
}

/** All that is known about the cycles of a graph. */
export interface Cycles {
  /** Whether cycles of a class exist; null: not known. */
  exists: (level: Level, variant: Variant) => boolean | null;
  found: FoundCycle[];
  /** Components of transactions that have no serial order in real time. */
  components: number;
  largest: number;
  /** Why the search ended early, or null. */
  stopped: string | null;
}

/** Edges tried per component, and steps spent on making one cycle shorter. */
const MAX_CANDIDATES = 1 << 16;
const SHORTEN_STEPS = 4e6;
/** Cycles reported per class. */
const MAX_CYCLES = 8;

/** Classifies the cycles of a graph. Linear, but for the search of short cycles, which is bounded. */
export function findCycles(graph: Graph, txns: Txns, links: Links, budget: Budget): Cycles {
  const all = components(graph, EVERYTHING, txns.pace);
  if (all.cyclic === 0) {
    return { exists: () => false, found: [], components: 0, largest: 0, stopped: null };
  }
  const finder = new CycleFinder(cyclicPart(graph, all.of, all.sizes), txns, links, budget);
  finder.run();
  let count = 0;
  let largest = 0;
  for (const size of all.sizes) {
    if (size < 2) continue;
    count++;
    largest = Math.max(largest, size);
  }
  return { exists: finder.exists, found: finder.found, components: count, largest, stopped: finder.stopped };
}

class CycleFinder {
  readonly found: FoundCycle[] = [];
  stopped: string | null = null;
  readonly #sub: SubGraph;
  readonly #txns: Txns;
  readonly #budget: Budget;
  /** By level * 3 + variant: 1 there are, 0 there are none, -1 not known. */
  readonly #flags = new Int8Array(LEVELS.length * VARIANTS.length).fill(-1);
  /** Classes (bits as in `#flags`) whose components a node lies in. */
  readonly #covered: Int32Array;
  readonly #links: Links;
  /** Whether there are predicate anti-dependencies at all. */
  readonly #predicates: boolean;

  constructor(sub: SubGraph, txns: Txns, links: Links, budget: Budget) {
    this.#sub = sub;
    this.#txns = txns;
    this.#links = links;
    this.#predicates = sub.kind.some((kind) => kind === PREDICATE_RW || kind === PREDICATE_AUX);
    this.#budget = budget;
    this.#covered = new Int32Array(sub.size);
  }

  readonly exists = (level: Level, variant: Variant): boolean | null => {
    const flag = this.#flags[bitOf(level, variant)]!;
    return flag < 0 ? null : flag === 1;
  };

  run(): void {
    for (let v = 0; v < VARIANTS.length; v++) {
      for (const level of LEVELS) {
        if (!this.#budget.spend(this.#sub.size + this.#sub.tgt.length)) {
          this.stopped = this.#budget.reason;
          return;
        }
        this.#decide(level, v as Variant);
      }
    }
  }

  #decide(level: Level, variant: Variant): void {
    // Without any circle at all there is none of the special ones either, and looking for those is not linear.
    if ((level === 'G-update' || level === 'G-monotonic') && this.exists('G2', variant) === false) {
      this.#flags[bitOf(level, variant)] = 0;
    } else if (level === 'G-update')
      this.#special(level, variant, findUpdateCycle(this.#sub, this.#txns, variant, this.#budget));
    else if (level === 'G-monotonic') {
      this.#special(
        level,
        variant,
        findMonotonicCycle(this.#sub, this.#txns, this.#links, variant, this.#budget),
      );
    } else if (level === 'G2' && !this.#predicates) {
      this.#flags[bitOf('G2', variant)] = this.#flags[bitOf('G2-item', variant)]!;
    } else this.#class(level, variant);
  }

  #special(level: Level, variant: Variant, { exists, cycle, smallest }: Special): void {
    this.#flags[bitOf(level, variant)] = exists === null ? -1 : exists ? 1 : 0;
    // One that order in time is not needed for was found before.
    if (cycle === null || variantOf(cycle.kinds) !== variant) return;
    const txns = cycle.nodes.map((v) => this.#sub.nodes[v]!);
    this.found.push({
      txns,
      kinds: cycle.kinds,
      level,
      variant,
      predicate: cycle.kinds.includes(PREDICATE_RW),
      smallest: smallest || txns.length === 2,
      component: txns.length,
    });
  }

  #class(level: Level, variant: Variant): void {
    const bit = bitOf(level, variant);
    // A cycle with one anti-dependency lies in a component where none follows another.
    const single = level === 'G-single';
    const comps = components(this.#sub, automatonOf(single ? 'G-nonadjacent' : level, variant));
    const implied = this.#impliedBy(level, variant);
    this.#flags[bit] = comps.cyclic > 0 && !single ? 1 : 0;
    for (let b = 0; b < this.#flags.length; b++) {
      if ((implied & (1 << b)) !== 0 && this.#flags[b] === 1) this.#flags[bit] = 1;
    }
    if (comps.cyclic === 0) return;
    this.#search(level, variant, comps, implied);
  }

  /** Bits of the classes whose cycles are cycles of this class too. */
  #impliedBy(level: Level, variant: Variant): number {
    let bits = 0;
    for (const other of LEVELS) {
      for (let v = 0; v <= variant; v++) {
        if (levelImplies(other, level, this.#predicates)) bits |= 1 << bitOf(other, v as Variant);
      }
    }
    return bits;
  }

  #search(level: Level, variant: Variant, comps: Components, implied: number): void {
    const bit = bitOf(level, variant);
    const single = level === 'G-single';
    const kind = REQUIRED_KIND[level];
    const states = comps.of.length / this.#sub.size;
    const within = single ? oneComponent(this.#sub.size) : comps;
    const search = new CycleSearch(this.#sub, this.#txns, automatonOf(level, variant), within, this.#budget);
    const allowed = automatonOf(single ? 'G-nonadjacent' : level, variant).next;
    let kept = 0;
    for (const { component, nodes } of groupNodes(this.#sub, comps, states)) {
      const fresh = nodes.every((v) => (this.#covered[v]! & implied) === 0);
      const unsettled = single && this.#flags[bit] !== 1;
      if (!(fresh && kept < MAX_CYCLES) && !unsettled) {
        if (!single) this.#cover(nodes, bit);
        continue;
      }
      const { from, to, kinds, complete } = this.#candidates(nodes, component, comps, states, kind, allowed);
      const members = Int32Array.from(nodes.filter((v) => this.#sub.nodes[v]! < this.#txns.count));
      const cycle = search.shortest(from, to, kinds, members, SHORTEN_STEPS);
      if (!this.#budget.spend(nodes.length)) this.stopped = this.#budget.reason;
      if (cycle !== null) {
        this.#flags[bit] = 1;
        this.#cover(nodes, bit);
        if (fresh && kept++ < MAX_CYCLES) {
          const smallest = cycle.txns.length === 2 || (complete && search.exhausted);
          this.#keep({ ...cycle, smallest }, level, variant, members.length);
        }
      } else if (unsettled && !(complete && search.exhausted)) this.#flags[bit] = -1;
      if (this.stopped !== null) {
        if (unsettled && this.#flags[bit] !== 1) this.#flags[bit] = -1;
        return;
      }
    }
  }

  #keep(cycle: Cycle & { smallest: boolean }, level: Level, variant: Variant, component: number): void {
    const predicate = cycle.kinds.includes(PREDICATE_RW);
    const own = level === 'prefix' ? level : shapeOf(cycle.kinds);
    const known = this.found.some(
      (other) => other.level === own && other.variant === variant && sameMembers(other.txns, cycle.txns),
    );
    if (!known) this.found.push({ ...cycle, level: own, variant, predicate, component });
  }

  #cover(nodes: readonly number[], bit: number): void {
    for (const v of nodes) this.#covered[v]! |= 1 << bit;
  }

  /** Edges of a kind between transactions of a component, anti-dependencies through virtual nodes included. */
  #candidates(
    group: readonly number[],
    home: number,
    comps: Components,
    states: number,
    kind: number,
    allowed: Int8Array,
  ): { from: Int32Array; to: Int32Array; kinds: Int32Array; complete: boolean } {
    const { nodes, off, tgt, kind: kinds } = this.#sub;
    const from = new IntList();
    const to = new IntList();
    const by = new IntList();
    const anti = kind === RW;
    const arrives = anti && states === 2 ? 1 : 0;
    const take = (u: number, w: number, required: number): void => {
      if (comps.of[w * states + arrives] !== home) return;
      from.push(u);
      to.push(w);
      by.push(required);
    };
    const wanted = (edge: number): boolean =>
      anti ? isAntiDependency(edge) && allowed[edge]! >= 0 : edge === kind;
    let complete = true;
    for (const u of group) {
      if (nodes[u]! >= this.#txns.count || comps.of[u * states] !== home) continue;
      for (let e = off[u]!; e < off[u + 1]!; e++) {
        const edge = kinds[e]!;
        if (wanted(edge)) take(u, tgt[e]!, edge);
        else if (anti && (edge === AUX || edge === PREDICATE_AUX) && allowed[edge]! >= 0) {
          const by = edge === AUX ? RW : PREDICATE_RW;
          complete = throughVirtual(this.#sub, tgt[e]!, (w) => take(u, w, by), MAX_CANDIDATES) && complete;
        }
      }
      if (from.length > MAX_CANDIDATES) complete = false;
      if (!complete) break;
    }
    return { from: from.done(), to: to.done(), kinds: by.done(), complete };
  }
}

/** Calls `take` for the transactions behind a virtual node; false when there were more than `limit`. */
function throughVirtual(sub: SubGraph, start: number, take: (w: number) => void, limit: number): boolean {
  const seen = new Set<number>([start]);
  const pending = [start];
  let taken = 0;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (let e = sub.off[node]!; e < sub.off[node + 1]!; e++) {
      const w = sub.tgt[e]!;
      if (sub.kind[e] !== AUX) {
        take(w);
        if (++taken >= limit) return false;
      } else if (!seen.has(w)) {
        seen.add(w);
        pending.push(w);
      }
    }
  }
  return true;
}

function sameMembers(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  const members = new Set(a);
  return b.every((t) => members.has(t));
}

/** The class a cycle belongs to by its edges alone. */
export function shapeOf(kinds: readonly number[]): Level {
  const count = kinds.filter(isAntiDependency).length;
  if (count === 0) return kinds.includes(WR) ? 'G1c' : 'G0';
  if (count === 1) return 'G-single';
  const adjacent = kinds.some((kind, i) => isAntiDependency(kind) && isAntiDependency(kinds.at(i - 1)!));
  if (!adjacent) return 'G-nonadjacent';
  return kinds.includes(PREDICATE_RW) ? 'G2' : 'G2-item';
}

function variantOf(kinds: readonly number[]): Variant {
  return kinds.includes(RT) ? 2 : kinds.includes(PR) ? 1 : 0;
}

function bitOf(level: Level, variant: Variant): number {
  return LEVELS.indexOf(level) * VARIANTS.length + variant;
}

/** One component of all nodes: edges lead out of no component of the sub-graph, so a search stays inside. */
function oneComponent(size: number): Components {
  return { of: new Int32Array(size), sizes: Int32Array.of(size), cyclic: 1 };
}

/** Local nodes of each cyclic component, ascending, smallest component first. */
function groupNodes(
  sub: SubGraph,
  comps: Components,
  states: number,
): { component: number; nodes: number[] }[] {
  const groups = new Map<number, number[]>();
  for (let x = 0; x < sub.size * states; x++) {
    const component = comps.of[x]!;
    if (comps.sizes[component]! < 2) continue;
    const v = states === 1 ? x : x >> 1;
    const group = groups.get(component);
    if (group === undefined) groups.set(component, [v]);
    else if (group[group.length - 1] !== v) group.push(v);
  }
  return [...groups]
    .map(([component, nodes]) => ({ component, nodes }))
    .sort((a, b) => a.nodes.length - b.nodes.length);
}
