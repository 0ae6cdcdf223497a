/**
 * Maelstrom's workloads by their own names: which of ours each is, and what its flags set there.
 */
import { ALIASES, closure, MODEL_NAMES } from '../../checkers/txn/models.ts';
import type { CheckerConfig } from '../../harness/config/types.ts';
import type { Json } from '../../harness/op.ts';
import { suggest, UsageError } from '../../harness/registry.ts';

/** What flags say about the load. */
export interface LoadFlags {
  keyCount: number | undefined;
  maxTxnLength: number | undefined;
  maxWritesPerKey: number | undefined;
  consistencyModels: readonly string[];
  quietMs: number;
  latencyMs: number;
}

/** One of the ten. */
export interface MaelstromWorkload {
  name: string;
  options(flags: LoadFlags): Record<string, Json>;
  /** Checkers beyond its own. */
  checkers?: readonly CheckerConfig[];
  /** Flags of the load that mean something to it. */
  heeds: readonly (keyof LoadFlags)[];
  /** How long a client waits for an answer. */
  timeoutMs(flags: LoadFlags): number;
}

const CLIENT_MS = 5_000;
/** As many reads as writes, as in Maelstrom. */
const READS = 0.5;
const given = (entries: Record<string, Json | undefined>): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );

function plain(
  name: string,
  options: MaelstromWorkload['options'] = () => ({}),
  heeds: MaelstromWorkload['heeds'] = [],
): MaelstromWorkload {
  return { name, options, heeds, timeoutMs: () => CLIENT_MS };
}

const transactional = (name: string): MaelstromWorkload => ({
  // Whatever is promised between transactions: each must agree with itself.
  checkers: [{ name, coherent: true }],
  ...plain(
    name,
    (flags) => ({
      keys: flags.keyCount ?? 10,
      length: flags.maxTxnLength ?? 4,
      writesPerKey: flags.maxWritesPerKey ?? 16,
      consistency: strongest(flags.consistencyModels),
    }),
    ['keyCount', 'maxTxnLength', 'maxWritesPerKey', 'consistencyModels'],
  ),
});

const converging = (name: string): MaelstromWorkload =>
  plain(name, ({ quietMs }) => ({ reads: READS, quietMs }), ['quietMs']);

/** Ours by Maelstrom's names. */
export const MAELSTROM_WORKLOADS: Readonly<Record<string, MaelstromWorkload>> = {
  broadcast: converging('broadcast'),
  echo: plain('echo'),
  'g-counter': converging('g-counter'),
  // Every node must show every element in the end, not only some node some time.
  'g-set': { ...converging('set'), checkers: [{ name: 'eventual-set' }] },
  kafka: plain(
    'kafka',
    ({ keyCount, maxWritesPerKey, quietMs }) =>
      given({ keys: keyCount, sendsPerKey: maxWritesPerKey, quietMs }),
    ['keyCount', 'maxWritesPerKey', 'quietMs'],
  ),
  'lin-kv': {
    name: 'register',
    options: ({ keyCount, maxWritesPerKey }) => given({ keysPerGroup: keyCount, opsPerKey: maxWritesPerKey }),
    heeds: ['keyCount', 'maxWritesPerKey', 'latencyMs'],
    timeoutMs: ({ latencyMs }) => Math.max(10 * latencyMs, 1_000),
  },
  'pn-counter': converging('pn-counter'),
  'txn-list-append': transactional('list-append'),
  'txn-rw-register': transactional('rw-register'),
  'unique-ids': plain('unique-ids'),
};

/** The one of the named models that implies the others. Throws `UsageError` for unknown names, and when none does. */
export function strongest(names: readonly string[]): string {
  if (names.length === 0) return 'strict-serializable';
  for (const name of names) {
    if (MODEL_NAMES.includes(name)) continue;
    throw new UsageError(`--consistency-models: there is no model "${name}"`, {
      hint: suggest(name, MODEL_NAMES),
    });
  }
  const plainName = (name: string): string => ALIASES[name] ?? name;
  const all = names.find((name) => {
    const implied = closure(plainName(name));
    return names.every((other) => implied.has(plainName(other)));
  });
  if (all !== undefined) return all;
  throw new UsageError(`--consistency-models: none of ${names.join(', ')} implies the others`, {
    hint: 'demand one, and the report says which others hold',
  });
}
