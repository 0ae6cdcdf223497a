/**
 * Locks with leases: clients acquire, write to what the lock guards with their fencing token, and release, often
 * only when the lease has long run out. The promises: leases do not overlap, tokens grow, and the resource takes
 * no token older than one it has taken.
 */

import type { GeneratorEvent } from '../harness/generator/generator.ts';
import { forEachThread, type Generator, type OpTemplate, unfold } from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Seed } from '../harness/random.ts';
import type { Workload } from '../harness/workload.ts';
import { numberOf } from './options.ts';

/** The lock a client holds, as far as it knows. */
interface Held {
  key: number;
  token: number;
}

interface Shape {
  keys: number;
  ttlMs: number;
  release: number;
}

/** What one client does: it never asks whether its lease still runs, as a client that was paused does not. */
function client(seed: Seed, shape: Shape): Generator {
  return unfold<Held | null>(
    seed,
    null,
    (held, n, draws): [OpTemplate, Held | null] => {
      if (held === null) {
        return [{ f: 'acquire', key: draws.int(0, shape.keys - 1), value: { ttlMs: shape.ttlMs } }, held];
      }
      const { key, token } = held;
      if (draws.chance(shape.release)) return [{ f: 'release', key, value: { token } }, null];
      return [{ f: 'write', key, value: { token, value: n } }, held];
    },
    (held, event) => heldAfter(held, event),
  );
}

function heldAfter(held: Held | null, event: GeneratorEvent): Held | null {
  if (event.type === 'invoke') return held;
  // An answer that never came, or a refusal: start over.
  if (event.type !== 'ok') return null;
  if (event.f !== 'acquire') return held;
  const grant = event.value;
  if (typeof grant !== 'object' || grant === null || Array.isArray(grant)) return null;
  const { token } = grant;
  return typeof token === 'number' ? { key: event.key as number, token } : null;
}

/** The `lock` workload. */
export const lock: Workload = {
  name: 'lock',
  summary:
    'clients take leases on a few locks and write with fencing tokens, also when their lease is long over',
  needs: ['acquire', 'release', 'write'],
  options: {
    keys: { summary: 'number of locks', default: 3, type: 'number', min: 1, max: 100 },
    ttlMs: { summary: 'length of a lease', default: 150, type: 'number', min: 1 },
    release: {
      summary: 'share of releases in what a holder does',
      default: 0.2,
      type: 'number',
      min: 0,
      max: 1,
    },
  },
  build(options: Record<string, Json>, context) {
    const shape = {
      keys: numberOf(options, 'keys'),
      ttlMs: numberOf(options, 'ttlMs'),
      release: numberOf(options, 'release'),
    };
    return {
      generator: forEachThread((name) => client(context.seed.fork('client', name), shape)),
      checkers: [
        { name: 'lock', options: {} },
        { name: 'stats', options: {} },
      ],
    };
  },
};
