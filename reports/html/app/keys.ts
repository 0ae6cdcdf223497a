/**
 * The keyboard: everything the mouse can do on the charts, and moving between anomalies and faults.
 */
import { byId, element } from './dom.ts';
import { goTo } from './place.ts';
import type { View } from './view.ts';

const HELP: readonly [string, string][] = [
  ['+  -  0', 'zoom in, zoom out, whole run'],
  ['← →', 'move along the run (with shift: a whole screen)'],
  [',  .', 'move the cursor, as the pointer does (with shift: further)'],
  ['v', 'mark a stretch from the cursor: , and . draw it, v or enter ends it; shift + drag does it by mouse'],
  ['c', 'to the marked stretch: copy it, show only it'],
  ['enter', 'the operation at the cursor, as a click on its bar; once more: into its details'],
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
  ['esc', 'close, or clear the marked stretch and the selection'],
  ['ctrl + wheel', 'zoom at the pointer; drag pans, shift + drag marks, double click shows the whole run'],
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

/** Shows the fault with this place among all that were planned; the keys go on from it. */
export function goToFault(view: View, at: number): void {
  const { faults } = view.ops.overview;
  const fault = faults[at];
  if (fault === undefined || fault.from === null) return;
  view.fault = faults.slice(0, at).filter(({ from }) => from !== null).length;
  view.frame(fault.from, fault.to ?? view.end);
}

/** Selects the operation at the cursor, as a click on its bar does; of one that is selected the details are gone to. */
function showDetails(view: View): void {
  if (view.selected < 0) view.select(nearest(view));
  else byId('details').querySelector('button')?.focus();
}

/** The row of the shown stretch that is open at the cursor or nearest to it, and matches the filter; -1: none is. */
function nearest(view: View): number {
  const { ops, focus } = view;
  let [best, least] = [-1, Number.POSITIVE_INFINITY];
  ops.eachTouching(view.from, view.to, (row) => {
    const away = Math.max(0, ops.start(row) - focus, focus - ops.end(row));
    if (away < least && view.matches(row)) [best, least] = [row, away];
    // Rows come by their start: what begins later is farther away still.
    return ops.start(row) - focus < least;
  });
  return best;
}

/** Begins a mark at the cursor, or ends the one that is drawn. */
function mark(view: View): void {
  if (view.marking !== null && view.mark !== null) view.setMark([view.mark.from, view.mark.to]);
  else {
    const at = view.focus;
    view.cursor = at;
    view.setMark([at, at], at);
  }
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
    ',': () => view.moveCursor(-0.01),
    '<': () => view.moveCursor(-0.1),
    '.': () => view.moveCursor(0.01),
    '>': () => view.moveCursor(0.1),
    v: () => mark(view),
    c: () => byId('mark-bar').querySelector('button')?.focus(),
    Escape: () => {
      view.setMark(null);
      view.select(-1);
    },
  };
  const help = byId<HTMLDialogElement>('help');
  document.addEventListener('keydown', (event) => {
    // The list of keys is closed by the browser's own escape, and is before everything else.
    if (help.open) return;
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
    if (event.key === 'Enter') {
      // On a button or a list it is theirs.
      if (event.target !== document.body && !(event.target instanceof HTMLCanvasElement)) return;
      // The button that gets the focus must not be pressed by the same key.
      event.preventDefault();
      if (view.marking !== null) mark(view);
      else showDetails(view);
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
