/**
 * Shows the messages of the network on stderr while a run goes, one line each, as Maelstrom's log does.
 */
import type { MessageListener } from '../../harness/cluster/options.ts';
import { type Io, line, visible } from '../io.ts';

/** Prints messages as they are sent, as they arrive, or both; null for neither. */
export function printer(io: Io, sent: boolean, received: boolean): MessageListener | null {
  if (!sent && !received) return null;
  return ({ what, atNs, src, dest, body }) => {
    if (what === 'sent' ? !sent : !received) return;
    const text = Buffer.from(body, 'latin1').toString('utf8');
    const word = what === 'sent' ? 'send' : 'recv';
    line(io.err, `${(atNs / 1e9).toFixed(6)} s  ${word}  ${src} -> ${dest}  ${visible(text)}`);
  };
}
