/**
 * Locks: mutex, reentrant mutex, read-write lock. The owner is the process, or the value of the operation when
 * it has one (a client that outlives its processes). Releasing what one does not hold cannot happen.
 */
import type { Json } from '../../harness/op.ts';
import type { Model, ModelFunction, ModelOp } from './model.ts';

const TAKES: ModelFunction = { answers: false, readOnly: false, refusable: true };

/** Who takes or releases. */
export function ownerOf(op: ModelOp): string {
  return op.input === null ? `process ${op.process ?? -1}` : JSON.stringify(op.input);
}

function describeLockOp(op: ModelOp): string {
  if (op.outcome === 'refused') return `was refused (${op.f})`;
  return `${op.outcome === 'info' ? 'may have done' : 'did'} ${op.f}`;
}

const never = { readOnly: (op: ModelOp): boolean => op.outcome === 'refused', describeOp: describeLockOp };

/** Owner, or null when free. */
type Held = string | null;

/** The `mutex` model. */
export const mutex: Model<Held> = {
  name: 'mutex',
  summary:
    'a lock: acquire, release; the owner is the process, or the value of both when there is one; a failure of kind ' +
    'precondition-failed shows that it was held by somebody (acquire) or not by the owner (release); initially free',
  functions: { acquire: TAKES, release: TAKES },
  independent: true,
  owned: true,
  init: () => null,
  step(held, op) {
    const owner = ownerOf(op);
    if (op.f === 'acquire') {
      if (op.outcome === 'refused') return held === null ? undefined : held;
      return held === null ? owner : undefined;
    }
    if (op.outcome === 'refused') return held === owner ? undefined : held;
    return held === owner ? null : undefined;
  },
  identity: (held) => held ?? '',
  describe: (held) => (held === null ? 'nobody' : held),
  ...never,
};

/** Owner and how often it holds the lock. */
export interface Depth {
  owner: Held;
  depth: number;
}

/** The `reentrant-mutex` model. */
export const reentrantMutex: Model<Depth> = {
  name: 'reentrant-mutex',
  summary: 'a lock its owner may acquire again, and must release as often; otherwise as mutex',
  functions: { acquire: TAKES, release: TAKES },
  independent: true,
  owned: true,
  init: () => ({ owner: null, depth: 0 }),
  step(held, op) {
    const owner = ownerOf(op);
    const own = held.owner === owner;
    if (op.f === 'acquire') {
      const free = held.owner === null || own;
      if (op.outcome === 'refused') return free ? undefined : held;
      return free ? { owner, depth: held.depth + 1 } : undefined;
    }
    if (op.outcome === 'refused') return own ? undefined : held;
    if (!own) return undefined;
    return held.depth === 1 ? { owner: null, depth: 0 } : { owner, depth: held.depth - 1 };
  },
  identity: ({ owner, depth }) => `${depth} ${owner}`,
  describe: ({ owner, depth }) => (owner === null ? 'nobody' : `${owner} (${depth} times)`),
  ...never,
};

/** A writer, or readers. */
export interface Holders {
  writer: Held;
  /** Sorted; an owner may hold it for reading several times. */
  readers: readonly string[];
}

function without(readers: readonly string[], owner: string): readonly string[] {
  const at = readers.indexOf(owner);
  return readers.filter((_, i) => i !== at);
}

/** The `rw-lock` model. */
export const rwLock: Model<Holders> = {
  name: 'rw-lock',
  summary:
    'a lock of one writer or many readers: acquire-read, release-read, acquire-write, release-write; owners as mutex',
  functions: { 'acquire-read': TAKES, 'release-read': TAKES, 'acquire-write': TAKES, 'release-write': TAKES },
  independent: true,
  owned: true,
  init: () => ({ writer: null, readers: [] }),
  step(held, op) {
    const owner = ownerOf(op);
    const can: Record<string, boolean> = {
      'acquire-read': held.writer === null,
      'release-read': held.readers.includes(owner),
      'acquire-write': held.writer === null && held.readers.length === 0,
      'release-write': held.writer === owner,
    };
    if (op.outcome === 'refused') return can[op.f] ? undefined : held;
    if (!can[op.f]) return undefined;
    if (op.f === 'acquire-read') return { writer: null, readers: [...held.readers, owner].sort() };
    if (op.f === 'release-read') return { writer: null, readers: without(held.readers, owner) };
    return op.f === 'acquire-write' ? { writer: owner, readers: [] } : { writer: null, readers: [] };
  },
  identity: ({ writer, readers }) => JSON.stringify([writer, readers]),
  describe: ({ writer, readers }) =>
    writer === null ? `readers ${readers.join(', ') || 'none'}` : `writer ${writer}`,
  ...never,
};

/** How many permits an operation is about. */
export function permits(op: ModelOp): number {
  return typeof op.input === 'number' ? op.input : 1;
}

/** The `semaphore` model: owners play no part. */
export const semaphore: Model<number> = {
  name: 'semaphore',
  summary:
    'permits: acquire n, release n (1 when no n is given); initially as many as the option initial, or 1',
  functions: { acquire: TAKES, release: { ...TAKES, refusable: false } },
  independent: true,
  init: (initial: Json) => (typeof initial === 'number' ? initial : 1),
  step(free, op) {
    const n = permits(op);
    if (op.f === 'release') return free + n;
    if (op.outcome === 'refused') return free >= n ? undefined : free;
    return free >= n ? free - n : undefined;
  },
  identity: (free) => free,
  describe: (free) => `${free} permits`,
  ...never,
};
