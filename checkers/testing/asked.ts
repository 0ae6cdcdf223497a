/**
 * From what a test asks of a history to the checker that answers: a checker by name, a consistency model by
 * name, a checker of one's own, or whatever the functions of the history suggest.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { type Checker, UNLIMITED } from '../contract.ts';
import { CHECKERS } from '../registry.ts';
import { clientFunctions, suggestChecker } from '../suggest.ts';

/** A question a matcher puts to a history. */
export interface Asked {
  checker: Pick<Checker, 'name' | 'check'>;
  options: CheckerOptions;
  /** What the history should do, for messages: `be linearizable`. */
  promise: string;
}

const TABLE: Readonly<Record<string, Checker>> = CHECKERS;

/** Names a consistency model can have: the choices checkers list for that option. */
export function consistencyModels(): string[] {
  const names = Object.values(TABLE).flatMap((checker) => checker.options['consistencyModel']?.choices ?? []);
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}

/** A checker by its name in the registry, with options it knows. Throws `TypeError` for names it does not. */
export function askChecker(name: string, options: CheckerOptions, promise: string): Asked {
  const checker = TABLE[name];
  if (checker === undefined) throw new TypeError(unknownName(name));
  for (const key of Object.keys(options)) {
    if (Object.hasOwn(checker.options, key)) continue;
    const known = Object.keys(checker.options).join(', ') || 'none';
    throw new TypeError(`the checker ${name} has no option "${key}"; it has ${known}`);
  }
  return { checker, options, promise };
}

/** A checker or a consistency model by name; the model picks the checker that knows it and fits the history. */
export function askAnything(
  history: History,
  what: string | Pick<Checker, 'name' | 'check'>,
  options: CheckerOptions,
): Asked {
  if (typeof what !== 'string') return { checker: what, options, promise: `satisfy ${what.name}` };
  const able = Object.values(TABLE).filter(({ options: known }) =>
    known['consistencyModel']?.choices?.includes(what),
  );
  const suggested = suggestChecker(history)?.name;
  const fitting = able.find(({ name }) => name === suggested);
  // Some levels have a checker of their own, for registers; lists are the business of the list checker.
  const own = Object.hasOwn(TABLE, what) && fitting?.name !== 'list-append';
  if (own) return askChecker(what, options, `satisfy ${what}`);
  if (able.length === 0) throw new TypeError(unknownName(what));
  if (fitting === undefined && isEmpty(history)) return vacuous(what, `satisfy ${what}`);
  if (fitting === undefined) {
    throw new TypeError(
      `${what} is a model of ${able.map(({ name }) => name).join(', ')}, which judge transactions; ` +
        `this history calls ${clientFunctions(history).join(', ') || 'nothing'}`,
    );
  }
  return askChecker(fitting.name, { ...options, consistencyModel: what }, `satisfy ${what}`);
}

/** What the functions of the history suggest. Throws `TypeError` when they suggest nothing. */
export function askSuggested(history: History, promise: string): Asked {
  const suggested = suggestChecker(history);
  if (suggested !== null) return askChecker(suggested.name, suggested.options, promise);
  if (isEmpty(history)) return vacuous('none', promise);
  throw new TypeError(
    `nothing suggests how to judge the functions ${clientFunctions(history).join(', ') || '(none)'}; ` +
      'use toSatisfy with the name of a checker',
  );
}

function isEmpty(history: History): boolean {
  return clientFunctions(history).length === 0;
}

/** Where nobody asked for anything no checker is suggested, and none would have anything to judge. */
function vacuous(name: string, promise: string): Asked {
  const result: CheckerResult = {
    verdict: 'vacuous',
    anomalies: [],
    stats: {},
    note: 'no client called anything',
  };
  return { checker: { name, check: () => result }, options: {}, promise };
}

/** The answer. Never bounded: a test has its own time limit. */
export function answer(history: History, { checker, options }: Asked): CheckerResult {
  return checker.check(history, options as Record<string, Json>, UNLIMITED);
}

function unknownName(name: string): string {
  const models = consistencyModels();
  const also = models.length === 0 ? '' : `; consistency models: ${models.join(', ')}`;
  return `there is no checker or consistency model "${name}"; checkers: ${Object.keys(TABLE).join(', ')}${also}`;
}
