/**
 * Run events as log lines: one per stage change, per fault, per node that changed by itself, per checker.
 * Nothing is repeated and nothing is redrawn; a log reads the same in any viewer.
 */
import type { RunEvent } from '../../harness/events.ts';
import { bytes } from '../format.ts';
import { seconds } from './header.ts';
import type { LiveState } from './live-state.ts';
import { GLYPH } from './style.ts';

/** The line for an event, or null when it deserves none. Call it after the event was applied to `state`. */
export function ciLine(event: RunEvent, state: LiveState): string | null {
  switch (event.kind) {
    case 'stage-started':
      return `${event.stage} started${event.plannedMs === undefined ? '' : `, ${seconds(event.plannedMs)} planned`}`;
    case 'stage-ended': {
      const detail = event.detail === undefined ? '' : `: ${event.detail}`;
      return `${event.stage} ${event.ok ? 'done' : 'ended badly'} after ${seconds(event.tookMs)}${detail}`;
    }
    case 'fault-injected': {
      const so = event.state === 'installed' ? '' : ` ${event.state}`;
      return `fault ${event.label} ${event.nodes.join(' ')}${so} (${tally(event.fault, state)})  ${event.summary}`;
    }
    case 'fault-undone': {
      const so = event.ok ? 'undone' : 'could not be undone';
      const bit = event.bit === false ? ', no effect seen' : '';
      return `fault ${event.label} ${event.nodes.join(' ')} ${so}${bit}  ${event.summary}`;
    }
    case 'node-changed':
      return event.state === 'crashed'
        ? `node ${event.node} crashed${event.reason === undefined ? '' : `: ${event.reason}`}`
        : null;
    case 'leaders-changed': {
      if (event.leaders.length === 0) return 'no leader';
      const names = event.leaders.map(({ node, term }) => (term == null ? node : `${node} (term ${term})`));
      return `${names.length > 1 ? 'leaders at once' : 'leader'} ${names.join(' and ')}`;
    }
    case 'checker-finished': {
      const summary = event.summary === undefined ? '' : `  ${event.summary}`;
      return `checker ${event.checker} ${GLYPH[event.verdict]} ${event.verdict} ${seconds(event.tookMs)}${summary}`;
    }
    case 'violation-seen':
      return `violation seen by ${event.checker} at ${seconds(event.timeNs / 1e6)}: ${event.sentence}`;
    case 'notice':
      return `note ${event.text}`;
    case 'report-written':
      return `report ${event.path} (${bytes(event.bytes)})`;
    default:
      return null;
  }
}

function tally(fault: string, state: LiveState): string {
  const planned = state.plan?.faults.filter((one) => one.fault === fault).length ?? 0;
  const fired = (state.fired.get(fault) ?? 0) + (state.missed.get(fault) ?? 0);
  return planned === 0 ? `${fired}` : `${fired} of ${planned}`;
}
