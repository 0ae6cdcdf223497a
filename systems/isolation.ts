/**
 * What a database promises of transactions by the isolation level they run at.
 */
import type { Json } from '../harness/op.ts';

/** By the name of a level as `--set isolation` takes it. REPEATABLE READ is a snapshot in every database here. */
const MODELS: Readonly<Record<string, string>> = {
  'repeatable-read': 'snapshot-isolation',
  serializable: 'serializable',
};

/** Options of the `list-append` workload at a level; undefined for other workloads, and where no model fits. */
export function promisedAt(workload: string, level: Json): Record<string, Json> | undefined {
  const consistency = Object.hasOwn(MODELS, String(level)) ? MODELS[String(level)] : undefined;
  return workload !== 'list-append' || consistency === undefined ? undefined : { consistency };
}
