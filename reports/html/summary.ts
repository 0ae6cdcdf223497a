/**
 * A run in the few values that two runs are compared by: what the page compares with a verdict.json dropped on it.
 */
import type { ReportModel } from '../model.ts';
import type { Summary } from './overview.ts';

/** The values of this run; names as `summaryOfFile` in the page gives them. */
export function summaryOf(model: ReportModel): Summary {
  const counts = model.counts;
  return {
    run: {
      name: model.name,
      system: model.system,
      workload: model.workload,
      backend: model.backend,
      seed: model.seed,
    },
    outcome: {
      verdict: model.verdict,
      sentence: model.sentence,
      ...Object.fromEntries(
        model.checkers.map(({ name, verdict, anomalies }) => {
          const kinds = [...new Set(anomalies.map(({ kind }) => kind))].sort();
          return [`checker ${name}`, kinds.length === 0 ? verdict : `${verdict}: ${kinds.join(', ')}`];
        }),
      ),
      ...Object.fromEntries(
        model.gates.map(({ name, holds }) => [`gate ${name}`, holds ? 'holds' : 'does not hold']),
      ),
    },
    operations: {
      invoked: String(counts.total),
      ok: String(counts.ok),
      failed: String(counts.fail),
      ambiguous: String(counts.info + counts.open),
      ...Object.fromEntries(counts.errors.map(({ kind, count }) => [`error ${kind}`, String(count)])),
    },
    faults: Object.fromEntries(
      model.faults.map(({ id, label, state, bit }) => [
        id,
        `${label}: ${state}${bit === false ? ', no effect' : ''}`,
      ]),
    ),
  };
}
