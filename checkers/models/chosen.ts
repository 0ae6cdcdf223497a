/**
 * The model a check asks for: one by name, one of somebody's own as an object, or one loaded from a file. Models
 * that say which object an operation belongs to are given a history whose keys say so.
 */
import { History, INVOKE, NONE } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import { OptionError } from '../options.ts';
import { adaptModel } from './custom.ts';
import { type AnyCustomModel, isModelObject, problemWith } from './define.ts';
import { isModelPath, loadedModel } from './loaded.ts';
import type { Model } from './model.ts';
import { MODELS } from './registry.ts';

/** A model and the history it is to judge. */
export interface Chosen {
  model: Model<unknown>;
  history: History;
}

/** The model an option names. Throws `OptionError` for names that do not exist and objects that are no models. */
export function chooseModel(asked: unknown, history: History): Chosen {
  if (asked === undefined || asked === null)
    return { model: MODELS['cas-register'] as Model<unknown>, history };
  if (typeof asked === 'string' && Object.hasOwn(MODELS, asked)) {
    return { model: MODELS[asked as keyof typeof MODELS] as Model<unknown>, history };
  }
  if (isModelPath(asked)) {
    const loaded = loadedModel(asked);
    if (loaded === undefined) {
      throw new OptionError('model', 'a model that was loaded before the check (loadModel)', asked);
    }
    return custom(loaded, history, asked);
  }
  if (isModelObject(asked)) {
    const problem = problemWith(asked);
    if (problem !== null) throw new TypeError(`option model: this is no model: ${problem}`);
    return custom(asked, history, null);
  }
  const names = Object.keys(MODELS).join(', ');
  throw new OptionError('model', `one of ${names}, or a model of your own`, asked as Json);
}

function custom(model: AnyCustomModel, history: History, file: string | null): Chosen {
  const adapted = adaptModel(model, history, file);
  return { model: adapted, history: rekeyed(history, adapted) };
}

/** The history with the keys its model gives operations; the same history when it gives none. O(n). */
function rekeyed(history: History, model: Model<unknown>): History {
  const { partition } = model;
  if (partition === undefined) return history;
  const { types, processes, pairs } = history.columns;
  const keys = history.columns.keys.slice();
  for (let i = 0; i < history.length; i++) {
    if (types[i] !== INVOKE || processes[i]! < 0) continue;
    const f = history.f(i);
    if (!Object.hasOwn(model.functions, f)) continue;
    const key = partition(f, history.value(i), history.key(i));
    keys[i] = key === undefined || key === null ? NONE : history.values.intern(key);
    if (pairs[i] !== NONE) keys[pairs[i]!] = keys[i]!;
  }
  return new History(history.length, { ...history.columns, keys }, history.names, history.values);
}
