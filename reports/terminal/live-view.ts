/**
 * The live view: state -> at most twelve lines. Pure; the caller gives the time on the clock the state was
 * built with.
 */
import { RUN_STAGES } from '../../harness/events.ts';
import { count, duration, percent } from '../format.ts';
import { seconds } from './header.ts';
import { currentRate, type LiveState } from './live-state.ts';
import { GLYPH, type Line, type Span, span, sparkline, TONE } from './style.ts';

/** Most lines the view ever takes. */
export const MAX_ROWS = 12;

const LABEL = 9;

/** Lines of the view now. */
export function liveLines(state: LiveState, nowNs: number): Line[] {
  const lines: Line[] = [stageLine(state, nowNs)];
  if (state.ops !== null) lines.push(opsLine(state));
  if (state.latency !== null) lines.push(latencyLine(state));
  // Once judging began the cluster is gone: that its nodes ended is no news.
  const over = state.stages.has('check');
  if (state.nodes.size > 0 && !over) lines.push(nodeLine(state, nowNs));
  if (state.leaders.length > 0 && !over) lines.push(leaderLine(state));
  if (state.plan !== null && (state.plan.faults.length > 0 || state.active.size > 0)) {
    lines.push(faultLine(state));
    for (const active of [...state.active.values()].slice(0, 3)) {
      const planned = active.plannedNs === null ? '' : ` of ${duration(active.plannedNs)}`;
      lines.push([
        span(' '.repeat(LABEL)),
        span(`now ${active.label}`, 'warn'),
        span(` on ${active.nodes.join(' ')}, ${seconds((nowNs - active.sinceNs) / 1e6)}${planned}`),
      ]);
    }
  }
  if (state.checking.size > 0 || state.checked.length > 0) lines.push(checkLine(state, nowNs));
  return lines.slice(0, MAX_ROWS);
}

function label(text: string): Span {
  return span(text.padEnd(LABEL), 'dim');
}

function stageLine(state: LiveState, nowNs: number): Line {
  const line: Span[] = [];
  for (const name of RUN_STAGES) {
    const stage = state.stages.get(name);
    if (stage === undefined) line.push(span(`${name} ·`, 'dim'));
    else if (stage.tookMs !== null) {
      line.push(span(name), span(stage.ok ? ' ✓ ' : ' ✖ ', stage.ok ? 'good' : 'bad'));
      line.push(span(seconds(stage.tookMs), 'dim'));
    } else {
      const elapsed = (nowNs - stage.startedNs) / 1e6;
      const of = stage.plannedMs === null ? '' : ` of ${seconds(stage.plannedMs)}`;
      line.push(span(`${name} ▶ ${Math.floor(elapsed / 1000)} s${of}`, 'strong'));
    }
    line.push(span('   '));
  }
  return line;
}

function opsLine(state: LiveState): Line {
  const ops = state.ops!;
  return [
    label('ops'),
    span(count(ops.invoked).padEnd(9)),
    span(`ok ${count(ops.ok)}`, 'good'),
    span(`   fail ${count(ops.fail)}   `),
    span(`ambiguous ${count(ops.info)}`, ops.info > 0 ? 'warn' : 'plain'),
    span(`   ${count(currentRate(state))}/s  `),
    span(sparkline(state.rates), 'info'),
  ];
}

function latencyLine(state: LiveState): Line {
  const { p50Ns, p99Ns, maxNs } = state.latency!;
  const errors = Object.entries(state.ops?.errors ?? {})
    .sort(([, a], [, b]) => b - a)
    .slice(0, 4)
    .map(([kind, n]) => `${kind} ${count(n)}`);
  return [
    label('latency'),
    span(`p50 ${duration(p50Ns)}   p99 ${duration(p99Ns)}   max ${duration(maxNs)}`),
    span(errors.length === 0 ? '' : `     ${errors.join(' · ')}`, 'dim'),
  ];
}

function nodeLine(state: LiveState, nowNs: number): Line {
  const leading = new Set(state.leaders.map((leader) => leader.node));
  const line: Span[] = [label('nodes')];
  for (const [node, { state: is, sinceNs, reason }] of state.nodes) {
    line.push(span(`${node} `));
    if (is === 'running') line.push(leading.has(node) ? span('● leader', 'info') : span('●', 'good'));
    else if (is === 'starting') line.push(span('○ starting', 'dim'));
    else if (is === 'paused') line.push(span(`‖ paused ${seconds((nowNs - sinceNs) / 1e6)}`, 'warn'));
    else {
      const why = is === 'crashed' ? 'crashed' : reason || 'down';
      line.push(span(is === 'crashed' ? `✖ ${why}` : `⊘ ${why}`, is === 'crashed' ? 'bad' : 'warn'));
    }
    line.push(span('   '));
  }
  return line;
}

function leaderLine(state: LiveState): Line {
  const names = state.leaders.map(({ node, term }) => (term == null ? node : `${node} (term ${term})`));
  if (names.length === 1) return [label('leader'), span(names[0]!)];
  return [label('leaders'), span(`${names.join(' and ')} at once`, 'bad')];
}

function faultLine(state: LiveState): Line {
  const planned = new Map<string, number>();
  for (const fault of state.plan!.faults) planned.set(fault.fault, (planned.get(fault.fault) ?? 0) + 1);
  const line: Span[] = [label('faults')];
  for (const [fault, of] of planned) {
    line.push(span(`${fault} ${state.fired.get(fault) ?? 0} of ${of}`));
    const missed = state.missed.get(fault) ?? 0;
    if (missed > 0) line.push(span(` (${missed} not installed)`, 'warn'));
    line.push(span('   '));
  }
  return line;
}

function checkLine(state: LiveState, nowNs: number): Line {
  const line: Span[] = [label('checkers')];
  for (const done of state.checked) {
    line.push(span(`${done.checker} `), span(`${GLYPH[done.verdict]} ${done.verdict}`, TONE[done.verdict]));
    line.push(span('   '));
  }
  for (const [checker, sinceNs] of state.checking) {
    line.push(span(`${checker} ▶ ${seconds((nowNs - sinceNs) / 1e6)}`), span('   '));
  }
  return line;
}

/** The same moment as one line for a log. */
export function progressLine(state: LiveState, nowNs: number): string | null {
  const name = RUN_STAGES.findLast((one) => state.stages.get(one)?.tookMs === null);
  if (name === undefined) return null;
  const stage = state.stages.get(name)!;
  const of = stage.plannedMs === null ? '' : `/${seconds(stage.plannedMs)}`;
  const head = `${name} ${Math.floor((nowNs - stage.startedNs) / 1e9)}${of}`;
  const { ops, latency } = state;
  if (ops === null || name === 'setup') return head;
  const done = ops.ok + ops.fail + ops.info;
  const shares = `ok ${percent(ops.ok, done)} fail ${percent(ops.fail, done)} ambiguous ${percent(ops.info, done)}`;
  const tail = latency === null ? '' : ` p99 ${duration(latency.p99Ns)}`;
  return `${head}  ops ${ops.invoked} ${shares}  ${Math.round(currentRate(state))}/s${tail}`;
}
