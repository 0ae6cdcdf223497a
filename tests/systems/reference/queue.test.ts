import { describe } from 'vitest';
import { queue as system } from '../../../systems/queue.ts';
import { queue as kind } from '../../../systems/reference/queue/queue.ts';
import { bugHunt } from './bug-hunt.ts';

const restarts = { weather: { crash: 1, everyMs: 400, downMs: 100, only: ['n1'] } };

describe('queue', () => {
  bugHunt(
    { system, kind },
    {
      'ack-before-write': restarts,
      redeliver: restarts,
      'no-dedupe': { network: { duplicate: 0.2 } },
      'late-removal': { rate: 400 },
      'full-and-silent': { rate: 400 },
    },
  );
});
