/**
 * The rules of the house as data. Limits are a ratchet: the exceptions below may shrink, never grow.
 */

/** Longest source file, in lines; the exceptions carry their own limit. */
export const FILE_LINES = 400;
export const FILE_EXCEPTIONS: Readonly<Record<string, number>> = {};

/** Longest function, in lines of compiled code. */
export const FUNCTION_LINES = 70;
export const FUNCTION_EXCEPTIONS: Readonly<Record<string, number>> = {
  // One state machine over bytes; calls would cost the speed it exists for.
  'harness/history/line-scanner.ts:scan': 80,
};

/** The bottom of the house: these files import each other only. */
export const FOUNDATION: readonly string[] = [
  'harness/bug-switch.ts',
  'harness/capability.ts',
  'harness/contracts.ts',
  'harness/link-data.ts',
  'harness/membership.ts',
  'harness/search-hints.ts',
  'harness/op.ts',
  'harness/observation.ts',
  'harness/parameter.ts',
  'harness/program.ts',
  'harness/program-spec.ts',
  'harness/verdict.ts',
  'harness/random.ts',
];

/** What each folder may import, besides itself. Prefixes of repository paths. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  harness: [],
  // Worker entries are what the judge and a run start; they alone speak to them. Models of one's own are loaded as
  // configurations are.
  checkers: [
    ...FOUNDATION,
    'harness/history/',
    'harness/judge/serve.ts',
    'harness/online/serve.ts',
    'harness/config/module-config.ts',
  ],
  workloads: ['harness/', 'checkers/'],
  nemesis: ['harness/'],
  systems: ['harness/'],
  reports: ['harness/'],
  plugins: ['harness/', 'checkers/', 'workloads/', 'nemesis/', 'systems/'],
  search: ['harness/', 'checkers/', 'workloads/', 'nemesis/', 'systems/', 'plugins/'],
  testing: ['harness/', 'checkers/', 'workloads/', 'nemesis/', 'systems/', 'plugins/', 'search/'],
  cli: ['harness/', 'checkers/', 'workloads/', 'nemesis/', 'systems/', 'plugins/', 'search/', 'reports/'],
};

/** Parts of the harness that reports may not see: reports read stored data, never a live system. */
export const CLOSED_TO_REPORTS: readonly string[] = [
  'harness/cluster/',
  'harness/interpreter/',
  'harness/faults/',
  'harness/generator/',
];

/** Packages with one home each; nothing else may import them. */
export const ONE_HOME: Readonly<Record<string, number>> = {
  execa: 1,
  dockerode: 1,
  ssh2: 1,
  ajv: 1,
  undici: 1,
  commander: 1,
  'pure-rand': 1,
  // Optional peers: only who uses --workers, or a store in a bucket, needs them.
  bullmq: 1,
  ioredis: 1,
  '@aws-sdk/client-s3': 1,
  // Optional peers: only who imports `faultline/vitest` or `faultline/fast-check` needs them.
  vitest: 1,
  'fast-check': 5,
};

/** The same for packages that tests and benches alone use. */
export const TEST_HOME: Readonly<Record<string, string>> = {
  'playwright-core': 'tests/e2e/browser.ts',
};

/** Globals that have one home, and the files where they live. */
export const BANNED: readonly { pattern: RegExp; what: string; homes: readonly string[] }[] = [
  {
    pattern:
      /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bsetTimeout\(|\bsetInterval\(|\bsetImmediate\(|\bAbortSignal\.timeout\(|\bhrtime\b/,
    what: 'time',
    // The guard takes the clocks of the language away from simulated nodes, and so must name them.
    homes: [
      'harness/time.ts',
      'harness/sim/guard.ts',
      'systems/reference/runtime/',
      'reports/html/app/',
      'reports/serve/app/',
    ],
  },
  {
    pattern: /\bMath\.random\(|\brandomBytes\(|\brandomUUID\(/,
    what: 'randomness',
    homes: ['systems/reference/runtime/'],
  },
  { pattern: /\bconsole\./, what: 'console', homes: ['cli/', 'reports/html/app/', 'reports/serve/app/'] },
];

/** Files that are started, not imported: tests run them as processes or in a browser. */
export const ENTRY_POINTS: readonly string[] = [
  'cli/main.ts',
  'checkers/worker.ts',
  'checkers/online/worker.ts',
  'plugins/judge-worker.ts',
  'search/explore-worker.ts',
  'systems/node-main.ts',
  'systems/reference/main.ts',
  'reports/html/app/main.ts',
  'reports/serve/app/runs.ts',
  'reports/serve/app/live.ts',
];
