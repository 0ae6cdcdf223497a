/**
 * Reads the replicated log of a node that is described from outside: the whole of it each time, of which the run
 * keeps what is new.
 */
import type { CommandSpec, LogSpec, WhereSpec } from '../../harness/config/command-types.ts';
import type { LogPage, System } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { type Answer, find } from './answer.ts';
import { Asker, PROBE_TIMEOUT_MS } from './ask.ts';

/** Asks one node for its log; a fresh connection each time, so that a broken one cannot mislead. */
export function logReader(spec: CommandSpec, log: LogSpec): NonNullable<System['observeLog']> {
  return async (node, { cluster }, _from, signal) => {
    const asker = new Asker(spec, cluster, node);
    try {
      const reply = await asker.ask(log.request, null, { signal, timeoutMs: PROBE_TIMEOUT_MS });
      if (reply.kind !== 'answer') throw new Error(`${node} did not show its log`);
      return pageOf(log, reply.answer);
    } finally {
      await asker.close();
    }
  };
}

function pageOf(log: LogSpec, answer: Answer): LogPage {
  const listed = find(log.entries, answer);
  if (!Array.isArray(listed)) throw new Error('the answer holds no list of entries');
  const number = (where: WhereSpec | null): number | null => {
    const found = where === null ? undefined : find(where, answer);
    return typeof found === 'number' ? found : null;
  };
  const first = number(log.first) ?? 1;
  const last = first + listed.length - 1;
  const leading = log.leading === null ? undefined : find(log.leading, answer);
  return {
    first,
    entries: listed.map((entry) => entryOf(log, entry)),
    last,
    // Beyond the log nothing can be known of what is committed.
    commit: Math.min(last, number(log.commit) ?? 0),
    term: number(log.nodeTerm),
    ...(typeof leading === 'boolean' ? { leading } : {}),
  };
}

function entryOf(log: LogSpec, entry: Json): [number | null, Json] {
  const answer: Answer = { text: JSON.stringify(entry), headers: {} };
  const term = log.term === null ? undefined : find(log.term, answer);
  const value = log.value === null ? entry : (find(log.value, answer) ?? null);
  return [typeof term === 'number' ? term : null, value];
}
