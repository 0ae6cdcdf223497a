/**
 * The contract of a checker: it passes what is legal, also when outcomes are unknown, fails what is planted, proves it by
 * operations of the history, changes nothing, and says the same each time.
 */
import { type Budget, type Checker, UNLIMITED } from '../../checkers/contract.ts';
import { historyFrom } from '../../checkers/testing/subject.ts';
import { historyOf } from '../../harness/history/builder.ts';
import { History } from '../../harness/history/history.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { checkOf, demand, demandPlain, demandSame, type KitCheck, KitFailure, messageOf } from './checks.ts';
import type { CheckerKitOptions, KitHistory } from './options.ts';

/** Not an operation more. */
export const SPENT: Budget = { spend: () => false, reason: 'time limit of 0 s' };

/** The checks for a checker. */
export function checkerKit(
  checker: Checker,
  { legal, planted, options = {} }: CheckerKitOptions,
): KitCheck[] {
  const check = (history: History): CheckerResult => checker.check(history, options, UNLIMITED);
  const plantedOnes = Object.entries(planted).map(([what, one]) => {
    const told =
      'history' in one && !(one instanceof History) ? one : { history: one as KitHistory, kind: null };
    return { what, kind: told.kind, history: () => historyFor(told.history, what) };
  });
  const legalOnes = Object.entries(legal).map(([what, one]) => ({
    what,
    history: () => historyFor(one, what),
  }));
  const all = [...legalOnes, ...plantedOnes];
  return [
    checkOf('describes itself, its options and its anomalies', () => describes(checker)),
    checkOf('has something to pass and something to fail', () => {
      demand(legalOnes.length > 0, 'give the kit at least one legal history');
      demand(plantedOnes.length > 0, 'give the kit at least one history with a planted anomaly');
    }),
    checkOf('does not fail a history of nothing', () => {
      const { verdict } = check(historyOf([]));
      demand(verdict !== 'fail' && verdict !== 'broken', `it says ${verdict} of an empty history`);
    }),
    ...legalOnes.map(({ what, history }) =>
      checkOf(`passes: ${what}`, () => {
        const { verdict, anomalies, note } = check(history());
        demand(
          verdict === 'pass',
          `it says ${verdict}: ${anomalies[0]?.sentence ?? note ?? 'without a word'}`,
        );
      }),
    ),
    checkOf('fails nothing legal when outcomes are unknown', () => {
      for (const { what, history } of legalOnes)
        for (const one of withUnknowns(history())) {
          const { verdict, anomalies } = check(one.history);
          demand(
            verdict !== 'fail' && verdict !== 'broken',
            `${what}: with operation ${one.index} unknown (info) it says ${verdict}: ${anomalies[0]?.sentence ?? ''}`,
          );
        }
    }),
    ...plantedOnes.map(({ what, kind, history }) =>
      checkOf(`fails: ${what}`, () => {
        const subject = history();
        const result = check(subject);
        demand(result.verdict === 'fail', `it says ${result.verdict}: ${result.note ?? 'without a word'}`);
        proves(checker, subject, result);
        const kinds = result.anomalies.map((anomaly) => anomaly.kind);
        demand(kind === null || kinds.includes(kind), `it found ${kinds.join(', ')}, not ${kind}`);
      }),
    ),
    checkOf('says the same each time, in plain data, and changes nothing', () => {
      for (const { what, history } of all) {
        const subject = history();
        const before = textOf(subject);
        const result = check(subject);
        demandPlain(result, `what it says of "${what}"`);
        demandSame(check(subject), result, `it judged "${what}" twice`);
        demand(textOf(subject) === before, `it changed the history "${what}"`);
      }
    }),
    checkOf('does not contradict itself when its budget ends at once', () => {
      for (const { what, history } of all) {
        const { verdict } = check(history());
        const cut = checker.check(history(), options, SPENT).verdict;
        const opposite = (verdict === 'pass' && cut === 'fail') || (verdict === 'fail' && cut === 'pass');
        demand(!opposite, `"${what}": ${verdict} with time, ${cut} without`);
      }
    }),
  ];
}

function describes({ summary, options, anomalies = {} }: Checker): void {
  demand(summary.length >= 10, 'the summary says too little');
  demand(Object.keys(anomalies).length > 0, 'it names no anomaly it can find: anomalies');
  for (const [option, spec] of Object.entries(options))
    demand(spec.summary.length >= 5, `the option ${option} is not described`);
}

/** A failure is proved: by an anomaly the checker says it can find, and by operations of the history. */
export function proves(checker: Checker, history: History, { anomalies }: CheckerResult): void {
  demand(
    anomalies.some(({ certainty }) => certainty === 'proved'),
    'it fails without a proved anomaly',
  );
  witnesses(checker, history, anomalies);
}

/** What was found is named, said in a sentence, and shown by operations of the history. */
export function witnesses(
  { anomalies: known = {} }: Checker,
  history: History,
  anomalies: CheckerResult['anomalies'],
): void {
  for (const { kind, sentence, ops, steps } of anomalies) {
    demand(Object.hasOwn(known, kind), `it found "${kind}", which its anomalies do not name`);
    demand(
      /^[A-Z].*\.$/s.test(sentence),
      `"${sentence}" is no sentence: it begins with a capital and ends with a full stop`,
    );
    demand(steps.length > 0, `the anomaly ${kind} has no steps that show it`);
    for (const i of [...ops, ...steps.flatMap((step) => step.ops)])
      demand(
        Number.isInteger(i) && i >= 0 && i < history.length,
        `the witness of ${kind} names operation ${i}, and there are ${history.length}`,
      );
  }
}

/** The history with one acknowledged operation after the other made one whose outcome nobody knows. */
function withUnknowns(history: History): { index: number; history: History }[] {
  const ops = Array.from({ length: history.length }, (_, i) => history.op(i));
  return ops.flatMap((op, index) => {
    if (op.type !== 'ok' || typeof op.process !== 'number') return [];
    const asked = ops
      .slice(0, index)
      .findLast(({ process, type }) => process === op.process && type === 'invoke');
    const later = ops.slice(index + 1).some(({ process }) => process === op.process);
    // A process that does not know how its operation ended does nothing more: what it did later is another's.
    const renamed = ops.map((one, i) =>
      later && i > index && one.process === op.process
        ? { ...one, process: 1_000_000 + (op.process as number) }
        : one,
    );
    renamed[index] = { ...op, type: 'info', value: asked?.value ?? null };
    return [{ index, history: historyOf(renamed) }];
  });
}

function historyFor(given: KitHistory, what: string): History {
  try {
    return historyFrom(given) as History;
  } catch (error) {
    throw new KitFailure(`"${what}" is no history: ${messageOf(error)}`);
  }
}

function textOf(history: History): string {
  return JSON.stringify(Array.from({ length: history.length }, (_, i) => history.op(i)));
}
