/**
 * Why nodes ended by themselves, in the words of their own last lines: a run whose nodes do not stay up should say so
 * where its verdict is read, not in a log that somebody has to open.
 */
import { TELLING } from '../cluster/last-words.ts';
import type { ClusterEvent, NodeId } from '../contracts.ts';
import type { Json } from '../op.ts';

/** Longest reason that is quoted. */
const MAX_CHARS = 200;
/** What an event of a node's end says of its cause; null for events that are no such end. */
export function crashReason({ kind, detail }: Pick<ClusterEvent, 'kind' | 'detail'>): string | null {
  const told = (detail ?? {}) as {
    output?: Json;
    code?: Json;
    signal?: Json;
    because?: Json;
    restarts?: Json;
  };
  if (kind === 'gave-up') return `not started again after ${told.restarts} restarts`;
  if (kind !== 'crashed') return null;
  const end =
    typeof told.signal === 'string'
      ? told.signal
      : typeof told.code === 'number'
        ? `exit code ${told.code}`
        : 'an unknown end';
  const how = typeof told.because === 'string' ? `${end} (${told.because})` : end;
  const line = tellingLine(told.output);
  return line === null ? how : `${how}: ${line}`;
}

/** The line of its last output that names the cause: the first that looks like it, else the last. */
function tellingLine(output: Json | undefined): string | null {
  if (!Array.isArray(output)) return null;
  const said = output.map(String);
  // Simulated nodes note an error whole, and last.
  const last = said.at(-1) ?? '';
  const lines = (last.includes('\n') ? [last] : said).flatMap((text) => text.split('\n'));
  const line = lines.find((text) => TELLING.test(text)) ?? lines.findLast((text) => text.trim() !== '');
  return line === undefined ? null : line.trim().slice(0, MAX_CHARS);
}

/** Sums up `crashed` and `gave-up` events. */
export class Crashes {
  readonly #nodes = new Map<NodeId, { count: number; last: string; gaveUp: boolean }>();

  /** Takes one event; others are ignored. */
  record(event: ClusterEvent): void {
    const reason = crashReason(event);
    if (reason === null) return;
    const own = this.#nodes.get(event.node) ?? { count: 0, last: reason, gaveUp: false };
    if (event.kind === 'gave-up') own.gaveUp = true;
    else {
      own.count++;
      own.last = reason;
    }
    this.#nodes.set(event.node, own);
  }

  /** One note per node that crashed. */
  notes(): string[] {
    return [...this.#nodes].map(([node, { count, last, gaveUp }]) => {
      const times = count === 1 ? 'once' : `${count} times`;
      return `${node} ended by itself ${times}${gaveUp ? ' and was given up' : ''}, ${count === 1 ? '' : 'last '}with ${last}`;
    });
  }
}
