import { defineConfig } from 'vitest/config';

// Tests that start real clusters share two cores with the cluster: few files at a time, generous limits.
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
