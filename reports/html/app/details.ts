/**
 * Everything known about the selected operation, under the timeline: what was asked, what came back, under which
 * faults, which operations on the same key ran at the same time.
 */
import { moment } from '../../format.ts';
import { byId, element } from './dom.ts';
import type { MessageState } from './message-state.ts';
import type { View } from './view.ts';
import { length } from './words.ts';

const CONCURRENT = 12;

/** Keeps the panel in step with the selection. */
export function attachDetails(view: View, messages: MessageState | null): void {
  view.on((changes) => {
    if (changes.has('selection') || changes.has('data')) render(view, messages);
  });
}

function render(view: View, messages: MessageState | null): void {
  const panel = byId('details');
  const row = view.selected;
  panel.hidden = row < 0 || row >= view.ops.loaded;
  if (panel.hidden) return;
  const close = element('button', { type: 'button', class: 'button' }, 'close');
  close.addEventListener('click', () => view.select(-1));
  const title = element(
    'h3',
    {},
    `Operation ${view.ops.columns.index[row]}: ${view.ops.display(row)}`,
    ...(messages === null ? [] : [followButton(view, messages, row)]),
    close,
  );
  panel.replaceChildren(title, element('div', { class: 'two' }, facts(view, row), around(view, row)));
}

function followButton(view: View, messages: MessageState, row: number): HTMLElement {
  const button = element('button', { type: 'button', class: 'button' }, 'follow its messages');
  button.addEventListener('click', () => {
    view.extra.set('follow', String(view.ops.columns.index[row]));
    view.frame(view.ops.start(row), Math.min(view.ops.end(row), view.ops.start(row) + 5e6));
    byId('messages').scrollIntoView();
    if (messages.messages !== null) messages.follow(row);
  });
  return button;
}

function facts(view: View, row: number): HTMLElement {
  const { ops } = view;
  const outcome = ops.outcome(row);
  const start = ops.start(row);
  const end = ops.end(row);
  const words = {
    ok: 'ok',
    fail: 'failed: certainly had no effect',
    info: 'ambiguous',
    open: 'never answered',
  };
  const faults = ops.overview.faults.filter(
    (fault) => fault.from !== null && fault.from <= end && (fault.to ?? end) >= start,
  );
  const stage = ops.overview.stages.find((one) => start >= one.from && start < one.to);
  const pairs: [string, string][] = [
    ['outcome', words[outcome]],
    ['error', ops.error(row)],
    ['key', ops.key(row)],
    ['asked', `${ops.f(row)} ${ops.value(row)}`],
    ['answered', outcome === 'ok' ? ops.result(row) || 'nil' : ''],
    ['invoked', moment(start * 1000)],
    ['took', outcome === 'open' ? '' : length(end - start)],
    ['process', String(ops.columns.process[row])],
    ['node', ops.node(row)],
    ['phase', stage?.name ?? ''],
    ['faults in force', faults.map((fault) => `${fault.id} (${fault.where})`).join(', ') || 'none'],
  ];
  for (const { said } of ops.overview.findings) {
    for (const [at, words] of said) if (at === row) pairs.push(['the checker says', words]);
  }
  const list = element('dl', { class: 'pairs' });
  for (const [name, value] of pairs) {
    if (value === '') continue;
    const term = termOf(name, value);
    const shown = term === null ? value : termButton(view, term, value);
    list.append(element('dt', {}, name), element('dd', { class: 'mono' }, shown));
  }
  if (outcome === 'info' || outcome === 'open') {
    list.append(
      element('dt', {}, 'why ambiguous'),
      element(
        'dd',
        {},
        'The request may have been carried out before, or at any time after, the client gave up.',
      ),
    );
  }
  return list;
}

const FIELD_OF: Readonly<Record<string, string>> = {
  key: 'key',
  process: 'process',
  node: 'node',
  error: 'error',
};

/** The filter term for a fact, or null for facts nobody filters by. */
function termOf(name: string, value: string): string | null {
  const field = FIELD_OF[name];
  if (field === undefined) return null;
  const plain = (field === 'error' ? value.split(':')[0]! : value).replaceAll('"', '');
  return `${field}:${/\s/.test(plain) ? `"${plain}"` : plain}`;
}

/** A fact that filters by itself when it is clicked. */
function termButton(view: View, term: string, value: string): HTMLElement {
  const button = element('button', { type: 'button', class: 'linkish', title: `filter by ${term}` }, value);
  button.addEventListener('click', () => {
    const terms = view.filterText.split(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/).filter(Boolean);
    view.setFilter((terms.includes(term) ? terms.filter((one) => one !== term) : [...terms, term]).join(' '));
  });
  return button;
}

function around(view: View, row: number): HTMLElement {
  const { ops } = view;
  const box = element('div');
  const finding = ops.overview.findings.find((one) => one.rows.includes(row));
  if (finding !== undefined) {
    box.append(element('p', { class: 'kind' }, `Part of ${finding.kind}, found by ${finding.checker}`));
    box.append(element('p', {}, finding.sentence));
  }
  const key = ops.columns.key[row]!;
  const same: number[] = [];
  let total = 0;
  ops.eachTouching(ops.start(row), Math.min(ops.end(row), ops.start(row) + 60e6), (other) => {
    if (other === row || ops.columns.key[other] !== key) return true;
    total++;
    if (same.length < CONCURRENT) same.push(other);
    return true;
  });
  const what = key === 0 ? 'Concurrent operations' : `Concurrent on key ${ops.key(row)}`;
  box.append(element('p', { class: 'soft' }, `${what}: ${total === 0 ? 'none' : total}`));
  for (const other of same) {
    const text = `${moment(ops.start(other) * 1000)}  p${ops.columns.process[other]}  ${ops.display(other)}  ${ops.outcome(other)}`;
    const link = element('button', { type: 'button', class: 'linkish' }, text);
    link.addEventListener('click', () => view.select(other, true));
    box.append(element('div', {}, link));
  }
  return box;
}
