/**
 * The line in which the filter is typed: suggestions under it, an error with a caret under the character it is about.
 */
import { type Completion, complete } from './complete.ts';
import { byId, element } from './dom.ts';
import type { View } from './view.ts';

/** Makes the input answer. */
export function attachFilter(view: View): void {
  const input = byId<HTMLInputElement>('filter');
  const list = byId('filter-options');
  const wrong = byId('filter-error');
  let completion: Completion | null = null;
  let chosen = -1;

  const close = (): void => {
    completion = null;
    chosen = -1;
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const mark = (at: number): void => {
    chosen = at;
    for (const [i, item] of [...list.children].entries())
      item.setAttribute('aria-selected', String(i === at));
    if (at >= 0) input.setAttribute('aria-activedescendant', `filter-option-${at}`);
    list.children[at]?.scrollIntoView({ block: 'nearest' });
  };
  const take = (at: number): void => {
    const suggestion = completion?.suggestions[at];
    if (completion === null || suggestion === undefined) return;
    const { from, to } = completion;
    // A finished term is followed by room for the next.
    const text = suggestion.text.endsWith(':') ? suggestion.text : `${suggestion.text} `;
    input.value = input.value.slice(0, from) + text + input.value.slice(to).trimStart();
    input.setSelectionRange(from + text.length, from + text.length);
    view.setFilter(input.value.trimEnd());
    open();
  };
  const open = (): void => {
    completion = complete(input.value, input.selectionStart ?? input.value.length, view.ops, [
      view.from,
      view.to,
    ]);
    const { suggestions } = completion;
    const typed = input.value.slice(completion.from, completion.to);
    if (suggestions.length === 0 || (suggestions.length === 1 && suggestions[0]!.text === typed)) {
      close();
      return;
    }
    const items = suggestions.map(({ text, note }, i) => {
      const item = element(
        'li',
        { role: 'option', id: `filter-option-${i}` },
        element('b', {}, text),
        element('span', {}, note),
      );
      // Before the input loses its focus.
      item.addEventListener('pointerdown', (event) => {
        event.preventDefault();
        take(i);
      });
      return item;
    });
    list.replaceChildren(...items);
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    mark(-1);
  };

  input.addEventListener('input', () => {
    view.setFilter(input.value.trimEnd());
    open();
  });
  input.addEventListener('focus', open);
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    if (completion === null) {
      if (event.key === 'ArrowDown') open();
      return;
    }
    const { length } = completion.suggestions;
    if (event.key === 'ArrowDown') mark((chosen + 1) % length);
    else if (event.key === 'ArrowUp') mark((chosen <= 0 ? length : chosen) - 1);
    else if (event.key === 'Tab' && !event.shiftKey && length > 0) take(Math.max(0, chosen));
    else if (event.key === 'Enter' && chosen >= 0) take(chosen);
    else if (event.key === 'Enter') close();
    else return;
    event.preventDefault();
  });
  view.on((changes) => {
    if (!changes.has('filter')) return;
    if (input !== document.activeElement) input.value = view.filterText;
    const { error } = view.filter;
    input.setAttribute('aria-invalid', String(error !== null));
    wrong.hidden = error === null;
    // Both lines in one type of fixed width: the caret stands under the character.
    wrong.textContent =
      error === null
        ? ''
        : `${view.filterText}\n${' '.repeat(error.at)}^ column ${error.at + 1}: ${error.message}`;
  });
}
