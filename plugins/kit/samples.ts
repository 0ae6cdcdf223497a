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

/** Operations that mean something else in one workload. */
const SAMPLES_OF: Readonly<Record<string, Readonly<Record<string, Invocation>>>> = {
  set: { read: { f: 'read', value: null } },
  lock: {
    write: { f: 'write', key: 1, value: { token: 1, value: 7 } },
  },
  broadcast: { read: { f: 'read', value: null } },
  'g-counter': { add: { f: 'add', value: 2 }, read: { f: 'read', value: null } },
  'pn-counter': { add: { f: 'add', value: -2 }, read: { f: 'read', value: null } },
  'or-set': {
    add: { f: 'add', value: 1 },
    remove: { f: 'remove', value: 1 },
    read: { f: 'read', value: null },
  },
  cart: {
    add: { f: 'add', key: 1, value: 1 },
    remove: { f: 'remove', key: 1, value: 1 },
    read: { f: 'read', key: 1, value: null },
  },
  siblings: {
    put: { f: 'put', key: 1, value: { value: 1, context: [] } },
    get: { f: 'get', key: 1, value: null },
  },
  requests: { read: { f: 'read', value: null } },
  agreement: {
    propose: { f: 'propose', key: 'n1/1', value: 'attack' },
    decide: { f: 'decide', key: 'n1/1', value: null },
    say: { f: 'say', key: 'n1/1', value: { to: 'n2' } },
  },
  kafka: {
    send: { f: 'send', key: '1', value: 9 },
    poll: { f: 'poll', value: { '1': 0 } },
    commit: { f: 'commit', value: { '1': 0 } },
    committed: { f: 'committed', value: ['1'] },
    assign: { f: 'assign', value: ['1'] },
  },
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
  return SAMPLES_OF[workload]?.[f] ?? SAMPLES[f] ?? null;
}
