/**
 * JSON Schemas of the files in a run folder. They are published in `schemas/` for readers in any language;
 * tests hold them against the types and against real files.
 */
import {
  ANY,
  CHECKER,
  COUNT,
  documentOf,
  listOf,
  mapOf,
  NUMBER,
  oneOf,
  orNull,
  type Part,
  PHASE,
  PHASES,
  PLUGINS,
  record,
  TARGET,
  TEXT,
  VERDICT,
} from './schema-parts.ts';

/** One line of history.jsonl. */
export const HISTORY_SCHEMA: Part = documentOf(
  'faultline history line',
  'One line of history.jsonl: half of an operation.',
  record({
    index: { ...COUNT, description: 'position in the history, from 0' },
    time: { ...NUMBER, description: 'nanoseconds since the run started' },
    process: {
      description: 'a client by number; nemesis:<lane>, observer:<node> or cluster by name',
      anyOf: [COUNT, TEXT],
    },
    type: {
      ...oneOf('invoke', 'ok', 'fail', 'info'),
      description: 'ok took effect, fail did not and never will, info is not known',
    },
    f: { ...TEXT, description: 'what was asked: read, write, cas, add...' },
    'key?': { description: 'the independent object it concerns' },
    value: { description: 'what was asked, then what was answered' },
    'node?': { ...TEXT, description: 'the node it was asked of' },
    'error?': record({ definite: { type: 'boolean' }, kind: TEXT, 'message?': TEXT }),
    'phase?': PHASE,
  }),
);

/** plan.json. */
export const PLAN_SCHEMA: Part = documentOf(
  'faultline plan',
  'Everything that was decided before anything started. The same configuration and seed give the same bytes.',
  record({
    version: { const: 1 },
    config: { description: 'the configuration, resolved' },
    seed: COUNT,
    workload: TEXT,
    'speaks?': { ...TEXT, description: 'the name under which the system knows its operations' },
    'plugins?': PLUGINS,
    workloadOptions: mapOf(ANY),
    nodes: listOf(TEXT),
    concurrency: { type: 'integer', minimum: 1 },
    rate: { ...NUMBER, description: 'operations per second; 0 is as fast as they go' },
    timeLimitMs: NUMBER,
    opTimeoutMs: NUMBER,
    lanes: listOf(TEXT),
    faults: listOf(
      record({
        id: TEXT,
        fault: TEXT,
        mode: TEXT,
        lane: TEXT,
        atNs: NUMBER,
        untilNs: NUMBER,
        target: TARGET,
        nodes: listOf(TEXT),
        params: mapOf(ANY),
      }),
    ),
    checkers: listOf(CHECKER),
    operations: record({
      sampled: COUNT,
      complete: { type: 'boolean' },
      counts: mapOf(COUNT),
      digest: TEXT,
      first: listOf(ANY),
    }),
    'untrusted?': listOf(TEXT),
    leftOut: listOf(record({ what: TEXT, why: TEXT, 'fix?': TEXT, 'fault?': TEXT })),
  }),
);

const EVIDENCE = record({
  state: oneOf('installed', 'skipped', 'failed'),
  bit: orNull({ type: 'boolean' }),
  summary: TEXT,
  measures: mapOf(ANY),
});

const ANOMALY = record({
  kind: TEXT,
  sentence: TEXT,
  certainty: oneOf('proved', 'suspected'),
  'key?': ANY,
  ops: listOf(COUNT),
  steps: listOf(record({ text: TEXT, ops: listOf(COUNT) })),
  'fromNs?': NUMBER,
  'toNs?': NUMBER,
  'detail?': ANY,
});

const OP_COUNTS: Record<string, Part> = { invoked: COUNT, ok: COUNT, fail: COUNT, info: COUNT };

const FAULT = record({
  id: TEXT,
  fault: TEXT,
  mode: TEXT,
  lane: TEXT,
  nodes: listOf(TEXT),
  target: TARGET,
  params: mapOf(ANY),
  state: oneOf('installed', 'skipped', 'failed', 'pending'),
  bit: orNull({ type: 'boolean' }),
  plannedNs: NUMBER,
  fromNs: orNull(NUMBER),
  toNs: orNull(NUMBER),
  inject: orNull(EVIDENCE),
  undo: orNull(EVIDENCE),
  span: record({ label: TEXT, colour: NUMBER }),
});

