/**
 * Leader election: the engine asks every node who leads, all the time, while clients send every node commands
 * that only a leader may accept. The promise: never two leaders (in one term, or at all, as the system claims),
 * and soon a leader again once the faults are gone.
 */

import type { CheckerOptions } from '../harness/contracts.ts';
import { drawn, NOTHING } from '../harness/generator/index.ts';
import type { Workload } from '../harness/workload.ts';

/** The `leader` workload. */
export const leader: Workload = {
  name: 'leader',
  summary:
    'who leads is observed at every node while clients send commands only a leader may accept: split brain, elections that never end',
  needs: [],
  uses: ['command'],
  options: {},
  build(_, context) {
    const safety: CheckerOptions = context.leadership === undefined ? {} : { leadership: context.leadership };
    return {
      generator: context.operations.includes('command')
        ? drawn(context.seed.fork('commands'), (__, n) => ({ f: 'command', value: n }))
        : NOTHING,
      checkers: [
        { name: 'election-safety', options: safety },
        { name: 'election-liveness', options: {} },
        { name: 'stats', options: {} },
      ],
    };
  },
};
