/**
 * Unique identifiers: every client asks for new ones. The promise: no two answers are equal, whatever happens.
 */
import { repeat } from '../harness/generator/index.ts';
import type { Workload } from '../harness/workload.ts';

/** The `unique-ids` workload. */
export const uniqueIds: Workload = {
  name: 'unique-ids',
  summary: 'every client asks for new identifiers: no two may be equal',
  needs: ['generate'],
  options: {},
  build: () => ({
    generator: repeat({ f: 'generate' }),
    checkers: [
      { name: 'unique-ids', options: {} },
      { name: 'stats', options: {} },
    ],
  }),
};
