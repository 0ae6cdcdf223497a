/**
 * The lattice of consistency models: which violation refutes which model, and which models imply which. After
 * Adya (1999), Cerone and Gotsman (2018), and Bailis et al. (2014). Session and strong forms add the order
 * within processes and real time. A model is never said to hold: it is refuted, or it remains possible.
 */
import { LEVELS, type Level, VARIANTS, type Variant } from './levels.ts';

/** One base model. */
interface Base {
  name: string;
  /** Models it includes. */
  implies: readonly string[];
  /** Violations it forbids besides theirs. */
  forbids: readonly string[];
  /** Class of cycles it forbids besides theirs. */
  level?: Level;
}

const BASES: readonly Base[] = [
  {
    name: 'read-uncommitted',
    implies: [],
    forbids: ['duplicate-elements', 'garbage-read'],
    level: 'G0',
  },
  {
    name: 'read-committed',
    implies: ['read-uncommitted'],
    forbids: ['G1a', 'G1b', 'incompatible-order', 'dirty-update', 'future-read', 'cyclic-versions'],
    level: 'G1c',
  },
  { name: 'cursor-stability', implies: ['read-committed'], forbids: ['lost-update'] },
  { name: 'read-atomic', implies: ['read-committed'], forbids: ['internal', 'fractured-read'] },
  {
    name: 'parallel-snapshot-isolation',
    implies: ['read-atomic', 'cursor-stability'],
    forbids: [],
    level: 'G-single',
  },
  { name: 'prefix-consistency', implies: ['read-atomic'], forbids: [], level: 'prefix' },
  {
    name: 'consistent-view',
    implies: ['cursor-stability'],
    forbids: [],
    level: 'G-single',
  },
  {
    name: 'snapshot-isolation',
    implies: ['parallel-snapshot-isolation', 'prefix-consistency', 'consistent-view'],
    forbids: [],
    level: 'G-nonadjacent',
  },
  {
    name: 'repeatable-read',
    implies: ['cursor-stability'],
    forbids: [],
    level: 'G2-item',
  },
  { name: 'serializable', implies: ['repeatable-read', 'snapshot-isolation'], forbids: [], level: 'G2-item' },
];

/** A node of the lattice. */
export interface ModelNode {
  name: string;
  implies: string[];
  forbids: readonly string[];
  /** Forbids cycles of `level` in `variant`. */
  level: Level | null;
  variant: Variant;
}

const PREFIXES = ['', 'strong-session-', 'strong-'] as const;

function nameOf(base: string, variant: number): string {
  return variant === 2 && base === 'serializable' ? 'strict-serializable' : `${PREFIXES[variant]}${base}`;
}

function build(): Map<string, ModelNode> {
  const nodes = new Map<string, ModelNode>();
  for (let variant = 0; variant < VARIANTS.length; variant++) {
    for (const base of BASES) {
      const name = nameOf(base.name, variant);
      const implies = base.implies.map((weaker) => nameOf(weaker, variant));
      if (variant > 0) implies.push(nameOf(base.name, variant - 1));
      nodes.set(name, {
        name,
        implies,
        forbids: base.forbids,
        level: base.level ?? null,
        variant: variant as Variant,
      });
    }
  }
  // What is serializable in the order of processes, or of real time, is so key by key.
  for (const [name, kind] of [
    ['strong-session-serializable', 'keys-not-sequential'],
    ['strict-serializable', 'keys-not-linearizable'],
  ] as const) {
    const node = nodes.get(name)!;
    node.forbids = [...node.forbids, kind];
  }
  // Causal consistency is about sessions by definition.
  nodes.set('causal', {
    name: 'causal',
    implies: ['read-atomic'],
    forbids: ['causal-violation'],
    level: null,
    variant: 1,
  });
  nodes.get('strong-session-parallel-snapshot-isolation')!.implies.push('causal');
  nodes.get('strong-session-prefix-consistency')!.implies.push('causal');
  return nodes;
}

/** All models by name. */
export const LATTICE: ReadonlyMap<string, ModelNode> = build();

