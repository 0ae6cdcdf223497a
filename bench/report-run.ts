/**
 * A long made-up run as a model, for benches of the report: register operations by 40 processes in rounds, keys
 * retired after 2,000 operations, one in 500 ambiguous, two partitions, and one anomaly to point at.
 */
import { HistoryBuilder } from '../harness/history/builder.ts';
import type { History } from '../harness/history/history.ts';
import { Seed } from '../harness/random.ts';
import { assembleModel } from '../reports/assemble.ts';
import type { ReportModel } from '../reports/model.ts';

/** The history; with values of so many characters that nothing makes shorter, or of integers. */
export function longHistory(operations: number, characters = 0): History {
  const rng = Seed.of(1).rng();
  const madeOf = (integer: number): number | string =>
    characters === 0
      ? integer
      : Array.from({ length: characters }, () => String.fromCharCode(33 + rng.int(0, 90))).join('');
  const builder = new HistoryBuilder();
  let time = 0;
  for (let i = 0; i < operations; i += 40) {
    const round = Array.from({ length: Math.min(40, operations - i) }, (_, process) => {
      const write = rng.chance(0.5);
      const key = Math.floor(i / 2000) * 20 + rng.int(0, 19);
      const node = `n${(process % 5) + 1}`;
      const value = write ? madeOf(i + process) : null;
      return { process, f: write ? 'write' : 'read', key, node, value, result: write ? value : madeOf(i) };
    });
    for (const [n, { result, ...op }] of [...round, ...round].entries()) {
      time += Math.ceil(rng.exponential(150_000));
      const lost = rng.chance(0.002);
      const half =
        n < round.length
          ? { type: 'invoke' as const }
          : lost
            ? { type: 'info' as const, error: { kind: 'timeout', message: 'timeout', definite: false } }
            : { type: 'ok' as const, value: result };
      builder.add({ ...op, ...half, index: builder.length, time, phase: 'load' });
    }
  }
  return builder.build();
}

/** The model of it. */
export function longRun(history: History): ReportModel {
  const end = history.length === 0 ? 0 : history.time(history.length - 1);
  const middle = Math.floor(history.length / 2);
  const fault = (n: number, from: number, to: number) => ({
    id: `partition-${n}`,
    fault: 'partition',
    mode: 'halves',
    lane: 'network',
    nodes: ['n1', 'n2'],
    state: 'installed',
    bit: true,
    plannedNs: from * end,
    fromNs: from * end,
    toNs: to * end,
    inject: { summary: 'made up' },
    undo: { state: 'installed', summary: 'made up' },
    span: { label: 'partition', colour: 0 },
  });
  const anomaly = {
    kind: 'stale-read',
    sentence: 'Key 1 was promised to be linearizable, but it was not.',
    certainty: 'proved',
    ops: [middle, middle + 1],
    steps: [{ text: 'It is made up.', ops: [middle] }],
  };
  return assembleModel({
    folder: '',
    run: { name: 'bench', nodes: ['n1', 'n2', 'n3', 'n4', 'n5'] },
    plan: { concurrency: 40 },
    verdict: {
      verdict: 'fail',
      sentence: 'a bench',
      faults: [fault(1, 0.2, 0.3), fault(2, 0.6, 0.7)],
      checkers: { linearizable: { verdict: 'fail', anomalies: history.length > 1 ? [anomaly] : [] } },
    },
    history,
    logs: [],
    problems: [],
  });
}
