/**
 * The matchers themselves, free of any test framework: each takes what a test received and answers whether it
 * passes and what to say. A verdict that is neither pass nor fail throws, so that `.not` cannot turn "nothing
 * is known" into success.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { History } from '../../harness/history/history.ts';
import type { Anomaly } from '../../harness/verdict.ts';
import type { Checker } from '../contract.ts';
import { type LinearizableOptions, linearizable } from '../linearizable/linearizable.ts';
import type { AnyCustomModel } from '../models/define.ts';
import type { ModelName } from '../models/registry.ts';
import { clientFunctions, suggestChecker } from '../suggest.ts';
import { type Asked, answer, askAnything, askChecker, askSuggested } from './asked.ts';
import { brokenPromise, undecided } from './message.ts';
import { historyFrom } from './subject.ts';

/** What a test framework asks of a matcher. */
export interface MatcherResult {
  pass: boolean;
  message: () => string;
}

/** A result, or a promise of one when the history had to be read from a file. */
export type Matched = MatcherResult | Promise<MatcherResult>;

/** A consistency question: the name of a checker or of a consistency model, or a checker of one's own. */
export type Promised = string | Pick<Checker, 'name' | 'check'>;

/** Linearizable under a model, by name or one's own (default `cas-register`, or what the functions called suggest). */
export function toBeLinearizable(
  received: unknown,
  model?: ModelName | AnyCustomModel,
  options: CheckerOptions = {},
): Matched {
  return judged(received, (history) => {
    const given = model ?? suggestedModel(history);
    if (typeof given === 'string') {
      return askChecker('linearizable', { ...options, model: given }, `be linearizable (${given})`);
    }
    const asked = askChecker(
      'linearizable',
      options,
      `be linearizable (${given.name ?? 'a model of your own'})`,
    );
    const check: Checker['check'] = (subject, rest, budget) =>
      linearizable(subject, { ...rest, model: given } as LinearizableOptions, budget);
    return { ...asked, checker: { name: 'linearizable', check } };
  });
}

/**
 * Satisfies a checker or a consistency model. A function is taken as vitest's own `toSatisfy` takes it: a
 * predicate of any value.
 */
export function toSatisfy(
  received: unknown,
  what: Promised | ((value: never) => boolean),
  options?: CheckerOptions | string,
): Matched {
  if (typeof what === 'function') {
    const pass = Boolean(what(received as never));
    const given = typeof options === 'string' ? options : `expected the value to satisfy ${String(what)}`;
    return { pass, message: () => (pass ? `not ${given}` : given) };
  }
  return judged(received, (history) => askAnything(history, what, optionsOf(options)));
}

/** No two leaders in one term. */
export function toHaveOneLeaderPerTerm(received: unknown): Matched {
  return judged(received, () =>
    askChecker('election-safety', { leadership: 'per-term' }, 'have one leader per term'),
  );
}

/** No acknowledged write is lost. Which checker tells follows from the functions that were called. */
export function toLoseNoWrites(received: unknown): Matched {
  const lost = (anomaly: Anomaly): boolean => anomaly.kind.startsWith('lost-');
  return judged(received, askAboutLosses, lost);
}

/** Queues are asked whether everything comes out, not in which order; all else by what the functions suggest. */
function askAboutLosses(history: History): Asked {
  const promise = 'lose no writes';
  const queue = clientFunctions(history).some((f) => f === 'enqueue');
  return queue ? askChecker('queue', { delivery: 'at-least-once' }, promise) : askSuggested(history, promise);
}

function judged(
  received: unknown,
  ask: (history: History) => Asked,
  relevant: (anomaly: Anomaly) => boolean = () => true,
): Matched {
  const history = historyFrom(received);
  return history instanceof Promise
    ? history.then((read) => judge(read, ask(read), relevant))
    : judge(history, ask(history), relevant);
}

function judge(history: History, asked: Asked, relevant: (anomaly: Anomaly) => boolean): MatcherResult {
  const result = answer(history, asked);
  const { promise } = asked;
  if (result.verdict === 'pass') {
    return { pass: true, message: () => `expected the history not to ${promise}, but its checker passes it` };
  }
  if (result.verdict !== 'fail') throw new Error(undecided(history, promise, result));
  const found = result.anomalies.filter(relevant);
  if (found.length === 0 && result.anomalies.length > 0) {
    // It broke another promise; on such a history the checker says nothing sure about this one.
    const note = `it is wrong otherwise: ${result.anomalies[0]!.sentence}`;
    throw new Error(undecided(history, promise, { ...result, note }));
  }
  return { pass: false, message: () => brokenPromise(history, promise, result, found) };
}

function suggestedModel(history: History): string {
  const suggested = suggestChecker(history);
  return suggested?.name === 'linearizable' ? String(suggested.options['model']) : 'cas-register';
}

function optionsOf(options: CheckerOptions | string | undefined): CheckerOptions {
  if (options === undefined) return {};
  if (typeof options === 'string') throw new TypeError('expected options of the checker, got a text');
  return options;
}
