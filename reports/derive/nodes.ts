/**
 * When each node was not running normally: down (killed, or crashed by itself), paused, or with a skewed
 * clock; from the faults in force and from what the cluster journalled about its nodes.
 */
import { type History, INVOKE } from '../../harness/history/history.ts';
import { json } from '../format.ts';
import type { FaultRow, NodeSpan } from '../model.ts';

const STATE_OF_FAULT: Readonly<Record<string, NodeSpan['state']>> = {
  kill: 'down',
  stop: 'down',
  pause: 'paused',
  clock: 'skewed',
};

/** Abnormal stretches, ordered by start. */
export function nodeSpans(history: History, faults: readonly FaultRow[], endNs: number): NodeSpan[] {
  const spans: NodeSpan[] = [];
  for (const fault of faults) {
    const state = STATE_OF_FAULT[fault.fault];
    if (state === undefined || fault.fromNs === null) continue;
    for (const node of fault.nodes) {
      spans.push({ node, state, fromNs: fault.fromNs, toNs: fault.toNs ?? endNs, reason: fault.id });
    }
  }
  const down = new Map<string, NodeSpan>();
  const { types, processes } = history.columns;
  for (let i = 0; i < history.length; i++) {
    if (processes[i]! >= 0 || types[i] === INVOKE) continue;
    if (history.names.get(-1 - processes[i]!) !== 'cluster') continue;
    const node = history.node(i);
    if (node === undefined) continue;
    const event = history.f(i);
    const at = history.time(i);
    if (event === 'crashed' || event === 'gave-up') {
      if (down.has(node)) continue;
      const span: NodeSpan = {
        node,
        state: 'down',
        fromNs: at,
        toNs: endNs,
        reason: `crashed by itself ${json(history.value(i))}`,
      };
      down.set(node, span);
      spans.push(span);
    } else if (event === 'restarted' || event === 'ready' || event === 'started') {
      const span = down.get(node);
      if (span !== undefined) span.toNs = at;
      down.delete(node);
    }
  }
  return spans.sort((a, b) => a.fromNs - b.fromNs);
}
