/**
 * Values put with what their client had read: `get` returns all values that nothing supersedes, `put` replaces
 * those the client saw. The promise: no concurrent value is dropped, none that was replaced comes back.
 */
import { forEachThread, type Generator, type OpTemplate, unfold } from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Seed } from '../harness/random.ts';
import type { Workload } from '../harness/workload.ts';
import { finalReads, QUIET } from './final-reads.ts';
import { numberOf } from './options.ts';

/** What one client read last, and of which key; null: nothing it may build on. */
type Seen = { key: number; values: Json[] } | null;

/** Reads a key, then replaces what it read; sometimes it writes without having looked. */
function client(seed: Seed, name: number | string, keys: number, blind: number): Generator {
  return unfold<Seen>(
    seed,
    null,
    (seen, n, draws): [OpTemplate, Seen] => {
      const key = draws.int(0, keys - 1);
      const value = `${name}.${n}`;
      if (seen !== null) return [{ f: 'put', key: seen.key, value: { value, context: seen.values } }, null];
      if (draws.chance(blind)) return [{ f: 'put', key, value: { value, context: [] } }, null];
      return [{ f: 'get', key }, null];
    },
    (seen, event) => {
      if (event.type !== 'ok' || event.f !== 'get' || !Array.isArray(event.value)) return seen;
      return { key: event.key as number, values: event.value };
    },
  );
}

/** The `siblings` workload. */
export const siblings: Workload = {
  name: 'siblings',
  summary: 'values are put in place of those the client had read: lost, false and returning siblings',
  needs: ['get', 'put'],
  options: {
    ...QUIET,
    keys: { summary: 'number of keys', default: 8, type: 'number', min: 1, max: 1000 },
    blind: { summary: 'share of puts without a get before', default: 0.1, type: 'number', min: 0, max: 1 },
  },
  build(options: Record<string, Json>, context) {
    const keys = numberOf(options, 'keys');
    const blind = numberOf(options, 'blind');
    return {
      generator: forEachThread((name) => client(context.seed.fork('client', name), name, keys, blind)),
      final: finalReads(
        Array.from({ length: keys }, (_, key) => ({ f: 'get', key })),
        numberOf(options, 'quietMs'),
      ),
      checkers: [
        { name: 'siblings', options: {} },
        { name: 'stats', options: {} },
      ],
    };
  },
};
