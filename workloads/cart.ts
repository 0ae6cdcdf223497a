/**
 * Shopping carts: items are put into a few carts and some are taken out again, through every node. The promise:
 * in the end a cart holds what was put in, and nothing that was taken out.
 */
import { drawn } from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Workload } from '../harness/workload.ts';
import { elementOperation } from './elements.ts';
import { finalReads, QUIET } from './final-reads.ts';
import { numberOf } from './options.ts';

/** The `cart` workload. */
export const cart: Workload = {
  name: 'cart',
  summary: 'items are put into carts and taken out again: items that get lost, removed items that come back',
  needs: ['add', 'remove', 'read'],
  options: {
    ...QUIET,
    carts: { summary: 'number of carts', default: 5, type: 'number', min: 1, max: 1000 },
    reads: { summary: 'share of reads', default: 0.1, type: 'number', min: 0, max: 0.9 },
    removes: { summary: 'share of removals', default: 0.25, type: 'number', min: 0, max: 0.9 },
  },
  build(options: Record<string, Json>, context) {
    const carts = numberOf(options, 'carts');
    const shares = { reads: numberOf(options, 'reads'), removes: numberOf(options, 'removes') };
    return {
      // An item belongs to one cart, so that its removal names the cart it is in.
      generator: drawn(context.seed.fork('operations'), (draws, n) => {
        const op = elementOperation(n, draws, shares);
        return { ...op, key: typeof op.value === 'number' ? op.value % carts : draws.int(0, carts - 1) };
      }),
      final: finalReads(
        Array.from({ length: carts }, (_, key) => ({ f: 'read', key })),
        numberOf(options, 'quietMs'),
      ),
      checkers: [
        { name: 'eventual-set', options: {} },
        { name: 'stats', options: {} },
      ],
    };
  },
};
