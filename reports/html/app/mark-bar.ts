/**
 * The marked stretch: told in words at the foot of the window, with all that can be done with it. What is copied from
 * it is what matches the filter.
 */
import { count, moment } from '../../format.ts';
import { type CopyForm, copyStretch } from './copy-stretch.ts';
import { byId, element } from './dom.ts';
import type { View } from './view.ts';
import { length } from './words.ts';

const FORMS: readonly [CopyForm, string][] = [
  ['json', 'copy as JSON'],
  ['fixture', 'copy as test history'],
  ['diagram', 'copy as text diagram'],
];

/** Shows the bar while something is marked. */
export function attachMarkBar(view: View): void {
  const bar = byId('mark-bar');
  const said = element('span', { role: 'status', 'aria-live': 'polite' });
  const note = element('span', { class: 'soft', role: 'status' });
  const button = (words: string, run: () => void): HTMLElement => {
    const made = element('button', { type: 'button', class: 'button' }, words);
    made.addEventListener('click', run);
    return made;
  };
  const copies = FORMS.map(([form, words]) =>
    button(words, () => {
      void copyStretch(view, form).then((outcome) => {
        note.textContent = outcome;
      });
    }),
  );
  const look = button('show only this', () => {
    const { mark } = view;
    if (mark !== null) view.show(mark.from, mark.to);
  });
  bar.append(
    said,
    ...copies,
    look,
    button('clear', () => view.setMark(null)),
    note,
  );
  view.on((changes) => {
    if (!changes.has('mark') && !changes.has('filter') && !changes.has('data')) return;
    const { mark } = view;
    bar.hidden = mark === null;
    if (mark === null) return;
    note.textContent = '';
    // While it is drawn only its ends are told; counting waits for the end.
    const stretch = `${moment(mark.from * 1000)} to ${moment(mark.to * 1000)} (${length(mark.to - mark.from)})`;
    said.textContent = view.marking === null ? `${stretch}: ${count(operations(view))} operations` : stretch;
  });
}

function operations(view: View): number {
  let n = 0;
  const { mark, ops } = view;
  ops.eachTouching(mark!.from, mark!.to, (row) => {
    if (view.matches(row)) n++;
    return true;
  });
  return n;
}
