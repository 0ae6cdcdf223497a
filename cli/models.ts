/**
 * Models of somebody's own that checkers are to use: found where their configuration says, and tried before
 * anything is started.
 */
import { relative, resolve } from 'node:path';
import { loadModelOf } from '../checkers/models/load.ts';
import { isModelPath } from '../checkers/models/loaded.ts';
import type { CheckerSpec } from '../harness/workload.ts';

/** Loads every model these checkers name by its path. Throws `UsageError` for what cannot be loaded or is none. */
export async function loadModels(specs: readonly CheckerSpec[]): Promise<void> {
  for (const { name, options } of specs) if (name === 'linearizable') await loadModelOf(options);
}

/** The same checkers with model paths that count from `folder` made to count from `cwd`, or absolute for null. */
export function withModelPaths(
  specs: readonly CheckerSpec[],
  folder: string,
  cwd: string | null,
): CheckerSpec[] {
  return specs.map((spec) => {
    const path = spec.options['model'];
    if (spec.name !== 'linearizable' || !isModelPath(path)) return spec;
    const model = resolve(folder, path);
    return { ...spec, options: { ...spec.options, model: cwd === null ? model : relative(cwd, model) } };
  });
}
