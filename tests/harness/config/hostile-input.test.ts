/**
 * Whatever stands in a configuration, the answer is a configuration or a `UsageError`: never a crash.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checked } from '../../../harness/config/load.ts';
import { resolveConfig } from '../../../harness/config/resolve.ts';
import { CONFIG_SCHEMA } from '../../../harness/config/schema.ts';
import { parseSource } from '../../../harness/config/source.ts';
import type { Config } from '../../../harness/config/types.ts';
import { UsageError } from '../../../harness/registry.ts';

function survives(text: string): void {
  try {
    const config = checked(parseSource(text, 'f.yaml'), { faults: { kill: ['one'] }, systems: ['raft'] });
    resolveConfig(config, { directory: '/', seed: 1 });
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).format().length).toBeGreaterThan(0);
  }
}

const EXAMPLE: Config = {
  name: 'x',
  nodes: ['a', 'b'],
  workload: { name: 'register', keys: 3 },
  nemesis: ['kill@a', { fault: 'kill', target: ['b'], duration: '1s' }],
  rate: '5/s',
  timeLimit: '1m30s',
  command: {
    start: 'run {{node.port}}',
    ports: { main: 'auto' },
    peers: { format: '{{peer.id}}' },
    ready: { http: '/', timeout: '3s' },
    leader: { http: 'GET /', leading: { path: 'a.b', equals: true } },
    operations: { set: { add: { http: { path: '/', body: { v: '{{value}}' } } }, read: { command: ['x'] } } },
  },
};

/** Every path in a value. */
function paths(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, item]) =>
      paths(item, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

const PATHS = paths(EXAMPLE).filter((path) => path.length > 0);

describe('configurations', () => {
  it('of random text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), survives));
  });

  it('of known keys with random values', () => {
    const key = fc.constantFrom(...Object.keys(CONFIG_SCHEMA['properties'] as object));
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue({ maxDepth: 2 })), (config) =>
        survives(JSON.stringify(config)),
      ),
      { numRuns: 300 },
    );
  });

  it('with one value replaced by another', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PATHS), fc.jsonValue({ maxDepth: 2 }), (path, value) => {
        const config = structuredClone(EXAMPLE) as unknown as Record<string | number, unknown>;
        let target = config;
        for (const step of path.slice(0, -1)) target = target[step] as typeof config;
        target[path.at(-1)!] = value;
        survives(JSON.stringify(config, null, 2));
      }),
      { numRuns: 500 },
    );
  });

  it('of the example itself, unharmed', () => {
    expect(checked(parseSource(JSON.stringify(EXAMPLE), 'f.json'))).toEqual(EXAMPLE);
  });
});
