import { describe } from 'vitest';
import { gossip as system } from '../../../systems/gossip.ts';
import { gossip as kind } from '../../../systems/reference/gossip/gossip.ts';
import { bugHunt } from './bug-hunt.ts';

describe('gossip', () => {
  bugHunt(
    { system, kind },
    {
      'push-once': { weather: { partition: 1, heal: 1 } },
      'skip-gaps': { network: { loss: 0.2 } },
      'reuse-numbers': { weather: { crash: 1 } },
      'ack-before-write': { weather: { crashAll: 1, everyMs: 700 } },
      'repeat-delivery': {},
    },
  );
});
