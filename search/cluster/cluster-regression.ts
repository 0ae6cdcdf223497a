/**
 * A regression of a real cluster carried out again: tries until one fails as recorded, as many as its file says.
 */

import { Seed } from '../../harness/random.ts';
import type { VerdictFile } from '../../harness/store/files.ts';
import type { Anomaly } from '../../harness/verdict.ts';
import type { Signature } from '../scenario.ts';
import { anomalyOf, brokenTry, type TryRequest, tryOnCluster } from './cluster-run.ts';
import type { ClusterScenario } from './cluster-scenario.ts';

/** A regression as far as a cluster needs it. */
export interface ClusterRegression extends ClusterScenario {
  expect: Signature;
  /** Tries beyond the first. */
  seeds: number;
}

/** What came of it. */
export interface ClusterRegressionResult {
  verdict: VerdictFile['verdict'];
  /** The anomaly that was expected, or another one; null unless it failed. */
  anomaly: Anomaly | null;
  /** Whether it is the failure that was expected. */
  same: boolean;
  /** The try that decided. */
  folder: string;
  stored: VerdictFile;
  tries: number;
}

/** Tries until one fails. Where none does: `pass`, or what a try that says less ended with. */
export async function runClusterRegression(
  regression: ClusterRegression,
  request: Omit<TryRequest, 'scenario' | 'seed' | 'out'> & {
    out?: string;
    onTry?: (n: number, of: number) => void;
  },
): Promise<ClusterRegressionResult> {
  const { expect, seeds, case: c } = regression;
  const of = seeds + 1;
  let worst: ClusterRegressionResult | null = null;
  for (let n = 0; n < of; n++) {
    request.onTry?.(n + 1, of);
    const seed = n === 0 ? c.seed : Seed.of(c.seed).fork('again', n).rng().int(1, 99_999);
    const out = request.out === undefined ? null : of === 1 ? request.out : `${request.out}-${n + 1}`;
    const { folder, verdict } = await tryOnCluster({ ...request, scenario: regression, seed, out });
    const expected = anomalyOf(verdict, expect);
    const anomaly = expected ?? (verdict.verdict === 'fail' ? firstAnomaly(verdict) : null);
    const result = {
      verdict: verdict.verdict,
      anomaly,
      same: expected !== undefined,
      folder,
      stored: verdict,
      tries: n + 1,
    };
    if (verdict.verdict === 'fail') return result;
    // A cluster that does not come up will not come up by being asked again.
    if (brokenTry(verdict) !== null || request.signal.aborted) return result;
    if (worst === null || worst.verdict === 'pass') worst = result;
  }
  return { ...worst!, tries: of };
}

function firstAnomaly(verdict: VerdictFile): Anomaly | null {
  for (const { anomalies, verdict: said } of Object.values(verdict.checkers)) {
    if (said === 'fail' && anomalies[0] !== undefined) return anomalies[0];
  }
  return null;
}
