/**
 * Everything around the space-time diagram: reads the messages when they are first looked at, the switches, the words
 * about the events picked, and the list that is the diagram's twin.
 */
import { moment } from '../../format.ts';
import { byId, element } from './dom.ts';
import { MessageState, type Stamps } from './message-state.ts';
import { NONE } from './messages.ts';
import { readMessages } from './read-messages.ts';
import { SpaceTime } from './space-time.ts';
import type { View } from './view.ts';
import { VirtualList } from './virtual-list.ts';
import { length } from './words.ts';

const HEAD = ['sent', 'took', 'from', 'to', 'message', 'fate', 'event', 'Lamport'];
/** Words of a vector longer than this are cut. */
const VECTOR = 24;

/** The section; null where the page has no messages. */
export function attachMessages(view: View): { chart: SpaceTime; state: MessageState } | null {
  if (document.getElementById('space-time') === null) return null;
  const state = new MessageState(view);
  const note = byId('message-note');
  const chart: SpaceTime = new SpaceTime(view, state, () => {
    note.textContent = chart.note;
  });
  const list = new MessageList(view, state);
  let asked = false;
  const read = async (): Promise<void> => {
    if (asked) return;
    asked = true;
    const messages = await readMessages();
    if (messages === null) return;
    state.use(messages);
    restore(view, state);
    switches(state);
    document.documentElement.dataset['messages'] = 'ready';
  };
  // Nobody waits for messages who does not look at them.
  const observer = new IntersectionObserver(
    (entries) => {
      if (entries.some((entry) => entry.isIntersecting) && view.ready) void read();
    },
    { rootMargin: '300px' },
  );
  view.on((changes) => {
    if (changes.has('data') && view.ready) {
      observer.observe(chart.canvas);
      if (view.extra.has('events') || view.extra.has('follow')) void read();
    }
    if (changes.has('messages') || changes.has('window') || changes.has('data')) list.refreshSoon();
    if (changes.has('messages')) {
      tell(state);
      remember(view, state);
    }
  });
  return { chart, state };
}

function switches(state: MessageState): void {
  const stamps = byId<HTMLSelectElement>('message-stamps');
  stamps.value = state.stamps;
  stamps.addEventListener('change', () => {
    state.stamps = stamps.value as Stamps;
    state.changed();
  });
  const collapse = byId<HTMLInputElement>('message-collapse');
  collapse.checked = state.together;
  collapse.addEventListener('change', () => {
    state.collapsed = collapse.checked;
    state.changed();
    hosts(state);
  });
  const probes = byId<HTMLInputElement>('message-probes');
  probes.checked = state.probes;
  probes.addEventListener('change', () => {
    state.probes = probes.checked;
    state.changed();
    hosts(state);
  });
  byId('message-clear').addEventListener('click', () => {
    state.pick(NONE);
    state.follow(-1);
  });
  hosts(state);
}

/** One switch per line; a hidden one stays here, so that it can come back. */
function hosts(state: MessageState): void {
  const names = [...new Set([...state.lanes.map(({ label }) => label), ...state.hidden])];
  const chips = names.map((name) => {
    const chip = element(
      'button',
      { type: 'button', class: 'chip', 'aria-pressed': String(!state.hidden.has(name)) },
      name,
    );
    chip.title = `show or hide ${name}`;
    chip.addEventListener('click', () => {
      const hide = !state.hidden.has(name);
      state.hide(name, hide);
      chip.setAttribute('aria-pressed', String(!hide));
    });
    return chip;
  });
  byId('message-hosts').replaceChildren(...chips);
}

/** The words under the diagram: what is followed, what was picked, and why it is related so. */
function tell(state: MessageState): void {
  const box = byId('message-words');
  const { messages, picked, view } = state;
  const parts: HTMLElement[] = [];
  if (state.followedOp >= 0 && messages !== null) {
    const op = state.followedOp;
    const who = `operation ${view.ops.columns.index[op]} (${view.ops.display(op).slice(0, 80)})`;
    const said =
      state.followed.size === 0
        ? `No message of ${who} is in this file.`
        : `Following ${who}: ${state.followed.size} messages lie after its request${view.ops.outcome(op) === 'ok' || view.ops.outcome(op) === 'fail' ? ' and before its answer' : ', shown for a while as it has no answer'}. Only these can have had a part in it.`;
    parts.push(element('p', {}, said));
  }
  if (messages !== null) {
    for (const [i, event] of picked.entries()) {
      const known = [...messages.vectorOf(event)].sort(([a], [b]) => a - b);
      const cut = known.slice(0, VECTOR).map(([process, n]) => `${messages.name(process)}:${n}`);
      const vector = `[${cut.join(' ')}${known.length > VECTOR ? ` and ${known.length - VECTOR} more` : ''}]`;
      parts.push(
        element(
          'p',
          { class: 'mono' },
          element('b', {}, i === 0 ? 'A ' : 'B '),
          `${state.sentence(event)} at ${moment(messages.timeOf(event) * 1000)}, Lamport ${messages.stampOf(event)}, vector ${vector}`,
        ),
      );
    }
    if (picked.length === 2) {
      const { sentence, lines } = state.explain(picked[0]!, picked[1]!);
      parts.push(element('p', { class: 'sentence' }, `${sentence}.`));
      const chain = element('ol', { class: 'because tight' });
      for (const line of lines.slice(0, 40))
        chain.append(element('li', {}, element('span', { class: 'mono' }, line)));
      if (lines.length > 40)
        chain.append(element('li', {}, element('span', {}, `and ${lines.length - 40} more`)));
      parts.push(chain);
      if (messages.about.leftOut > 0 && sentence.includes('concurrent')) {
        parts.push(
          element(
            'p',
            { class: 'maybe' },
            'Messages are missing from this file: a chain through one of those would not be seen.',
          ),
        );
      }
    } else if (picked.length === 1) {
      parts.push(
        element('p', { class: 'soft' }, 'Pick another event to see whether one happened before the other.'),
      );
    }
  }
  box.replaceChildren(...parts);
  byId('message-clear').hidden = parts.length === 0;
}