/** What was judged and seen while the run went. */
const LIVE: Part = record({
  stopOnFail: { type: 'boolean' },
  findings: listOf(
    record({
      checker: TEXT,
      kind: TEXT,
      sentence: TEXT,
      seenNs: { ...NUMBER, description: 'when it was seen' },
      provedNs: { ...NUMBER, description: 'when the last operation it rests on was journalled' },
      ops: listOf(COUNT),
    }),
  ),
  operations: orNull(COUNT),
  checkers: listOf(record({ checker: TEXT, why: orNull(TEXT), stats: mapOf(ANY) })),
  stoppedNs: { ...orNull(NUMBER), description: 'when the load was ended because of a finding' },
});

const MESSAGE_TOTALS = record({ sent: COUNT, delivered: COUNT, dropped: COUNT, perOp: orNull(NUMBER) });
const MESSAGES = record({
  operations: COUNT,
  servers: MESSAGE_TOTALS,
  clients: MESSAGE_TOTALS,
  perOp: orNull(NUMBER),
});

/** verdict.json, and `--json` on standard output. */
export const VERDICT_SCHEMA: Part = documentOf(
  'faultline verdict',
  'What a run established, and what it rests on.',
  record({
    schema: { const: 1 },
    verdict: VERDICT,
    sentence: TEXT,
    'expected?': VERDICT,
    reasons: listOf(record({ verdict: VERDICT, source: TEXT, sentence: TEXT })),
    id: TEXT,
    name: TEXT,
    seed: COUNT,
    system: TEXT,
    workload: TEXT,
    backend: orNull(TEXT),
    checkers: mapOf(
      record({
        verdict: VERDICT,
        anomalies: listOf(ANOMALY),
        'anomalyCount?': COUNT,
        stats: mapOf(ANY),
        'note?': TEXT,
        millis: NUMBER,
        options: mapOf(ANY),
        'memoryBytes?': COUNT,
      }),
    ),
    gates: listOf(
      record({
        name: TEXT,
        claim: TEXT,
        holds: { type: 'boolean' },
        value: ANY,
        threshold: ANY,
        'hint?': TEXT,
      }),
    ),
    counts: record({
      ...OP_COUNTS,
      operations: COUNT,
      byF: mapOf(record(OP_COUNTS)),
      errors: mapOf(COUNT),
      processes: COUNT,
      keys: COUNT,
      observations: COUNT,
    }),
    'messages?': record({ load: MESSAGES, all: MESSAGES }),
    phases: PHASES,
    faults: listOf(FAULT),
    repro: TEXT,
    allow: listOf(VERDICT),
    notes: listOf(TEXT),
    'live?': LIVE,
  }),
);

/** Who can say a value of a configuration. */
const ORIGINS = [
  ...['default', 'system', 'workload', 'file', 'suite', 'campaign'],
  ...['demo', 'flag', 'environment', 'plan', 'drawn'],
];

/** run.json. */
export const RUN_SCHEMA: Part = documentOf(
  'faultline run',
  'What was run, where and when.',
  record({
    schema: { const: 1 },
    id: TEXT,
    name: TEXT,
    command: TEXT,
    cwd: TEXT,
    seed: COUNT,
    system: TEXT,
    workload: TEXT,
    backend: TEXT,
    'backendBecause?': TEXT,
    nodes: listOf(TEXT),
    bugs: listOf(TEXT),
    started: TEXT,
    ended: orNull(TEXT),
    durationMs: orNull(NUMBER),
    endedBy: orNull(TEXT),
    phases: PHASES,
    missing: listOf(record({ capability: TEXT, reason: TEXT, 'fix?': TEXT })),
    environment: record({
      faultline: TEXT,
      node: TEXT,
      platform: TEXT,
      arch: TEXT,
      os: TEXT,
      cpu: TEXT,
      cpus: COUNT,
      memoryBytes: NUMBER,
      commit: orNull(TEXT),
      ci: { type: 'boolean' },
      clockMechanism: TEXT,
    }),
    'configuration?': {
      ...listOf(record({ name: TEXT, value: ANY, from: oneOf(...ORIGINS), 'at?': TEXT })),
      description: 'every value of the configuration, defaults included, and who said it',
    },
    'programs?': listOf(record({ name: TEXT, file: TEXT, 'version?': TEXT, 'sha256?': TEXT })),
    'image?': record({ name: TEXT, id: TEXT, digest: orNull(TEXT), created: TEXT, engine: TEXT }),
    'live?': LIVE,
    'clocks?': listOf(record({ node: TEXT, points: listOf(listOf(NUMBER)) })),
    'network?': record({
      name: TEXT,
      links: listOf(
        record({ from: TEXT, to: TEXT, meantMs: NUMBER, measuredMs: orNull(NUMBER), messages: COUNT }),
      ),
    }),
  }),
);
