/**
 * A run as it goes on, in the browser: the same state as the live view of the terminal, from the same events, drawn
 * into the frame of the page. Values only ever become text.
 */
import type { RunEvent, RunStage } from '../../../harness/events.ts';
import { RUN_STAGES } from '../../../harness/events.ts';
import type { Verdict } from '../../../harness/verdict.ts';
import { count, duration, percent } from '../../format.ts';
import { byId, element } from '../../html/app/dom.ts';
import { startTheme } from '../../html/app/theme.ts';
import { applyEvent, currentRate, emptyState } from '../../terminal/live-state.ts';
import { GLYPH } from '../../terminal/style.ts';

declare global {
  /** Files that are shared with the harness name it; a browser's types do not. */
  interface ErrorConstructor {
    stackTraceLimit: number;
  }
}

type Logged = RunEvent & { atMs: number };

/** Points of the rate that are kept. */
const RATES = 240;
/** Lines of what happened that are kept; the latest are on top. */
const HAPPENED = 200;

const state = emptyState();
const rates: number[] = [];
let nowMs = 0;
let arrivedMs = 0;
let over = false;

const run = document.body.dataset['run']!;

function receive(event: Logged): void {
  nowMs = event.atMs;
  arrivedMs = performance.now();
  applyEvent(state, event, event.atMs * 1e6);
  if (event.kind === 'ops') {
    rates.push(currentRate(state));
    if (rates.length > RATES) rates.shift();
  }
  const told = tell(event);
  if (told !== null) happened(event.atMs, told, event.kind === 'violation-seen');
  if (event.kind === 'ended') finish(event.verdict, event.sentence);
  draw();
}

/** What is worth a line, in words. */
function tell(event: RunEvent): string | null {
  switch (event.kind) {
    case 'fault-injected':
      return `${event.label} on ${event.nodes.join(' ')}: ${event.state}, ${event.summary}`;
    case 'fault-undone':
      return `${event.label} undone: ${event.summary}`;
    case 'node-changed':
      return `${event.node} ${event.state}${event.reason === undefined ? '' : `: ${event.reason}`}`;
    case 'leaders-changed':
      return event.leaders.length === 0
        ? 'nobody leads'
        : `${event.leaders.map(leaderText).join(' and ')} lead${event.leaders.length === 1 ? 's' : ''}`;
    case 'violation-seen':
      return `${event.checker}: ${event.sentence}`;
    case 'notice':
      return event.text;
    case 'checker-finished':
      return `${event.checker}: ${event.verdict}`;
    default:
      return null;
  }
}

function leaderText({ node, term }: { node: string; term?: number | null }): string {
  return term === undefined || term === null ? node : `${node} (term ${term})`;
}

function happened(atMs: number, text: string, bad: boolean): void {
  const list = byId('happened');
  const said = element('span', bad ? { class: 'node-down' } : {}, text);
  list.prepend(element('li', {}, element('time', {}, duration(atMs * 1e6)), said));
  while (list.childElementCount > HAPPENED) list.lastElementChild!.remove();
}

function finish(verdict: Verdict, sentence: string): void {
  over = true;
  const badge = element(
    'span',
    { class: `badge v-${verdict}` },
    `${GLYPH[verdict]} ${verdict.toUpperCase()}`,
  );
  byId('standing').replaceChildren(badge);
  byId('headline').textContent = sentence;
  const link = element('a', { href: `/store/${run}/report.html` }, 'read the report');
  byId('facts').replaceChildren(link);
  document.title = `${verdict.toUpperCase()} ${document.title.replace(/ live$/, '')}`;
}

function draw(): void {
  drawHead();
  drawStages();
  drawTiles();
  drawNodes();
  const faults = [...state.active.values()].map(({ label, nodes, sinceNs }) =>
    element('li', {}, `${label} on ${nodes.join(' ')} for ${duration(nowNs() - sinceNs)}`),
  );
  byId('faults').replaceChildren(
    ...(faults.length === 0 ? [element('li', { class: 'soft' }, 'none in force')] : faults),
  );
  const checking = [...state.checking.keys()].map((name) => element('li', {}, `${name}: judging`));
  const checked = state.checked.map(({ checker, verdict, summary = '' }) =>
    element(
      'li',
      {},
      element('span', { class: `badge plain-badge v-${verdict}` }, `${GLYPH[verdict]} ${verdict}`),
      ` ${checker} ${summary}`,
    ),
  );
  const waiting = element(
    'li',
    { class: 'soft' },
    'they judge when the load is over and the cluster has settled',
  );
  byId('checkers').replaceChildren(
    ...(checked.length + checking.length === 0 ? [waiting] : [...checked, ...checking]),
  );
}