/** The choices in the address, as far as they are not what everybody gets. */
function remember(view: View, state: MessageState): void {
  const set = (name: string, value: string): void => {
    if (value === '') view.extra.delete(name);
    else view.extra.set(name, value);
  };
  if (state.messages === null) return;
  set('hide', [...state.hidden].join(','));
  set('events', state.picked.map((event) => state.messages!.label(event)).join(','));
  set('follow', state.followedOp >= 0 ? String(view.ops.columns.index[state.followedOp]) : '');
  set('stamps', state.stamps === 'lamport' ? '' : state.stamps);
}

function restore(view: View, state: MessageState): void {
  const { messages } = state;
  if (messages === null) return;
  for (const name of (view.extra.get('hide') ?? '').split(',').filter(Boolean)) state.hidden.add(name);
  const stamps = view.extra.get('stamps');
  if (stamps === 'vector' || stamps === 'none') state.stamps = stamps;
  state.picked = (view.extra.get('events') ?? '')
    .split(',')
    .filter((name) => /^[sr]\d+$/.test(name))
    .map((name) => Number(name.slice(1)))
    .filter((event) => Number.isInteger(event) && (messages.rowOf[event] ?? NONE) !== NONE)
    .slice(0, 2);
  const follow = view.extra.get('follow');
  if (follow !== undefined) state.follow(view.ops.rowOfIndex(Number(follow)));
  state.changed();
}

/** The twin: messages of the stretch, each with its two events, to be picked by `s` and `r`. */
class MessageList {
  readonly #view: View;
  readonly #state: MessageState;
  readonly #list: VirtualList;
  #rows: number[] = [];
  #at = -1;
  #stale: ReturnType<typeof setTimeout> | null = null;

  constructor(view: View, state: MessageState) {
    this.#view = view;
    this.#state = state;
    const box = byId('message-table');
    this.#list = new VirtualList(box, {
      head: HEAD,
      line: (i) => this.#line(this.#rows[i]!),
      selected: () => this.#at,
      choose: (i, by) => {
        this.#at = i;
        if (by === 'mouse') state.pick(state.messages!.columns.order[this.#rows[i]!]!);
        this.#list.draw();
      },
    });
    box.addEventListener('keydown', (event) => {
      const { messages } = state;
      const row = this.#rows[this.#at];
      if (messages === null || row === undefined) return;
      if (event.key === 's' || event.key === 'Enter') state.pick(messages.columns.order[row]!);
      else if (event.key === 'r' && messages.arrived(row)) state.pick(messages.endOf(row));
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  refreshSoon(): void {
    if (this.#stale !== null) clearTimeout(this.#stale);
    this.#stale = setTimeout(() => this.#refresh(), 120);
  }

  #refresh(): void {
    const { messages } = this.#state;
    const { from, to } = this.#view;
    this.#rows = [];
    messages?.eachTouching(from, to, (row) => {
      const shown = this.#state.followed.size === 0 || this.#state.followed.has(row);
      if (shown && this.#state.shows(row)) this.#rows.push(row);
    });
    this.#at = Math.min(this.#at, this.#rows.length - 1);
    this.#list.show(this.#rows.length);
  }

  #line(row: number): HTMLElement {
    const messages = this.#state.messages!;
    const { sent, took, from, to, type, fate, order } = messages.columns;
    const arrived = messages.arrived(row);
    const line = element('div', {
      class: `op-row message-row${this.#state.followed.has(row) ? ' witness' : ''}`,
    });
    const end = arrived ? ` → ${messages.label(messages.endOf(row))}` : '';
    const stamps = arrived
      ? `${messages.stampOf(order[row]!)} → ${messages.stampOf(messages.endOf(row))}`
      : String(messages.stampOf(order[row]!));
    const cells = [
      moment(sent[row]! * 1000),
      arrived ? length(took[row]!) : '',
      messages.name(from[row]!),
      messages.name(to[row]!),
      messages.about.types[type[row]!] ?? '',
      messages.about.fates[fate[row]!] ?? '',
      `${messages.label(order[row]!)}${end}`,
      stamps,
    ];
    for (const cell of cells) line.append(element('span', { role: 'gridcell' }, cell));
    return line;
  }
}
