/**
 * The JSON Schema of summary.json, published in `schemas/` for readers in any language.
 */
import {
  COUNT,
  documentOf,
  listOf,
  mapOf,
  NUMBER,
  oneOf,
  orNull,
  type Part,
  record,
  TEXT,
  VERDICT,
} from '../store/schema-parts.ts';

const YES_NO: Part = { type: 'boolean' };
const KIND = oneOf('run', 'again', 'regression', 'canary');
const FAULTS = record({ planned: COUNT, fired: COUNT });

const RUN = record({
  id: { ...TEXT, description: 'unique in its night' },
  kind: KIND,
  scenario: { ...TEXT, description: 'system, workload and package of faults: stable from night to night' },
  shard: COUNT,
  seed: orNull(COUNT),
  verdict: VERDICT,
  sentence: TEXT,
  kinds: { ...listOf(TEXT), description: 'classes of anomalies' },
  checkers: mapOf(VERDICT),
  attempts: { ...COUNT, description: 'tries in all' },
  broke: { ...COUNT, description: 'tries that broke before another one decided' },
  reproduced: orNull(
    record({
      ...{ failed: COUNT, of: COUNT },
      skipped: orNull(record({ tries: COUNT, because: TEXT }, 'reruns that were left out')),
    }),
  ),
  twice: orNull(oneOf('same', 'different')),
  canary: orNull(record({ caught: YES_NO, by: TEXT })),
  operations: COUNT,
  faults: FAULTS,
  fromMs: NUMBER,
  toMs: NUMBER,
  tookMs: NUMBER,
  folder: { ...TEXT, description: 'run folder, relative to the summary' },
  repro: TEXT,
});

const SCENARIO = record({
  name: TEXT,
  kind: KIND,
  verdict: VERDICT,
  verdicts: mapOf(COUNT),
  state: oneOf(
    ...[
      'new',
      'still',
      'fixed',
      'unproved',
      'new-unknown',
      'new-broken',
      'slower',
      'fewer-operations',
      'plain',
    ],
  ),
  said: TEXT,
  kinds: listOf(TEXT),
  known: { ...listOf(TEXT), description: 'classes of anomalies it failed by the last night' },
  failed: listOf(record({ seed: COUNT, kinds: listOf(TEXT) })),
  runs: COUNT,
  meanMs: NUMBER,
  operations: COUNT,
  flaky: COUNT,
  past: listOf(record({ night: TEXT, commit: orNull(TEXT), verdict: VERDICT, flaky: COUNT, meanMs: NUMBER })),
});

/** summary.json, and `faultline campaign --json`. */
export const SUMMARY_SCHEMA: Part = documentOf(
  'faultline campaign summary',
  'What a night established.',
  record({
    schema: { const: 1 },
    name: TEXT,
    verdict: VERDICT,
    sentence: TEXT,
    started: TEXT,
    commit: orNull(TEXT),
    seedSource: TEXT,
    command: TEXT,
    file: TEXT,
    versions: record({ faultline: TEXT, node: TEXT }),
    elapsedMs: NUMBER,
    budgetMs: orNull(NUMBER),
    interrupted: YES_NO,
    allow: listOf(VERDICT),
    counts: record({ pass: COUNT, fail: COUNT, unknown: COUNT, vacuous: COUNT, broken: COUNT }),
    planned: COUNT,
    runs: listOf(RUN),
    scenarios: listOf(SCENARIO),
    canaries: record({ planned: COUNT, caught: COUNT, missed: listOf(TEXT), without: listOf(TEXT) }),
    twice: record({ compared: COUNT, different: COUNT }),
    flaky: listOf(TEXT),
    skipped: listOf(record({ id: TEXT, because: TEXT })),
    leftOut: listOf(record({ name: TEXT, because: TEXT })),
    shards: listOf(
      record({ index: COUNT, of: COUNT, jobs: COUNT, runs: COUNT, elapsedMs: NUMBER, interrupted: YES_NO }),
    ),
    spans: listOf(
      record({
        ...{ shard: COUNT, slot: COUNT, run: TEXT, purpose: oneOf('first', 'retry', 'rerun', 'twice') },
        ...{ verdict: VERDICT, fromMs: NUMBER, toMs: NUMBER, worker: orNull(TEXT) },
      }),
    ),
    cost: record({
      ...{ machineMs: NUMBER, operations: COUNT, faultsFired: COUNT, faultsPlanned: COUNT, attempts: COUNT },
    }),
    nights: listOf(
      record({ night: TEXT, commit: orNull(TEXT), runs: COUNT, verdicts: mapOf(COUNT), flaky: COUNT }),
    ),
    notes: listOf(TEXT),
  }),
);