function drawHead(): void {
  const { plan } = state;
  if (plan === null || over) return;
  byId('standing').replaceChildren(element('span', { class: 'badge v-running' }, '▶ RUNNING'));
  const bugs = plan.bugs.length > 0 ? ` with ${plan.bugs.join(', ')}` : '';
  byId('headline').textContent =
    `${plan.system}${bugs}, ${plan.workload}, under ${plan.nemeses.join(', ') || 'no faults'}`;
  const facts = [
    `${plan.nodes.length} nodes on ${plan.backend}`,
    `seed ${plan.seed}`,
    `${plan.concurrency} clients`,
  ];
  byId('facts').replaceChildren(...facts.map((fact) => element('span', {}, fact)));
}

function drawStages(): void {
  const stages = RUN_STAGES.map((name: RunStage) => {
    const stage = state.stages.get(name);
    if (stage === undefined) return element('li', {}, name);
    if (stage.tookMs !== null) {
      const words = `${name} ${stage.ok ? '✓' : '✖'} ${duration(stage.tookMs * 1e6)}`;
      return element('li', { class: stage.ok ? 'done' : 'late', title: stage.detail }, words);
    }
    if (over) return element('li', { class: 'done' }, name);
    const of = stage.plannedMs === null ? '' : ` of ${duration(stage.plannedMs * 1e6)}`;
    return element(
      'li',
      { class: over ? '' : 'now' },
      `${name} ▶ ${duration(nowNs() - stage.startedNs)}${of}`,
    );
  });
  byId('stages').replaceChildren(...stages);
}

function drawTiles(): void {
  const { ops, latency } = state;
  if (ops === null) return;
  const done = ops.ok + ops.fail + ops.info;
  const tiles: [string, string][] = [
    [count(ops.invoked), 'operations'],
    [percent(ops.ok, done), 'ok'],
    [count(ops.fail), 'failed'],
    [count(ops.info), 'ambiguous'],
    [count(Math.round(currentRate(state))), 'per second'],
  ];
  if (latency !== null)
    tiles.push([duration(latency.p50Ns), 'median'], [duration(latency.p99Ns), '99th percentile']);
  byId('tiles').replaceChildren(
    ...tiles.map(([value, name]) =>
      element('div', { class: 'tile' }, element('b', {}, value), element('span', {}, name)),
    ),
  );
  const most = Math.max(1, ...rates);
  const points = rates.map(
    (rate, i) => `${((i + RATES - rates.length) * 760) / (RATES - 1)},${60 - (rate / most) * 56}`,
  );
  byId('rate-words').textContent =
    rates.length < 2 ? '' : `At most ${count(most)} in this picture, ${count(rates.at(-1)!)} now.`;
  byId('rate')
    .querySelector('path')!
    .setAttribute('d', points.length < 2 ? '' : `M${points.join('L')}`);
}

const STATE_CLASS: Readonly<Record<string, string>> = {
  running: 'node-up',
  stopped: 'node-down',
  crashed: 'node-down',
};

function drawNodes(): void {
  const rows = [...state.nodes].map(([node, { state: now, reason }]) => {
    const leads = now === 'running' ? state.leaders.find((leader) => leader.node === node) : undefined;
    return element(
      'tr',
      {},
      element('td', { class: 'mono' }, node),
      element('td', { class: STATE_CLASS[now] ?? 'node-odd' }, now),
      element('td', {}, reason),
      element(
        'td',
        {},
        leads === undefined
          ? ''
          : `yes${leads.term === undefined || leads.term === null ? '' : `, term ${leads.term}`}`,
      ),
    );
  });
  byId('nodes').replaceChildren(...rows);
}

/** Time of the run now: that of the last event and what passed since. */
function nowNs(): number {
  return (nowMs + (over ? 0 : performance.now() - arrivedMs)) * 1e6;
}

const theme = startTheme(() => undefined);
document.documentElement.classList.add('js');
byId('theme').addEventListener('click', () => theme.toggle());
const source = new EventSource(`/live/${run}/events`);
source.addEventListener('message', ({ data }) => receive(JSON.parse(data as string) as Logged));
source.addEventListener('over', () => source.close());
source.addEventListener('gone', () => {
  source.close();
  if (over) return;
  over = true;
  byId('standing').replaceChildren(element('span', { class: 'badge v-none' }, '– NO VERDICT'));
  byId('headline').textContent = 'Who made this run has ended before it was judged';
  const link = element('a', { href: `/store/${run}/report.html` }, 'what there is of it');
  byId('facts').replaceChildren(link);
});
setInterval(() => {
  if (!over && state.plan !== null) draw();
}, 500);
