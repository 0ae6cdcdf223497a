/**
 * Registers: reads, writes and compare-and-set on independent keys. The promise is linearizability: each
 * operation takes effect at one instant between its invocation and its completion.
 */
import {
  concurrentKeys,
  type Draws,
  type Generator,
  keyGroups,
  limit,
  mix,
  type OpTemplate,
  repeat,
  reserve,
  unfold,
  withKey,
} from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Seed } from '../harness/random.ts';
import type { BuiltWorkload, Workload, WorkloadContext } from '../harness/workload.ts';
import { finalReads } from './final-reads.ts';
import { numberOf } from './options.ts';

/** Values written when they need not be unique. */
const FEW = 5;
/** Operations per key by default when values repeat. */
const FEW_VALUES_BOUND = 200;
/** How many of the latest values compare-and-set takes its expectation from. */
const RECENT = 2;

/** What a key's generator remembers: its latest values, newest first. */
type Recent = readonly number[];

interface Shape {
  unique: boolean;
  /** Shares of reads and of compare-and-set; the rest writes. */
  reads: number;
  cas: number;
}

/**
 * One key's operations. They depend on the seed and their number alone, never on answers: compare-and-set
 * expects one of the values this generator wrote last, which is current unless another operation was faster.
 */
function keyOperations(seed: Seed, shape: Shape): Generator {
  return unfold<Recent>(seed, [], (recent, n, draws) => {
    if (n > 0 && draws.chance(shape.reads)) return [{ f: 'read' }, recent];
    const value = shape.unique ? n : draws.int(0, FEW - 1);
    const op = n > 0 && draws.chance(shape.cas) ? compareAndSet(recent, value, draws) : { f: 'write', value };
    return [op, [value, ...recent].slice(0, RECENT)];
  });
}

/** Mostly from the newest value, sometimes from the one before, so that refusals are seen too. */
function compareAndSet(recent: Recent, value: number, draws: Draws): OpTemplate {
  const expected = recent.length > 1 && draws.chance(0.25) ? recent[1]! : recent[0]!;
  return { f: 'cas', value: [expected, value] };
}

/** Operations per key, 0 for no bound: a search over few values must not see a key for ever. */
function boundOf(options: Record<string, Json>, unique: boolean): number {
  if ((options['opsPerKey'] ?? null) === null) return unique ? 0 : FEW_VALUES_BOUND;
  return numberOf(options, 'opsPerKey');
}

/**
 * A block of keys, worked on by a group of clients: the first `writers` of them mix all operations, the others
 * only read. A node that is cut off never answers a write, and a client that waits for it sees nothing else;
 * the readers are there to see what such a node says meanwhile.
 */
function blockOperations(seed: Seed, keys: readonly number[], writers: number, shape: Shape): Generator {
  const mixed = keys.map((key) => withKey(key, keyOperations(seed.fork('key', key), shape)));
  const reads = keys.map((key) => repeat({ f: 'read', key }));
  const block = seed.fork('block', keys[0]!);
  return reserve([[writers, mix(block.fork('mixed'), mixed)]], mix(block.fork('readers'), reads));
}

function build(options: Record<string, Json>, context: WorkloadContext): BuiltWorkload {
  const cas = context.operations.includes('cas');
  const reads = numberOf(options, 'reads');
  const shape: Shape = {
    unique: options['values'] === 'unique',
    reads,
    // A share of what is not a read.
    cas: cas && reads < 1 ? numberOf(options, 'cas') / (1 - reads) : 0,
  };
  const wanted = numberOf(options, 'threadsPerKey');
  const threadsPerKey = Math.min(
    context.concurrency,
    wanted > 0 ? wanted : 2 * Math.max(1, context.nodes.length),
  );
  const writers = Math.max(1, Math.ceil(threadsPerKey * (1 - numberOf(options, 'readers'))));
  const keysPerGroup = numberOf(options, 'keysPerGroup');
  const opsPerKey = boundOf(options, shape.unique);
  // A group of threads works on a block of keys at a time: block b holds keys b * n .. b * n + n - 1.
  const keysOf = (block: number): number[] =>
    Array.from({ length: keysPerGroup }, (_, i) => block * keysPerGroup + i);
  const workOnBlock = (block: number): Generator => {
    const all = blockOperations(context.seed, keysOf(block), writers, shape);
    return opsPerKey > 0 ? limit(opsPerKey * keysPerGroup, all) : all;
  };
  const firstKeys = Array.from({ length: keyGroups(context.concurrency, threadsPerKey) }, (_, g) =>
    keysOf(g),
  ).flat();
  return {
    generator: concurrentKeys(
      threadsPerKey,
      (n) => n,
      (block) => workOnBlock(block as number),
    ),
    final: finalReads(firstKeys.map((key) => ({ f: 'read', key }))),
    checkers: [
      { name: 'linearizable', options: { model: cas ? 'cas-register' : 'register' } },
      { name: 'stats', options: {} },
    ],
  };
}

/** The `register` workload. */
export const register: Workload = {
  name: 'register',
  summary: 'reads, writes and compare-and-set on independent keys: every key is one linearizable register',
  needs: ['read', 'write'],
  uses: ['cas'],
  options: {
    values: {
      summary:
        'unique: no key is ever given the same value twice, which lets a million operations be judged in a second; few: five values, judged by search',
      default: 'unique',
      choices: ['unique', 'few'],
    },
    readers: {
      summary: 'share of the clients that only read',
      default: 0.5,
      type: 'number',
      min: 0,
      max: 1,
    },
    reads: {
      summary: 'share of reads in the operations of the other clients',
      default: 0.3,
      type: 'number',
      min: 0,
      max: 1,
    },
    cas: {
      summary: 'share of compare-and-set in them, where the system has it; the rest is writes',
      default: 0.25,
      type: 'number',
      min: 0,
      max: 1,
    },
    keysPerGroup: {
      summary: 'keys a group of clients works on at a time',
      default: 5,
      type: 'number',
      min: 1,
      max: 1000,
    },
    threadsPerKey: {
      summary:
        'clients in a group; 0: twice as many as there are nodes, so that every key is written and read through every node',
      default: 0,
      type: 'number',
      min: 0,
    },
    opsPerKey: {
      summary:
        'operations on a key before its group moves on to fresh ones; 0: no bound. Unset: none for unique values, 200 for few. Final reads cover the first keys',
      default: null,
      type: 'number',
      min: 0,
    },
  },
  build,
};
