/**
 * A summary of a night in which a bit of everything happened.
 */
import { type CampaignSummary, summarize } from '../../../harness/campaign/summary.ts';
import { attempt, failure, night, planned, storedPlan } from '../../harness/campaign/samples.ts';

const FAILS = planned();
const PASSES = planned({ id: 'raft/set/calm#1', scenario: 'raft/set/calm', twice: true });
const BREAKS = planned({ id: 'etcd/register/storm#1', scenario: 'etcd/register/storm' });
const UNKNOWN = planned({ id: 'etcd/set/storm#1', scenario: 'etcd/set/storm' });
const FIXED = planned({
  id: 'lww/last-write/storm@41',
  scenario: 'lww/last-write/storm',
  kind: 'again',
  seeds: [41],
});
const CANARY = planned({
  ...{ id: 'canary/linearizable', scenario: 'canary/linearizable', kind: 'canary', foundBy: 'linearizable' },
});
const SKIPPED = planned({ id: 'raft/set/storm#1', scenario: 'raft/set/storm' });

/** Text that is markup, a command of a CI server, or both. */
export const HOSTILE = '<img src=x onerror=alert(1)>`]]>\n::error::%0A|@team';

/** The summary; `over` replaces fields of it. */
export function sampleSummary(over: Partial<CampaignSummary> = {}): CampaignSummary {
  const runs = [FAILS, PASSES, BREAKS, UNKNOWN, FIXED, CANARY, SKIPPED];
  const summary = summarize({
    parts: [
      {
        plan: storedPlan(runs, {
          leftOut: [{ name: 'lww/set/storm', because: 'lww does not speak set' }],
          withoutCanary: ['stats'],
        }),
        attempts: [
          failure({ run: FAILS.id }),
          failure({ run: FAILS.id, attempt: 2, purpose: 'rerun', fromMs: 1_000, toMs: 2_000 }),
          attempt({ run: FAILS.id, attempt: 3, purpose: 'rerun', fromMs: 2_000, toMs: 3_000 }),
          attempt({ run: PASSES.id, slot: 1, toMs: 2_500 }),
          attempt({ run: PASSES.id, slot: 1, attempt: 2, purpose: 'twice', fromMs: 2_500, toMs: 3_500 }),
          attempt({ run: BREAKS.id, verdict: 'broken', fromMs: 3_000, toMs: 3_100 }),
          attempt({ run: BREAKS.id, attempt: 2, purpose: 'retry', fromMs: 3_100, toMs: 4_000 }),
          attempt({
            run: UNKNOWN.id,
            verdict: 'unknown',
            sentence: 'it ran out of memory',
            fromMs: 4_000,
            toMs: 5_000,
          }),
          attempt({ run: FIXED.id, seed: 41, fromMs: 5_000, toMs: 6_000 }),
          failure({ run: CANARY.id, fromMs: 6_000, toMs: 7_000 }),
        ],
        skipped: [{ id: SKIPPED.id, because: 'the budget was used up' }],
        notRerun: [],
        jobs: 2,
        elapsedMs: 7_000,
        interrupted: false,
        prefix: '',
      },
    ],
    trend: [
      night(1),
      night(2),
      night(1, { scenario: 'lww/last-write/storm' }),
      night(2, {
        ...{ scenario: 'lww/last-write/storm', verdicts: { fail: 1 } },
        failed: [{ seed: 41, kinds: ['lost-write'] }],
      }),
    ],
    notes: [],
    allow: [],
    budgetMs: 60_000,
  });
  return { ...summary, ...over };
}
