/**
 * The last-write-wins reference system: what a timestamp from a wall clock is worth.
 */
import type { System } from '../harness/contracts.ts';
import { lww as program } from './reference/lww/lww.ts';
import { referenceSystem } from './reference-system.ts';

/** So many keys that few of them are written again after a fault. */
const MANY_KEYS = { workload: { name: 'last-write', keys: 150, reads: 0 }, timeLimit: '10s', rate: '200/s' };

/** `faultline demo lww`. */
export const lww: System = referenceSystem({
  name: 'lww',
  summary: 'replicated registers, the last write by wall clock wins: converges, and loses writes under skew',
  speaks: ['last-write', 'echo'],
  settings: program.settings,
  bugs: {
    'arrival-order': {
      summary: 'replicas keep what came last instead of what was written last',
      workload: 'last-write',
      checker: 'last-write-wins',
      nemesis: 'partition',
      config: MANY_KEYS,
    },
    'no-anti-entropy': {
      summary: 'replicas never compare what they have, so what one of them missed stays missed',
      workload: 'last-write',
      checker: 'last-write-wins',
      nemesis: 'partition',
      config: MANY_KEYS,
    },
    'lazy-flush': {
      summary: 'a version goes to disk only when the next one replaces it',
      workload: 'last-write',
      checker: 'last-write-wins',
      nemesis: 'kill@all',
      config: MANY_KEYS,
    },
    'first-write-wins': {
      summary: 'the comparison of timestamps is the wrong way round',
      workload: 'last-write',
      checker: 'last-write-wins',
      config: { nemesis: [], timeLimit: '5s' },
    },
  },
  demo: {
    workload: 'last-write',
    nemesis: 'clock:jump',
    expect: 'fail',
    because: 'a write stamped by a clock that is behind loses to an older one, though it was acknowledged',
    // Clocks that are ahead for a while: whatever is written to the same keys later, by right clocks, is lost. Few
    // keys, so that they are, also where few writes get through.
    config: {
      workload: { name: 'last-write', keys: 8, reads: 0 },
      timeLimit: '10s',
      rate: '200/s',
      nemesis: [
        {
          fault: 'clock',
          mode: 'jump',
          target: 'minority',
          params: { offsetMs: 60_000 },
          interval: '500ms',
          duration: '3s',
        },
      ],
    },
  },
});
