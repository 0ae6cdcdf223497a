import { describe } from 'vitest';
import { quorum as system } from '../../../systems/quorum.ts';
import { quorum as kind } from '../../../systems/reference/quorum/quorum.ts';
import { bugHunt } from './bug-hunt.ts';

const rough = {
  weather: { partition: 2, isolate: 1, heal: 2, crash: 1, everyMs: 300 },
  network: { loss: 0.1, delayMs: 3 },
};

describe('quorum', () => {
  bugHunt(
    { system, kind },
    {
      'no-write-back': {
        given: { keysPerGroup: 1 },
        network: { loss: 0.3, delayMs: 20 },
        rate: 400,
        opTimeoutMs: 300,
        ms: 3000,
      },
      'read-one': rough,
      'write-one': rough,
      'no-query': rough,
      'tie-by-arrival': { network: { delayMs: 10 } },
      'volatile-replica': { weather: { crashAll: 1, everyMs: 1000 } },
    },
  );
});
