/**
 * JSON Schema of regression files, published in `schemas/`.
 */
import {
  ANY,
  COUNT,
  documentOf,
  listOf,
  mapOf,
  NUMBER,
  oneOf,
  type Part,
  PLUGINS,
  record,
  TARGET,
  TEXT,
} from '../harness/store/schema-parts.ts';

const LATENCY = record({ minMs: NUMBER, meanMs: NUMBER });

const CASE = record({
  version: { const: 1 },
  seed: COUNT,
  nodes: { ...listOf(TEXT), minItems: 1 },
  workload: TEXT,
  settings: mapOf({ type: ['number', 'boolean', 'string'] }),
  bugs: listOf(TEXT),
  ops: listOf(
    record({
      atNs: { ...NUMBER, minimum: 0, description: 'simulated time from 0' },
      client: COUNT,
      f: TEXT,
      'key?': ANY,
      value: ANY,
      'node?': TEXT,
    }),
  ),
  faults: listOf(
    record({
      id: TEXT,
      fault: TEXT,
      mode: TEXT,
      lane: TEXT,
      atNs: { ...NUMBER, minimum: 0 },
      untilNs: { ...NUMBER, minimum: 0 },
      target: TARGET,
      nodes: listOf(TEXT),
      params: mapOf(ANY),
      'when?': {
        ...record({
          on: oneOf('reached', 'sent', 'received'),
          name: TEXT,
          nth: { ...COUNT, minimum: 1 },
          afterNs: { ...NUMBER, minimum: 0 },
          byNs: { ...NUMBER, minimum: 0 },
        }),
        description: 'the moment it waits for: then it hits the node at which that came, for untilNs - atNs',
      },
    }),
  ),
  'network?': record({
    'latency?': LATENCY,
    'links?': mapOf(LATENCY),
    'loss?': NUMBER,
    'duplicate?': NUMBER,
    'ordered?': { type: 'boolean' },
  }),
  'disk?': mapOf(ANY),
  'isolation?': oneOf('copy', 'freeze', 'json'),
  'opTimeoutMs?': NUMBER,
  'observeEveryMs?': NUMBER,
  'untilNs?': NUMBER,
  'finalFromNs?': { ...NUMBER, description: 'operations from here on are final reads' },
  'reseed?': record({ atNs: NUMBER, seed: COUNT }),
});

/** A file of `regressions/`. */
export const REGRESSION_SCHEMA: Part = documentOf(
  'faultline regression',
  'A simulated run as data, and the failure it showed when it was recorded.',
  record({
    '$schema?': TEXT,
    regression: { const: 1 },
    name: TEXT,
    'about?': { ...TEXT, description: 'where it comes from, for people' },
    program: { ...TEXT, description: 'the reference program, or the system, whose nodes run' },
    checkers: listOf(record({ name: TEXT, options: mapOf(ANY) })),
    expect: record({
      verdict: { const: 'fail' },
      checker: TEXT,
      kind: TEXT,
      sentence: { ...TEXT, description: 'what was wrong when it was recorded' },
    }),
    seeds: {
      ...COUNT,
      description:
        'other seeds to try where its own does not fail any more: a change in a program moves things; on a real cluster: tries beyond the first',
    },
    'cluster?': record({
      backend: oneOf('stdio', 'tcp'),
      set: mapOf(ANY),
      settleMs: { ...NUMBER, minimum: 0 },
      'virtualTime?': { type: 'boolean', description: 'its processes run in lock step on virtual time' },
      'command?': {
        type: 'object',
        description:
          'the program that is started for every node; its folder counts from where faultline is started',
      },
    }),
    'probability?': {
      ...record({ failed: COUNT, of: COUNT, low: NUMBER, high: NUMBER }),
      description: 'how many of the last tries failed on a real cluster, and the interval of 95 %',
    },
    'plugins?': PLUGINS,
    case: CASE,
  }),
);
