/**
 * Clock faults for a cluster's nodes: picks the implementation for what this machine can do.
 */

import { noClocks } from './no-clocks.ts';
import type { ClocksOptions, NodeClocks } from './node-clocks.ts';
import { vdsoClocks } from './vdso-clocks.ts';

/**
 * The clocks of a cluster's nodes. The caller keeps three promises: `startEnv` goes into a node's environment,
 * `onStarted` is called right after every start, and `close` at the end.
 */
export function createClocks(options: ClocksOptions): NodeClocks {
  const { support } = options;
  if (support.mechanism === 'vdso') return vdsoClocks(options);
  return noClocks(support.mechanism === 'none' ? support.reason : 'libfaketime is not built in yet');
}
