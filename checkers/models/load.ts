/**
 * Loads a model of somebody's own from a file, as configurations are loaded: JavaScript, or TypeScript.
 */
import { type ExportKind, importModule } from '../../harness/config/module-config.ts';
import type { CheckerOptions } from '../../harness/contracts.ts';
import { type AnyCustomModel, problemWith } from './define.ts';
import { isModelPath, rememberModel } from './loaded.ts';

const MODEL: ExportKind = {
  noun: 'model',
  exports: 'defineModel({ init() { ... }, step(state, op) { ... } })',
  hint: 'a model may import defineModel from "faultline/checkers", or export a plain object',
  entry: 'faultline/checkers',
  problem: problemWith,
};

/** Loads what a path names and makes it known under that path. Throws `UsageError` for what is no model. */
export async function loadModel(path: string, shown = path): Promise<void> {
  const model = (await importModule(path, shown, MODEL)) as AnyCustomModel;
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  rememberModel(path, { ...model, name: model.name ?? name.replace(/\.m?[jt]s$/, '') });
}

/** Loads the model that options of a checker name by its path, if they do. */
export async function loadModelOf(options: CheckerOptions): Promise<void> {
  const path = options['model'];
  if (isModelPath(path)) await loadModel(path);
}
