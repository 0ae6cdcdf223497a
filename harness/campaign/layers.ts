/**
 * Settings laid over each other, with where each came from: what is more particular wins, and what is wrong in the
 * result is shown where it was written.
 */
import type { Path, Problem } from '../config/problem.ts';
import type { Config } from '../config/types.ts';

/** Some settings and their place in the document; null: in another file, which was checked on its own. */
export interface Layer {
  config: Config;
  path: Path | null;
  /** The path is that of the one value itself, not of an object that holds it. */
  whole?: true;
}

/** Keys whose entries are merged one by one: a `set` of one option keeps the others. */
const MERGED = ['set', 'gates', 'mixed', 'variants'] as const;

/** All layers as one configuration; later ones win. */
export function mergeLayers(layers: readonly Layer[]): Config {
  const merged: Config = {};
  for (const { config } of layers) {
    const before = { ...merged };
    Object.assign(merged, config);
    for (const key of MERGED) {
      if (before[key] !== undefined && config[key] !== undefined)
        Object.assign(merged, { [key]: { ...before[key], ...config[key] } });
    }
  }
  return merged;
}

/** The path in the document at which a value of the merged configuration is set; null: in another file. */
export function setAt(path: Path, layers: readonly Layer[]): Path | null {
  const [key, entry] = path.map(String);
  const has = ({ config }: Layer): boolean => {
    const value: unknown = config[key as keyof Config];
    if (value === undefined) return false;
    return (
      entry === undefined || (typeof value === 'object' && value !== null && Object.hasOwn(value, entry))
    );
  };
  const from = layers.findLast(has);
  if (from === undefined || from.path === null) return null;
  return from.whole === true ? from.path : [...from.path, ...path];
}

/** A problem of the merged configuration at its place in the document; null where that is another file. */
export function placed(problem: Problem, layers: readonly Layer[]): Problem | null {
  const [key, ...rest] = problem.path;
  const from = layers.findLast(({ config }) => Object.hasOwn(config, String(key)));
  if (from === undefined) return problem;
  if (from.path === null) return null;
  const path = from.whole === true ? from.path : [...from.path, String(key)];
  return { ...problem, path: [...path, ...rest] };
}
