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
  {
    name: 'cursor-stability',
    implies: ['read-committed'],
    forbids: ['lost-update', 'G-cursor'],
  },
  {
    name: 'monotonic-atomic-view',
    implies: ['read-committed'],
    forbids: ['non-monotonic-read'],
  },
  // Seeing a transaction and then missing it is the shortest of the cycles it forbids.
  {
    name: 'monotonic-view',
    implies: ['monotonic-atomic-view'],
    forbids: [],
    level: 'G-monotonic',
  },
  {
    name: 'read-atomic',
    implies: ['monotonic-atomic-view'],
    forbids: ['internal', 'fractured-read'],
  },
  { name: 'update-atomic', implies: ['read-atomic'], forbids: ['lost-update'] },
  {
    name: 'parallel-snapshot-isolation',
    implies: ['update-atomic', 'cursor-stability'],
    forbids: [],
    level: 'G-single',
  },
  { name: 'prefix-consistency', implies: ['read-atomic'], forbids: [], level: 'prefix' },
  {
    name: 'consistent-view',
    implies: ['cursor-stability', 'monotonic-view'],
    forbids: [],
    level: 'G-single',
  },
  {
    name: 'update-serializable',
    implies: ['consistent-view'],
    forbids: [],
    level: 'G-update',
  },
  {
    name: 'snapshot-isolation',
    implies: ['parallel-snapshot-isolation', 'prefix-consistency', 'consistent-view'],
    forbids: [],
    level: 'G-nonadjacent',
  },
  // Only items are read repeatably: what a predicate finds may change.
  {
    name: 'repeatable-read',
    implies: ['cursor-stability', 'monotonic-atomic-view'],
    forbids: [],
    level: 'G2-item',
  },
  {
    name: 'serializable',
    implies: ['repeatable-read', 'snapshot-isolation', 'update-serializable'],
    forbids: [],
    level: 'G2',
  },
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

/** Other names people use: Adya's, and those of Jepsen and of papers. */
export const ALIASES: Readonly<Record<string, string>> = aliases({
  'PL-1': 'read-uncommitted',
  'PL-2': 'read-committed',
  'PL-CS': 'cursor-stability',
  'PL-2L': 'monotonic-view',
  'PL-2+': 'consistent-view',
  'PL-3U': 'update-serializable',
  'PL-SI': 'snapshot-isolation',
  'PL-2.99': 'repeatable-read',
  'PL-3': 'serializable',
  mav: 'monotonic-atomic-view',
  'parallel-si': 'parallel-snapshot-isolation',
  psi: 'parallel-snapshot-isolation',
  si: 'snapshot-isolation',
  prefix: 'prefix-consistency',
  'update-serializability': 'update-serializable',
});

function aliases(base: Record<string, string>): Record<string, string> {
  const all: Record<string, string> = { ...base };
  for (const [alias, name] of Object.entries(base)) {
    for (const prefix of PREFIXES.slice(1)) all[prefix + alias] = prefix + name;
  }
  for (const alias of ['strong-serializable', 'strong-PL-3', 'PL-SS']) all[alias] = 'strict-serializable';
  return all;
}

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

const CLOSURES = new Map<string, ReadonlySet<string>>();

/** A model and everything it implies. */
export function closure(name: string): ReadonlySet<string> {
  const known = CLOSURES.get(name);
  if (known !== undefined) return known;
  const all = new Set<string>();
  CLOSURES.set(name, all);
  const pending = [name];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (all.has(next)) continue;
    all.add(next);
    pending.push(...LATTICE.get(next)!.implies);
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
  cycle: (level: Level, variant: Variant, predicate: boolean) => boolean;
} {
  const nodes = [...closure(model)].map((name) => LATTICE.get(name)!);
  const kinds = new Set(nodes.flatMap((node) => node.forbids));
  const cycle = (level: Level, variant: Variant, predicate: boolean): boolean =>
    nodes.some(
      (node) => node.level !== null && node.variant >= variant && levelImplies(level, node.level, predicate),
    );
  return { kinds, cycle };
}

/** Whether every cycle of class `graver` is also one of class `milder`; `predicate`: it may have such an edge. */
export function levelImplies(graver: Level, milder: Level, predicate: boolean): boolean {
  if (graver === milder) return true;
  const dependencies = graver === 'G0' || graver === 'G1c';
  if (APART.includes(milder)) return milder === 'prefix' && dependencies;
  // A cycle that breaks prefix consistency has non-adjacent anti-dependencies at most.
  if (graver === 'prefix') return milder === 'G-nonadjacent' || wide(milder, predicate);
  if (graver === 'G-monotonic')
    return milder === 'G-single' || milder === 'G-nonadjacent' || wide(milder, predicate);
  if (graver === 'G-update') return wide(milder, predicate);
  if (milder === 'G2-item' && predicate && !dependencies) return false;
  return LEVELS.indexOf(graver) <= LEVELS.indexOf(milder);
}

/** Classes beside the chain from G0 to G2. */
export const APART: readonly Level[] = ['prefix', 'G-update', 'G-monotonic'];

function wide(level: Level, predicate: boolean): boolean {
  return level === 'G2' || (level === 'G2-item' && !predicate);
}
