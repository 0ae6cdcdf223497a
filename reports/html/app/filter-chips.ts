/**
 * The terms of the filter as chips under its line: the word turns a term around, the cross takes it away, and so do
 * the keys that take away elsewhere.
 */
import { byId, element } from './dom.ts';
import type { Term } from './filter.ts';
import type { View } from './view.ts';

/** Keeps the chips in step with the filter. */
export function attachChips(view: View): void {
  const box = byId('filter-chips');
  view.on((changes) => {
    if (!changes.has('filter')) return;
    const { terms } = view.filter;
    box.hidden = terms.length === 0;
    box.replaceChildren(...terms.map((term, i) => chip(view, term, i)));
  });

  function chip(of: View, term: Term, at: number): HTMLElement {
    const say = term.negated ? 'not ' : '';
    const bare = term.text.replace(/^!/, '');
    const turn = element(
      'button',
      { type: 'button', class: 'chip', 'aria-pressed': String(!term.negated), title: 'turn around' },
      term.text,
    );
    turn.addEventListener('click', () => put(of, at, term.negated ? bare : `!${bare}`));
    const away = element(
      'button',
      { type: 'button', class: 'chip', 'aria-label': `take away ${say}${bare}` },
      '×',
    );
    away.addEventListener('click', () => put(of, at, ''));
    const group = element(
      'span',
      { class: 'chip-pair', role: 'group', 'aria-label': `${say}${bare}` },
      turn,
      away,
    );
    group.addEventListener('keydown', (event) => {
      if (event.key !== 'Delete' && event.key !== 'Backspace') return;
      event.preventDefault();
      put(of, at, '');
    });
    return group;
  }

  /** The filter with one term replaced; the focus stays where the reader is. */
  function put(of: View, at: number, text: string): void {
    const words = of.filter.terms
      .map((term, i) => (i === at ? text : term.text))
      .filter((word) => word !== '');
    byId<HTMLInputElement>('filter').value = words.join(' ');
    of.setFilter(words.join(' '));
    afterNext(() => {
      const pairs = box.querySelectorAll<HTMLElement>('.chip-pair');
      const next = pairs[Math.min(at, pairs.length - 1)]?.querySelector('button');
      (next ?? byId('filter')).focus();
    });
  }

  /** Once the chips have been made anew. */
  function afterNext(run: () => void): void {
    const watch = new MutationObserver(() => {
      watch.disconnect();
      run();
    });
    watch.observe(box, { childList: true });
  }
}
