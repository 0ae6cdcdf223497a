/**
 * Linearizability: every operation seems to take effect at one instant between its invocation and its
 * completion. Keys are judged one by one; registers whose values are unique in linear time, everything else
 * by search.
 */

import type { CheckerOptions } from '../../harness/contracts.ts';
import { type History, OK } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, type SharedCheck, UNLIMITED } from '../contract.ts';
import { chooseModel } from '../models/chosen.ts';
import { ModelFault } from '../models/custom.ts';
import type { AnyCustomModel } from '../models/define.ts';
import type { Model } from '../models/model.ts';
import { MODELS, type ModelName } from '../models/registry.ts';
import { choiceOption, numberOption } from '../options.ts';
import { Board } from './board.ts';
import { configurationParts } from './configuration-parts.ts';
import { fastPathOf } from './fast-paths.ts';
import { Findings } from './findings.ts';
import type { Inquiry } from './inquiry.ts';
import { mergeKeys } from './key-merge.ts';
import { type KeyShare, workOnKeys } from './key-work.ts';
import { CLAIMS } from './kinds/claims.ts';
import { Outcomes } from './outcomes.ts';
import { type Parts, partition } from './parts.ts';

/** Operations (halves counted) from which several threads are worth their start. */
const SHARED_FROM = 20_000;
const ENGINES = ['auto', 'search', 'configurations'] as const;
const FAILED_CAS = ['declared', 'observation', 'ignore'] as const;

type Engine = (typeof ENGINES)[number];

/** What can be asked of the check of linearizability. */
export interface LinearizableOptions {
  /** The object every key is, by name or one of your own (`defineModel`). Default `cas-register`. */
  model?: ModelName | AnyCustomModel;
  engine?: (typeof ENGINES)[number];
  failedCas?: (typeof FAILED_CAS)[number];
  /** What every key holds before it is written. */
  initial?: Json;
  maxSteps?: number;
  maxConfigurations?: number;
}

/** Judges a history against a model. A model that is at fault itself makes the verdict `broken`. */
export function linearizable(
  given: History,
  asked: LinearizableOptions | CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const { model: wanted, ...options } = asked as { model?: unknown } & CheckerOptions;
  const result = guarded(() => {
    const { model, history } = chooseModel(wanted, given);
    return check(history, model, options, budget);
  });
  return 'fault' in result ? faulty(result.fault) : result;
}

/** A check that is under way: refused, or ready to be judged. */
type Prepared =
  | { refusal: CheckerResult }
  | { inquiry: Inquiry; parts: Parts; engine: Engine; silent: CheckerResult | null };

function prepare(history: History, model: Model<unknown>, options: CheckerOptions, budget: Budget): Prepared {
  const parts = partition(history, model);
  const refusal = unreadable(parts, model);
  if (refusal !== null) return { refusal };
  const rule = choiceOption(options, 'failedCas', FAILED_CAS, 'declared');
  const outcomes = new Outcomes(history, model, rule);
  const silent = withoutAnswers(history, parts, model);
  if (silent !== null && !parts.calls.some((call) => outcomes.of(call) === 'refused')) {
    return { refusal: silent };
  }
  const inquiry: Inquiry = {
    history,
    model,
    outcomes,
    initial: options['initial'] ?? null,
    budget,
    maxSteps: numberOption(options, 'maxSteps', 1e9, 1),
    maxConfigurations: numberOption(options, 'maxConfigurations', 1 << 23, 1),
  };
  return { inquiry, parts, silent, engine: choiceOption(options, 'engine', ENGINES, 'auto') };
}

function check(
  history: History,
  model: Model<unknown>,
  options: CheckerOptions,
  budget: Budget,
): CheckerResult {
  const prepared = prepare(history, model, options, budget);
  if ('refusal' in prepared) return prepared.refusal;
  const result = judgeAlone(prepared.inquiry, prepared.parts, prepared.engine);
  // A refusal may be wrong by itself; that none was is not much to have shown.
  return result.verdict === 'pass' ? (prepared.silent ?? result) : result;
}

function judgeAlone(inquiry: Inquiry, parts: Parts, engine: Engine): CheckerResult {
  if (engine === 'configurations') return judgeByConfigurations(inquiry, parts);
  const path = engine === 'auto' ? fastPathOf(inquiry) : null;
  const board = new Board(parts.keys.length, new ArrayBuffer(Board.bytes(parts.keys.length)));
  return mergeKeys(inquiry, parts, path?.name ?? null, [workOnKeys(inquiry, parts, path, board)]);
}

/** What a thread says when the model is at fault. */
interface Fault {
  fault: string;
}

