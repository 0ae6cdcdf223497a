import 'faultline/vitest';
import fc from 'fast-check';
import { simPlans } from 'faultline/fast-check';
import { simulate } from 'faultline/sim';
import { expect, it } from 'vitest';
import { type Bug, raft } from './raft.ts';

// `BUG=stale-read npm test` plants a bug; `SEED=7 npm test` tests the same plans again.
const node = raft(process.env.BUG as Bug | undefined);
const seed = Number(process.env.SEED ?? Date.now() % 100_000);

const plans = simPlans({
  nodes: [3, 5],
  faults: ['partition', 'kill', 'clock'],
  opTimeoutMs: 500,
  observeEveryMs: 50,
});

it('is linearizable, and has one leader per term, whatever happens to it', { timeout: 120_000 }, () =>
  fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const { history } = await simulate(node, plan);
      expect(history).toBeLinearizable('cas-register');
      expect(history).toHaveOneLeaderPerTerm();
    }),
    { numRuns: 300, seed },
  ),
);
