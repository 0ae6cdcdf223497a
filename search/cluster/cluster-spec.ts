/**
 * What has to be started to carry out a case on a real cluster.
 */
import type { CommandSpec } from '../../harness/config/command-types.ts';
import type { BackendName } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';

/** What is started for every try of a case. */
export interface ClusterSpec {
  backend: Exclude<BackendName, 'sim'>;
  /** Options of the system, as `--set` gives them. */
  set: Record<string, Json>;
  /** How long the cluster may take to recover before final reads, ms. */
  settleMs: number;
  /** Its processes run in lock step on virtual time. */
  virtualTime?: boolean;
  /** The program of a `command` section; its folder counts from where faultline is started. */
  command?: CommandSpec;
}
