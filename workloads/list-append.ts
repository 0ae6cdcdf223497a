/**
 * Transactions that append unique values to lists and read them. A read shows the whole history of its key, so
 * that the order of writes is known and every isolation level can be judged.
 */
import { drawn } from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Workload } from '../harness/workload.ts';
import { numberOf } from './options.ts';
import { transactions } from './transactions.ts';

/** Micro-operations of a transaction at most; also what keeps appended values apart. */
const MOST = 8;

/** The `list-append` workload. */
export const listAppend: Workload = {
  name: 'list-append',
  summary: 'transactions append to and read lists of a few keys at a time: every anomaly of isolation',
  needs: ['txn'],
  options: {
    keys: { summary: 'keys in use at a time', default: 6, type: 'number', min: 1, max: 1000 },
    txnsPerKey: {
      summary: 'transactions after which the oldest key gives way to a fresh one',
      default: 40,
      type: 'number',
      min: 1,
    },
    length: {
      summary: 'most micro-operations in a transaction',
      default: 4,
      type: 'number',
      min: 1,
      max: MOST,
    },
    writesPerKey: {
      summary: 'appends after which a key gives way to a fresh one; unset: by txnsPerKey',
      default: null,
      type: 'number',
      min: 1,
    },
    reads: { summary: 'share of reads', default: 0.5, type: 'number', min: 0, max: 1 },
    consistency: { summary: 'what is promised', default: 'strict-serializable' },
  },
  build(options: Record<string, Json>, context) {
    const keys = numberOf(options, 'keys');
    const perKey = numberOf(options, 'txnsPerKey');
    const length = numberOf(options, 'length');
    const reads = numberOf(options, 'reads');
    const byWrites = options['writesPerKey'] ?? null;
    const seed = context.seed.fork('transactions');
    return {
      generator:
        byWrites === null
          ? drawn(seed, (draws, n) => {
              const oldest = Math.floor(n / perKey);
              const txn: Json[] = Array.from({ length: draws.int(1, length) }, (_, i): Json => {
                const key = oldest + draws.int(0, keys - 1);
                return draws.chance(reads) ? ['r', key, null] : ['append', key, n * MOST + i];
              });
              return { f: 'txn', value: txn };
            })
          : transactions(seed, {
              write: 'append',
              keys,
              writesPerKey: numberOf(options, 'writesPerKey'),
              length,
              reads,
            }),
      checkers: [
        { name: 'list-append', options: { consistencyModel: options['consistency']! } },
        { name: 'stats', options: {} },
      ],
    };
  },
};
