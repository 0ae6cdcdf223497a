/**
 * Taps from data: what a plan or a short run holds becomes what the network asks.
 */
import type { MessageTap, TapSpec } from '../link-data.ts';
import { Forger, Replayer } from './intruder.ts';
import { Liar } from './liar.ts';
import { Listener } from './listener.ts';

/** The tap that a specification means. */
export function makeTap(spec: TapSpec): MessageTap {
  switch (spec.kind) {
    case 'byzantine':
      return new Liar(spec);
    case 'replay':
      return new Replayer(spec);
    case 'forge':
      return new Forger(spec);
    case 'listen':
      return new Listener(spec);
  }
}
