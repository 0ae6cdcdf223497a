/**
 * Property tests draw the same cases on every machine, so that a red build is red for everyone who looks. Fresh
 * cases come from `npm run fuzz`, or from any run with FUZZ_SEED set. A test that is skipped while it runs says why: the
 * usual reporter counts it only.
 */
import fc from 'fast-check';
import { afterEach, beforeEach } from 'vitest';
import { beforeTry } from './kits/second-try.ts';

const seed = process.env['FUZZ_SEED'];
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });
else if (process.env['FUZZ_RUNS'] === undefined) fc.configureGlobal({ seed: 20_261_122 });

// Tests that run side by side in one folder each write under names of their own.
beforeEach(({ task }) => {
  if (task.concurrent !== true) beforeTry((task.result?.retryCount ?? 0) === 0);
});

afterEach(({ task }) => {
  const { note } = (task.result ?? {}) as { note?: string };
  if (note !== undefined) process.stderr.write(`skipped: ${task.name}: ${note}\n`);
});