/** Other names people use. */
export const ALIASES: Readonly<Record<string, string>> = {
  'PL-1': 'read-uncommitted',
  'PL-2': 'read-committed',
  'PL-2+': 'consistent-view',
  'PL-2.99': 'repeatable-read',
  'PL-3': 'serializable',
  'parallel-si': 'parallel-snapshot-isolation',
  prefix: 'prefix-consistency',
  'strong-serializable': 'strict-serializable',
  'strong-session-parallel-si': 'strong-session-parallel-snapshot-isolation',
  'strong-parallel-si': 'strong-parallel-snapshot-isolation',
};

/** Every name the `consistencyModel` option takes. */
export const MODEL_NAMES: readonly string[] = [...LATTICE.keys(), ...Object.keys(ALIASES)];

/** What was found, as far as models care. */
export interface Evidence {
  /** Kinds of violations other than cycles. */
  kinds: ReadonlySet<string>;
  /** Kinds that may or may not be there: their search was cut short. */
  unsettled: ReadonlySet<string>;
  /** Whether cycles of a class exist; null: not known, a budget ended. */
  cycles: (level: Level, variant: Variant) => boolean | null;
}

/** The lattice after a check. */
export interface Boundary {
  /** Models this history refutes. */
  refuted: string[];
  /** The weakest of them: they imply no other refuted model. */
  weakest: string[];
  /** The strongest that remain possible. */
  possible: string[];
  /** Models that could not be decided. */
  undecided: string[];
}

/** A model and everything it implies. */
export function closure(name: string): Set<string> {
  const all = new Set<string>();
  const todo = [name];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (all.has(next)) continue;
    all.add(next);
    todo.push(...LATTICE.get(next)!.implies);
  }
  return all;
}

/** Where the history stands in the lattice. */
export function boundary(evidence: Evidence): Boundary {
  const own = (node: ModelNode): boolean | null => {
    if (node.forbids.some((kind) => evidence.kinds.has(kind))) return true;
    return node.level === null ? false : evidence.cycles(node.level, node.variant);
  };
  const refuted: string[] = [];
  const undecided: string[] = [];
  for (const name of LATTICE.keys()) {
    const states = [...closure(name)].map((weaker) => own(LATTICE.get(weaker)!));
    if (states.includes(true)) refuted.push(name);
    // Stronger models have a class of cycles that covers what is unsettled.
    else if (
      states.includes(null) ||
      LATTICE.get(name)!.forbids.some((kind) => evidence.unsettled.has(kind))
    ) {
      undecided.push(name);
    }
  }
  const open = (name: string): boolean => !refuted.includes(name) && !undecided.includes(name);
  const implied = (strong: string, weak: string): boolean => strong !== weak && closure(strong).has(weak);
  return {
    refuted,
    weakest: refuted.filter((name) => !refuted.some((other) => implied(name, other))),
    possible: [...LATTICE.keys()].filter(
      (name) => open(name) && ![...LATTICE.keys()].some((other) => open(other) && implied(other, name)),
    ),
    undecided,
  };
}

/** Which violations and cycle classes count against a model: its own and those of all it implies. */
export function countsAgainst(model: string): {
  kinds: Set<string>;
  cycle: (level: Level, variant: Variant) => boolean;
} {
  const nodes = [...closure(model)].map((name) => LATTICE.get(name)!);
  const kinds = new Set(nodes.flatMap((node) => node.forbids));
  const cycle = (level: Level, variant: Variant): boolean =>
    nodes.some((node) => node.level !== null && node.variant >= variant && levelImplies(level, node.level));
  return { kinds, cycle };
}

/** Whether every cycle of class `graver` is also one of class `milder`. */
export function levelImplies(graver: Level, milder: Level): boolean {
  if (graver === milder) return true;
  // A cycle that breaks prefix consistency has non-adjacent anti-dependencies at most.
  if (milder === 'prefix') return graver === 'G0' || graver === 'G1c';
  if (graver === 'prefix') return milder === 'G-nonadjacent' || milder === 'G2-item';
  return LEVELS.indexOf(graver) <= LEVELS.indexOf(milder);
}
