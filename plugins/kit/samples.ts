/**
 * One invocation of every operation that workloads know, for a look at whether a system understands it.
 */
import type { Invocation } from '../../harness/contracts.ts';

const SAMPLES: Readonly<Record<string, Invocation>> = {
  read: { f: 'read', key: 1, value: null },
  write: { f: 'write', key: 1, value: 7 },
  cas: { f: 'cas', key: 1, value: [7, 8] },
  add: { f: 'add', value: 3 },
  remove: { f: 'remove', value: 1 },
  command: { f: 'command', value: 5 },
  generate: { f: 'generate', value: null },
  echo: { f: 'echo', value: 'over there' },
  enqueue: { f: 'enqueue', value: 1 },
  dequeue: { f: 'dequeue', value: null },
  broadcast: { f: 'broadcast', value: 3 },
  submit: { f: 'submit', value: 1 },
  acquire: { f: 'acquire', key: 1, value: { ttlMs: 1000 } },
  release: { f: 'release', key: 1, value: { token: 1 } },
};

/** Workloads whose `read` is of one object, not of a key. */
const KEYLESS: readonly string[] = ['set', 'or-set', 'broadcast', 'g-counter', 'pn-counter', 'requests'];

/** Operations that mean something else in one workload. */
const SAMPLES_OF: Readonly<Record<string, Readonly<Record<string, Invocation>>>> = {
  lock: { write: { f: 'write', key: 1, value: { token: 1, value: 7 } } },
  cart: { add: { f: 'add', key: 1, value: 1 }, remove: { f: 'remove', key: 1, value: 1 } },
  'rw-register': {
    txn: {
      f: 'txn',
      value: [
        ['r', 1, null],
        ['w', 1, 5],
      ],
    },
  },
  'list-append': {
    txn: {
      f: 'txn',
      value: [
        ['r', 1, null],
        ['append', 1, 5],
      ],
    },
  },
};

/** An invocation of an operation; null where the kit knows none. */
export function sampleOf(workload: string, f: string): Invocation | null {
  if (f === 'read' && KEYLESS.includes(workload)) return { f, value: null };
  return SAMPLES_OF[workload]?.[f] ?? SAMPLES[f] ?? null;
}