/** Keys judged by several threads; null where it does not pay or there is nothing to share. */
function share(given: History, asked: CheckerOptions, budget: Budget): SharedCheck | null {
  if (given.length < SHARED_FROM) return null;
  const { model: wanted, ...options } = asked;
  const begin = (): Prepared => {
    const { model, history } = chooseModel(wanted, given);
    return prepare(history, model, options, budget);
  };
  const prepared = guarded(begin);
  // Alone, the check says what is wrong.
  if ('fault' in prepared || 'refusal' in prepared || prepared.silent !== null) return null;
  const { inquiry, parts, engine } = prepared;
  if (engine === 'configurations' || parts.keys.length < 2) return null;
  const path = engine === 'auto' ? fastPathOf(inquiry) : null;
  return {
    boardBytes: Board.bytes(parts.keys.length),
    work: (memory) => guarded(() => workOnKeys(inquiry, parts, path, new Board(parts.keys.length, memory))),
    merge(shares) {
      const found = shares as (KeyShare | Fault)[];
      for (const each of found) if ('fault' in each) return faulty(each.fault);
      return mergeKeys(inquiry, parts, path?.name ?? null, found as KeyShare[]);
    },
  };
}

function guarded<T>(work: () => T): T | Fault {
  try {
    return work();
  } catch (error) {
    if (error instanceof ModelFault) return { fault: error.message };
    throw error;
  }
}

function faulty(note: string): CheckerResult {
  return { verdict: 'broken', anomalies: [], stats: {}, note };
}

/** A history this model cannot be asked about. */
function unreadable(parts: Parts, model: Model<unknown>): CheckerResult | null {
  const stats = { model: model.name, operations: parts.calls.length };
  const understood = Object.keys(model.functions).join(', ');
  const unknown = Object.entries(parts.unknown);
  if (unknown.length > 0) {
    const named = unknown.map(([f, count]) => `${f} (${count} times)`).join(', ');
    const note = `the model ${model.name} does not understand ${named}; it understands ${understood}`;
    return { verdict: 'broken', anomalies: [], stats, note };
  }
  return null;
}

/** What there is to say of a history in which no operation was acknowledged; null when one was. */
function withoutAnswers(history: History, parts: Parts, model: Model<unknown>): CheckerResult | null {
  for (const call of parts.calls) {
    const ret = history.pair(call);
    if (ret >= 0 && history.columns.types[ret] === OK) return null;
  }
  const note = `no operation was acknowledged; it judges ${Object.keys(model.functions).join(', ')}`;
  const stats = { model: model.name, operations: parts.calls.length };
  return { verdict: 'vacuous', anomalies: [], stats, note };
}

function judgeByConfigurations(inquiry: Inquiry, parts: Parts): CheckerResult {
  const found = new Findings(inquiry);
  const all = parts.keys.map((key, part) => ({
    key,
    calls: parts.calls.subarray(parts.starts[part]!, parts.starts[part + 1]!),
  }));
  const search = configurationParts(inquiry, all, found);
  const stats: Record<string, Json> = {
    model: inquiry.model.name,
    operations: parts.calls.length,
    keys: parts.keys.length,
    violatedKeys: found.count,
    engine: 'configurations',
    fastKeys: 0,
    search: search.stats,
  };
  if (found.count > 0) {
    return { verdict: 'fail', anomalies: found.anomalies, anomalyCount: found.count, stats };
  }
  const note = search.note ?? found.doubt;
  if (note !== null) return { verdict: 'unknown', anomalies: [], stats, note };
  return { verdict: 'pass', anomalies: [], stats };
}

/** The `linearizable` checker. */
export const linearizableChecker: Checker = {
  name: 'linearizable',
  summary: 'every operation seems to take effect at one instant between invocation and completion',
  options: {
    model: {
      summary: 'the object every key is',
      default: 'cas-register',
      choices: Object.keys(MODELS),
    },
    engine: {
      summary:
        'auto: fast exact ways where values are unique, else search; search: always search; ' +
        'configurations: all states and pending operations at once, event by event',
      default: 'auto',
      choices: [...ENGINES],
    },
    failedCas: {
      summary:
        'when a failed cas shows that its comparison failed: declared by its error (precondition-failed), ' +
        'observation also without an error, ignore never',
      default: 'declared',
      choices: [...FAILED_CAS],
    },
    initial: { summary: 'what every key holds before it is written', default: null },
    maxSteps: { summary: 'most search steps for one question about one key', default: 1e9 },
    maxConfigurations: {
      summary: 'most configurations remembered, 24 to 48 bytes each; a state of the model counts for eight',
      default: 1 << 23,
    },
  },
  reads: readsOf(MODELS),
  anomalies: CLAIMS,
  check: linearizable,
  share,
};

/** The functions of all models, each with the models that know it. */
function readsOf(models: Readonly<Record<string, Model<unknown>>>): Record<string, string> {
  const reads: Record<string, string> = {};
  for (const [name, { functions }] of Object.entries(models)) {
    for (const f of Object.keys(functions)) reads[f] = f in reads ? `${reads[f]}, ${name}` : `${f}: ${name}`;
  }
  return reads;
}
