/**
 * The keyboard: everything the mouse can do on the charts, and moving between anomalies and faults.
 */
import { byId, element } from './dom.ts';
import { goTo } from './place.ts';
import type { View } from './view.ts';

const HELP: readonly [string, string][] = [
  ['+  -  0', 'zoom in, zoom out, whole run'],
  ['← →', 'move along the run (with shift: a whole screen)'],
  ['j  k', 'next and previous anomaly'],
  ['[  ]', 'previous and next fault'],
  [
    '/',
    'filter; fields: key f outcome node process fault error value op latency time, ! negates, "words" search',
  ],
  ['↑ ↓', 'in the list: previous and next operation'],
  [
    'g then v w t l o m f c k s e h',
    'go to: verdict, what went wrong, timeline, latency, operations, messages, faults, checkers, clocks, logs, environment, history',
  ],
  ['s  r', 'in the list of messages: pick its send, its receipt'],
  ['t', 'light or dark'],
  ['esc', 'close, or clear the selection'],
  ['ctrl + wheel', 'zoom at the pointer; drag pans, double click shows the whole run'],
];

const SECTIONS: Readonly<Record<string, string>> = {
  w: 'wrong',
  t: 'timeline',
  l: 'latency',
  o: 'operations',
  f: 'faults',
  c: 'checkers',
  m: 'messages',
  k: 'clocks',
  s: 'logs',
  e: 'environment',
  v: 'verdict',
  h: 'history',
};

/** Shows anomaly `at` (wrapping around) and selects its first operation. */
export function showFinding(view: View, at: number): void {
  const { findings } = view.ops.overview;
  if (findings.length === 0) return;
  view.finding = (at + findings.length) % findings.length;
  const finding = findings[view.finding]!;
  view.frame(finding.from, finding.to);
  view.select(finding.rows[0] ?? -1);
}

function showFault(view: View, step: number): void {
  const faults = view.ops.overview.faults.filter((fault) => fault.from !== null);
  if (faults.length === 0) return;
  view.fault = (Math.max(view.fault, step > 0 ? -1 : 0) + step + faults.length) % faults.length;
  const fault = faults[view.fault]!;
  view.frame(fault.from!, fault.to ?? view.end);
}

/** Listens on the page; keys typed into fields stay there. */
export function attachKeys(view: View, toggleTheme: () => void): void {
  let going = false;
  const actions: Record<string, (event: KeyboardEvent) => void> = {
    '+': () => view.zoom(0.6),
    '=': () => view.zoom(0.6),
    '-': () => view.zoom(1 / 0.6),
    '0': () => view.show(0, view.end),
    ArrowLeft: (event) => view.pan(event.shiftKey ? -0.9 : -0.15),
    ArrowRight: (event) => view.pan(event.shiftKey ? 0.9 : 0.15),
    j: () => showFinding(view, view.finding + 1),
    k: () => showFinding(view, Math.max(0, view.finding) - 1),
    ']': () => showFault(view, 1),
    '[': () => showFault(view, -1),
    '/': () => byId('filter').focus(),
    t: toggleTheme,
    '?': openHelp,
    Escape: () => view.select(-1),
  };
  document.addEventListener('keydown', (event) => {
    const { target } = event;
    const field = target instanceof HTMLElement && target.matches('input, select, textarea') ? target : null;
    if (field !== null || event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === 'Escape') field?.blur();
      return;
    }
    if (going) {
      going = false;
      goTo(SECTIONS[event.key] ?? '');
      return;
    }
    if (event.key === 'g') {
      going = true;
      return;
    }
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action(event);
  });
  byId('help-open').addEventListener('click', openHelp);
}

function openHelp(): void {
  const dialog = byId<HTMLDialogElement>('help');
  const list = element('dl');
  for (const [keys, meaning] of HELP) {
    list.append(element('dt', {}, element('kbd', {}, keys)), element('dd', {}, meaning));
  }
  const close = element('button', { type: 'button', class: 'button' }, 'close');
  close.addEventListener('click', () => dialog.close());
  dialog.replaceChildren(element('h2', {}, 'Keys'), list, close);
  if (!dialog.open) dialog.showModal();
}
