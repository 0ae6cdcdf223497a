/**
 * Classes of cycles as small automata over edge kinds: a class exists in a graph exactly when the product of
 * graph and automaton has a cycle. Snapshot isolation needs two states, because two anti-dependencies in a row
 * are allowed there (Cerone and Gotsman); all others need one.
 */
import { AUX, PR, PREDICATE_AUX, PREDICATE_RW, RT, RW, WR, WW } from './graph.ts';

/** How much of time counts as order: nothing, the order within processes, or all of real time. */
export const VARIANTS = ['plain', 'process', 'realtime'] as const;
/** Index in VARIANTS. */
export type Variant = 0 | 1 | 2;

/** Next state by state * 8 + kind of edge; -1 where the edge may not be used. */
export interface Automaton {
  states: 1 | 2;
  next: Int8Array;
}

/**
 * Cycle classes from the gravest to the mildest; each implies those after it, but that a cycle with a predicate
 * anti-dependency is no `G2-item`. Those after `G2` stand apart: `prefix` breaks prefix consistency, `G-update`
 * has one read-only transaction at most, and in `G-monotonic` a transaction missed something after it had seen
 * what followed.
 */
export const LEVELS = [
  'G0',
  'G1c',
  'G-single',
  'G-nonadjacent',
  'G2-item',
  'G2',
  'prefix',
  'G-update',
  'G-monotonic',
] as const;
/** One of LEVELS. */
export type Level = (typeof LEVELS)[number];

/** Which edge kind every cycle of a level has, once graver levels are excluded. */
export const REQUIRED_KIND: Readonly<Record<Level, number>> = {
  G0: WW,
  G1c: WR,
  'G-single': RW,
  'G-nonadjacent': RW,
  'G2-item': RW,
  G2: RW,
  prefix: RW,
  'G-update': RW,
  'G-monotonic': RW,
};

function table(states: 1 | 2, steps: readonly [from: number, kind: number, to: number][]): Automaton {
  const next = new Int8Array(states * 8).fill(-1);
  for (const [from, kind, to] of steps) next[from * 8 + kind] = to;
  return { states, next };
}

function orderSteps(variant: Variant, states: 1 | 2): [number, number, number][] {
  const kinds = variant === 0 ? [] : variant === 1 ? [PR] : [PR, RT];
  return kinds.flatMap((kind): [number, number, number][] =>
    states === 1
      ? [[0, kind, 0]]
      : [
          [0, kind, 0],
          [1, kind, 0],
        ],
  );
}

/** Anti-dependencies of both sorts, from state 0 to another. */
function antiSteps(to: number): [number, number, number][] {
  return [
    [0, RW, to],
    [0, PREDICATE_RW, to],
    [0, AUX, 0],
    [0, PREDICATE_AUX, 0],
  ];
}

/** The automaton of a level; for G-single and G-monotonic that of the path that closes one anti-dependency. */
export function automatonOf(level: Level, variant: Variant): Automaton {
  const one = orderSteps(variant, 1);
  const two = orderSteps(variant, 2);
  switch (level) {
    case 'G0':
      return table(1, [[0, WW, 0], ...one]);
    case 'G1c':
    case 'G-single':
    case 'G-monotonic':
      return table(1, [[0, WW, 0], [0, WR, 0], ...one]);
    case 'G2-item':
      return table(1, [[0, WW, 0], [0, WR, 0], [0, RW, 0], [0, AUX, 0], ...one]);
    case 'G2':
    case 'G-update':
      return table(1, [[0, WW, 0], [0, WR, 0], ...antiSteps(0), ...one]);
    case 'G-nonadjacent':
      return table(2, [[0, WW, 0], [0, WR, 0], [1, WW, 0], [1, WR, 0], ...antiSteps(1), ...two]);
    case 'prefix':
      return table(2, [[0, WW, 1], [0, WR, 0], [1, WW, 1], [1, WR, 0], ...antiSteps(1), ...two]);
  }
}

/** Everything that is an edge at all. */
export const EVERYTHING: Automaton = automatonOf('G2', 2);
