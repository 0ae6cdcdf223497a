/**
 * Linearizability: every operation seems to take effect at one instant between its invocation and its
 * completion. Keys are judged one by one; registers whose values are unique in linear time, everything else
 * by search.
 */

import type { CheckerOptions } from '../../harness/contracts.ts';
import { type History, OK } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { chooseModel } from '../models/chosen.ts';
import { ModelFault } from '../models/custom.ts';
import type { AnyCustomModel } from '../models/define.ts';
import type { Model } from '../models/model.ts';
import { MODELS, type ModelName } from '../models/registry.ts';
import { choiceOption, numberOption } from '../options.ts';
import { configurationParts } from './configuration-parts.ts';
import { type FastPath, fastPathOf } from './fast-paths.ts';
import { Findings } from './findings.ts';
import type { Inquiry } from './inquiry.ts';
import { Outcomes } from './outcomes.ts';
import { type Parts, partition } from './parts.ts';
import { OPEN } from './problem.ts';
import { type SearchPart, searchParts } from './search-parts.ts';

const ENGINES = ['auto', 'search', 'configurations'] as const;
const FAILED_CAS = ['declared', 'observation', 'ignore'] as const;

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
  try {
    const { model, history } = chooseModel(wanted, given);
    return check(history, model, options, budget);
  } catch (error) {
    if (!(error instanceof ModelFault)) throw error;
    return { verdict: 'broken', anomalies: [], stats: {}, note: error.message };
  }
}

function check(
  history: History,
  model: Model<unknown>,
  options: CheckerOptions,
  budget: Budget,
): CheckerResult {
  const parts = partition(history, model);
  const refusal = unreadable(history, parts, model);
  if (refusal !== null) return refusal;
  const rule = choiceOption(options, 'failedCas', FAILED_CAS, 'declared');
  const inquiry: Inquiry = {
    history,
    model,
    outcomes: new Outcomes(history, model, rule),
    initial: options['initial'] ?? null,
    budget,
    maxSteps: numberOption(options, 'maxSteps', 1e9, 1),
    maxConfigurations: numberOption(options, 'maxConfigurations', 1 << 23, 1),
  };
  return judge(inquiry, parts, choiceOption(options, 'engine', ENGINES, 'auto'));
}

/** A history this model cannot be asked about, or that tells nothing. */
function unreadable(history: History, parts: Parts, model: Model<unknown>): CheckerResult | null {
  const stats = { model: model.name, operations: parts.calls.length };
  const understood = Object.keys(model.functions).join(', ');
  const unknown = Object.entries(parts.unknown);
  if (unknown.length > 0) {
    const named = unknown.map(([f, count]) => `${f} (${count} times)`).join(', ');
    const note = `the model ${model.name} does not understand ${named}; it understands ${understood}`;
    return { verdict: 'broken', anomalies: [], stats, note };
  }
  for (const call of parts.calls) {
    const ret = history.pair(call);
    if (ret >= 0 && history.columns.types[ret] === OK) return null;
  }
  const note = `no operation was acknowledged; it judges ${understood}`;
  return { verdict: 'vacuous', anomalies: [], stats, note };
}

function judge(inquiry: Inquiry, parts: Parts, engine: (typeof ENGINES)[number]): CheckerResult {
  const path = engine === 'auto' ? fastPathOf(inquiry) : null;
  const found = new Findings(inquiry);
  const left: SearchPart[] = [];
  let settled = 0;
  for (let part = 0; part < parts.keys.length; part++) {
    const key = parts.keys[part]!;
    const calls = parts.calls.subarray(parts.starts[part]!, parts.starts[part + 1]!);
    const decision = path?.judge(calls) ?? null;
    if (!inquiry.budget.spend(calls.length)) left.push({ key, calls });
    else if (decision === null) left.push({ key, calls });
    else if (decision.verdict === 'split') left.push(...decision.parts.map((some) => ({ key, calls: some })));
    else {
      settled++;
      if (decision.verdict === 'invalid') {
        found.add(decision.problem, decision.stuckAt ?? OPEN, key, calls);
      }
    }
  }
  const slowly = engine === 'configurations' ? configurationParts : searchParts;
  const search = slowly(inquiry, left, found);
  const stats: Record<string, Json> = {
    model: inquiry.model.name,
    operations: parts.calls.length,
    keys: parts.keys.length,
    violatedKeys: found.count,
    engine: engine === 'configurations' ? engine : engineName(path, settled, left.length),
    fastKeys: settled,
    search: search.stats,
  };
  if (found.count > 0) {
    return { verdict: 'fail', anomalies: found.anomalies, anomalyCount: found.count, stats };
  }
  const note = search.note ?? found.doubt;
  if (note !== null) return { verdict: 'unknown', anomalies: [], stats, note };
  return { verdict: 'pass', anomalies: [], stats };
}

/** What decided: the fast path by its name, the search, or both. */
function engineName(path: FastPath | null, settled: number, searched: number): string {
  if (path === null || (settled === 0 && searched > 0)) return 'search';
  return searched === 0 ? path.name : `${path.name} and search`;
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
    maxConfigurations: { summary: 'most configurations remembered, 24 to 48 bytes each', default: 1 << 23 },
  },
  check: linearizable,
};
