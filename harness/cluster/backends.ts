/**
 * The backends by name. Adding one is one folder and one entry here; `list backends` and `describe` print
 * what the entries say.
 */
import type { BackendName, Capability, Cluster } from '../contracts.ts';
import type { ClusterOptions } from './options.ts';

/** One way to run and connect the processes of a cluster. */
export interface Backend {
  name: BackendName;
  summary: string;
  /** What its clusters can do where the platform allows everything. */
  offers: readonly Capability[];
  /** What it cannot do, for `describe`: one clause per line. */
  limits: readonly string[];
  /** Makes a cluster; nothing is started before `up`. Throws `ClusterError` for impossible options. */
  create(options: ClusterOptions): Cluster;
}
