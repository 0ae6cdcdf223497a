/**
 * The messages of a simulated case: short runs keep no journal, so the case is carried out once more, and is the same.
 */
import { simulate } from '../harness/sim/simulate.ts';
import { FAULTS } from '../nemesis/index.ts';
import type { Scenario } from '../search/scenario.ts';
import { subjectOf } from '../systems/subjects.ts';
import type { Transit } from './explain/space-time.ts';

/** Every message at the end of its way. Call it in a turn of the event loop of its own. */
export function messagesOf({ program, case: c }: Pick<Scenario, 'program' | 'case'>): Transit[] {
  const messages: Transit[] = [];
  simulate(subjectOf(program, c), c, {
    faults: FAULTS,
    onMessage(endNs, fate, link, { body, sentNs, order }, _copy, endOrder) {
      const [from, to] = [link.from.name, link.to.name];
      messages.push({ from, to, type: body.type, sentNs, endNs, sentOrder: order, endOrder, fate });
    },
  });
  return messages;
}
