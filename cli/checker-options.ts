/**
 * Options of checkers, tried before anything is judged or started: a value no checker can work with is a slip of
 * whoever wrote it, not a checker that broke.
 */
import { type Checker, UNLIMITED } from '../checkers/contract.ts';
import { isModelPath } from '../checkers/models/loaded.ts';
import { MODELS, type ModelName } from '../checkers/models/registry.ts';
import { OptionError } from '../checkers/options.ts';
import { clientFunctions } from '../checkers/suggest.ts';
import { historyOf } from '../harness/history/builder.ts';
import type { History } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { ParameterSpec } from '../harness/parameter.ts';
import { lookup, suggest, UsageError } from '../harness/registry.ts';
import type { CheckerSpec } from '../harness/workload.ts';
import { CHECKERS } from './registries.ts';

/** Throws `UsageError` for the first option that is none of its checker's, or cannot have the value it has. */
export function checkSpecs(specs: readonly CheckerSpec[]): void {
  for (const { name, options } of specs) {
    const checker = lookup<Checker>('checker', CHECKERS, name);
    for (const [key, value] of Object.entries(options)) checkOption(checker, key, value);
    probe(checker, options);
  }
}

/**
 * Throws `UsageError` when the linearizable checker was asked by name for a model that does not know the functions of
 * the history: another model may, and nothing was wrong with the checker.
 */
export function checkModels(history: History, specs: readonly CheckerSpec[]): void {
  const functions = clientFunctions(history);
  for (const { name, options } of specs) {
    const model = options['model'] ?? 'cas-register';
    if (name !== 'linearizable' || typeof model !== 'string' || !Object.hasOwn(MODELS, model)) continue;
    const known = MODELS[model as ModelName].functions;
    const unknown = functions.filter((f) => !Object.hasOwn(known, f));
    if (unknown.length === 0) continue;
    const named = unknown.map((f) => `${f} (${history.select({ f, type: 'invoke', by: 'clients' }).length})`);
    const able = Object.values(MODELS).filter((each) =>
      functions.every((f) => Object.hasOwn(each.functions, f)),
    );
    const others =
      able.length === 0 ? 'no model does' : `these do: ${able.map((each) => each.name).join(', ')}`;
    throw new UsageError(`the model ${model} does not understand ${named.join(', ')}`, {
      hint: `it understands ${Object.keys(known).join(', ')}; of all functions of this history, ${others}`,
    });
  }
}

function checkOption(checker: Checker, key: string, value: Json): void {
  if (!Object.hasOwn(checker.options, key)) {
    const names = Object.keys(checker.options);
    throw new UsageError(`checker ${checker.name} has no option "${key}"`, {
      hint: names.length === 0 ? 'it takes none' : suggest(key, names),
    });
  }
  // Models of somebody's own are named by their files.
  if (value === null || (key === 'model' && isModelPath(value))) return;
  const spec = checker.options[key]!;
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    throw wrong(checker, key, value, suggest(String(value), spec.choices.map(String)));
  }
  const expected = bounds(spec, value);
  if (expected !== null) throw wrong(checker, key, value, `expected ${expected}: ${spec.summary}`);
}

/** What the value must be, where the specification says and it is not. */
function bounds({ type, min, max }: ParameterSpec, value: Json): string | null {
  if (type !== undefined && kindOf(value) !== type) return `a ${type}`;
  if (typeof value !== 'number') return null;
  if (min !== undefined && value < min) return `at least ${min}`;
  return max !== undefined && value > max ? `at most ${max}` : null;
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'list';
  return value !== null && typeof value === 'object' ? 'map' : typeof value;
}

/** What no specification can say, the checker says itself: it reads its options before anything else. */
function probe(checker: Checker, options: CheckerSpec['options']): void {
  if (isModelPath(options['model'])) return;
  try {
    checker.check(historyOf([]), options, UNLIMITED);
  } catch (error) {
    // Anything else is not about options, and its turn comes when there is a history to judge.
    if (error instanceof OptionError) throw new UsageError(`checker ${checker.name}, ${error.message}`);
  }
}

function wrong(checker: Checker, key: string, value: Json, hint: string): UsageError {
  return new UsageError(`option ${key} of checker ${checker.name} cannot be ${JSON.stringify(value)}`, {
    hint,
  });
}
