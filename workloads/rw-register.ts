/**
 * Transactions that write and read registers. A read shows one value only, so less is known of the order of writes
 * than with lists: what can be shown to be wrong is wrong, the rest stays open.
 */
import type { Json } from '../harness/op.ts';
import type { Workload } from '../harness/workload.ts';
import { numberOf } from './options.ts';
import { transactions } from './transactions.ts';

/** The `rw-register` workload. */
export const rwRegister: Workload = {
  name: 'rw-register',
  summary: 'transactions write and read registers of a few keys at a time: anomalies of isolation',
  needs: ['txn'],
  options: {
    keys: { summary: 'keys in use at a time', default: 10, type: 'number', min: 1, max: 1000 },
    writesPerKey: {
      summary: 'writes after which a key gives way to a fresh one',
      default: 16,
      type: 'number',
      min: 1,
    },
    length: {
      summary: 'most micro-operations in a transaction',
      default: 4,
      type: 'number',
      min: 1,
      max: 100,
    },
    reads: { summary: 'share of reads', default: 0.5, type: 'number', min: 0, max: 1 },
    consistency: { summary: 'what is promised', default: 'strict-serializable' },
  },
  build(options: Record<string, Json>, context) {
    return {
      generator: transactions(context.seed.fork('transactions'), {
        write: 'w',
        keys: numberOf(options, 'keys'),
        writesPerKey: numberOf(options, 'writesPerKey'),
        length: numberOf(options, 'length'),
        reads: numberOf(options, 'reads'),
      }),
      checkers: [
        { name: 'rw-register', options: { consistencyModel: options['consistency']! } },
        { name: 'stats', options: {} },
      ],
    };
  },
};
