/**
 * Where on the page the reader is: marked in the contents, and kept in the address together with the theme, so that a
 * copied link opens at the same section and looks the same.
 */
import type { View } from './view.ts';

/** Section the reader jumped to: the last ones of a page may be too short to come to its top. */
let wanted = '';

/** Goes to a section at once: what is passed on the way is neither looked at nor unpacked. */
export function goTo(id: string): void {
  const section = document.getElementById(id);
  if (section === null) return;
  wanted = id;
  section.scrollIntoView({ behavior: 'instant' });
  dispatchEvent(new Event('scroll'));
}

/** Follows scrolling; goes to the section and the theme of the address when it is read. */
export function attachPlace(view: View): void {
  const sections = [...document.querySelectorAll<HTMLElement>('main > section[id]')];
  const links = new Map(
    [...document.querySelectorAll<HTMLAnchorElement>('nav a')].map((link) => [link.hash.slice(1), link]),
  );
  let current = '';
  const look = (): void => {
    const line = window.innerHeight * 0.3;
    const last = window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 4;
    const jumped = sections.find((section) => section.id === wanted);
    const top = jumped?.getBoundingClientRect().top ?? -1;
    const here =
      jumped !== undefined && top >= 0 && top < window.innerHeight
        ? jumped
        : last
          ? sections.at(-1)
          : (sections.findLast(
              (section) => section.offsetParent !== null && section.getBoundingClientRect().top <= line,
            ) ?? sections[0]);
    if (here === undefined || here.id === current) return;
    links.get(current)?.removeAttribute('aria-current');
    links.get(here.id)?.setAttribute('aria-current', 'true');
    current = here.id;
    if (!view.ready) return;
    if (current === 'verdict') view.extra.delete('at');
    else view.extra.set('at', current);
    view.changed('place');
  };
  for (const own of ['wheel', 'touchmove', 'pointerdown'])
    addEventListener(
      own,
      () => {
        wanted = '';
      },
      { passive: true },
    );
  for (const [id, link] of links) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      goTo(id);
    });
  }
  let waiting = false;
  addEventListener(
    'scroll',
    () => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => {
        waiting = false;
        look();
      }, 120);
    },
    { passive: true },
  );
  view.onAddress(() => {
    const theme = view.extra.get('theme');
    if (theme === 'dark' || theme === 'light') {
      document.documentElement.dataset['theme'] = theme;
      view.changed('theme');
    }
    const at = view.extra.get('at');
    if (at !== undefined && at !== current)
      document.getElementById(at)?.scrollIntoView({ behavior: 'instant' });
  });
  look();
}
