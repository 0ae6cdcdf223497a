/**
 * What taps have in common: which links one is on, and which fields of a message they leave alone.
 */
import type { Endpoint, TapCounts, TapSpec } from '../link-data.ts';

/** True when the tap is on the directed link. */
export function taps(spec: TapSpec, from: Endpoint, to: Endpoint): boolean {
  if (!spec.clients && (from === 'clients' || to === 'clients')) return false;
  const { direction = 'out' } = spec;
  return (
    (direction !== 'in' && spec.nodes.includes(from)) || (direction !== 'out' && spec.nodes.includes(to))
  );
}

/** Nothing done yet. */
export function noCounts(): TapCounts {
  return { seen: 0, changed: 0, withheld: 0, added: 0 };
}

/** Fields that pair replies with requests or tell what a message is: without them it would reach nobody. */
export const PROTOCOL_FIELDS: ReadonlySet<string> = new Set(['type', 'msg_id', 'in_reply_to', 'code']);
