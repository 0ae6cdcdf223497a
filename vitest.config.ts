import { defineConfig } from 'vitest/config';

/**
 * What depends on what else goes on at a machine: processes, namespaces, containers, servers of others, browsers. Such a
 * test may fail once in CI, which says so (`retry x1`), and not twice; all others have no second try anywhere.
 */
const MACHINE = [
  'tests/e2e/**/*.test.ts',
  'tests/harness/cluster/**/*.test.ts',
  'tests/harness/sandbox/**/*.test.ts',
  'tests/systems/**/*.test.ts',
  'tests/search/cluster/**/*.test.ts',
  'tests/package/packed.test.ts',
  'tests/plugins/kit.test.ts',
];

// Tests that start real clusters mostly wait for them, and share the processors with them: few files at a time, and one
// more than a small machine has processors. The limit is for tests that hang, and so one for all: how long one takes
// depends on what else the machine does.
const shared = { setupFiles: ['tests/setup.ts'], testTimeout: 240_000, hookTimeout: 240_000 };

export default defineConfig({
  test: {
    maxWorkers: 3,
    projects: [
      { test: { ...shared, name: 'logic', include: ['tests/**/*.test.ts'], exclude: MACHINE } },
      {
        test: {
          ...shared,
          name: 'machine',
          include: MACHINE,
          retry: process.env['CI'] === undefined ? 0 : 1,
        },
      },
    ],
  },
});
