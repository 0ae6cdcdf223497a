/**
 * Echo: the smallest workload, to see that a program is started and spoken to correctly. The promise: what
 * comes back is what was sent.
 */
import { drawn } from '../harness/generator/index.ts';
import type { Workload } from '../harness/workload.ts';

/** The `echo` workload. */
export const echo: Workload = {
  name: 'echo',
  summary:
    'texts are sent and must come back unchanged: shows that a program is started and spoken to correctly',
  needs: ['echo'],
  options: {},
  build: (_, context) => ({
    generator: drawn(context.seed.fork('texts'), (draws, n) => ({
      f: 'echo',
      value: `echo ${n} ${draws.int(0, 0xffffff).toString(16).padStart(6, '0')}`,
    })),
    checkers: [
      { name: 'echo', options: {} },
      { name: 'stats', options: {} },
    ],
  }),
};
