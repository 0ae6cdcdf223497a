/**
 * Models that were loaded from files, by the path their checker options name. Loading is asynchronous and needs
 * files; checking is neither. So whoever starts a check loads the model first, and the checker finds it here.
 */
import type { AnyCustomModel } from './define.ts';

const LOADED = new Map<string, AnyCustomModel>();

/** Is this the path of a module rather than the name of a model? */
export function isModelPath(model: unknown): model is string {
  return typeof model === 'string' && /\.m?[jt]s$/.test(model);
}

/** Makes a model known under the path that names it. */
export function rememberModel(path: string, model: AnyCustomModel): void {
  LOADED.set(path, model);
}

/** The model of a path, if it was loaded. */
export function loadedModel(path: string): AnyCustomModel | undefined {
  return LOADED.get(path);
}
