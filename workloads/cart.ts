/**
 * Shopping carts: items are put into a few carts and some are taken out again, through every node. The promise:
 * in the end a cart holds what was put in, and nothing that was taken out. Every answer holds a whole cart, so carts
 * give way to fresh ones: without that the cost of a run grows with the square of its operations.
 */
import { drawn } from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Workload } from '../harness/workload.ts';
import { elementOperation } from './elements.ts';
import { finalReads, finalReadsOfLists, QUIET } from './final-reads.ts';
import { numberOf } from './options.ts';

/** The `cart` workload. */
export const cart: Workload = {
  name: 'cart',
  summary: 'items are put into carts and taken out again: items that get lost, removed items that come back',
  needs: ['add', 'remove', 'read'],
  options: {
    ...QUIET,
    carts: { summary: 'carts in use at a time', default: 5, type: 'number', min: 1, max: 1000 },
    opsPerCart: {
      summary: 'operations on a cart before a fresh one takes its place; 0: no bound',
      default: 100,
      type: 'number',
      min: 0,
    },
    reads: { summary: 'share of reads', default: 0.1, type: 'number', min: 0, max: 0.9 },
    removes: { summary: 'share of removals', default: 0.25, type: 'number', min: 0, max: 0.9 },
  },
  build(options: Record<string, Json>, context) {
    const carts = numberOf(options, 'carts');
    const opsPerCart = numberOf(options, 'opsPerCart');
    const quietMs = numberOf(options, 'quietMs');
    // Cart in place `at` by the time of operation n: carts are numbered in the order in which they come into use.
    const cartOf = (at: number, n: number): number =>
      opsPerCart === 0 ? at : at + carts * Math.floor(n / (carts * opsPerCart));
    const shares = { reads: numberOf(options, 'reads'), removes: numberOf(options, 'removes') };
    return {
      // An item belongs to one cart, so that its removal names the cart it is in.
      generator: drawn(context.seed.fork('operations'), (draws, n) => {
        const op = elementOperation(n, draws, shares);
        const { value: item } = op;
        const key =
          typeof item === 'number' ? cartOf(item % carts, item) : cartOf(draws.int(0, carts - 1), n);
        return { ...op, key };
      }),
      final:
        opsPerCart === 0
          ? finalReads(
              Array.from({ length: carts }, (_, key) => ({ f: 'read', key })),
              quietMs,
            )
          : finalReadsOfLists(carts, quietMs),
      checkers: [
        { name: 'eventual-set', options: {} },
        { name: 'stats', options: {} },
      ],
    };
  },
};
