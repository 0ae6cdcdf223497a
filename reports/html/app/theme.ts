/**
 * Light and dark: the system's choice until the reader switches, kept per browser. Canvases read the same
 * custom properties as the page.
 */

/** Colours of the current theme. */
export interface Colours {
  ink: string;
  soft: string;
  faint: string;
  line: string;
  grid: string;
  panel: string;
  sunk: string;
  ok: string;
  fail: string;
  info: string;
  bad: string;
  accent: string;
  mark: string;
  faults: string[];
  terms: string[];
  sans: string;
  mono: string;
  dark: boolean;
}

const KEY = 'faultline-theme';
let current: Colours | null = null;

/** Colours now; read from the page once per theme. */
export function colours(): Colours {
  current ??= read();
  return current;
}

function read(): Colours {
  const style = getComputedStyle(document.documentElement);
  const get = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const names = [
    'ink',
    'soft',
    'faint',
    'line',
    'grid',
    'panel',
    'sunk',
    'ok',
    'fail',
    'info',
    'bad',
  ] as const;
  const plain = Object.fromEntries(names.map((name) => [name, get(name)]));
  return {
    ...(plain as Record<(typeof names)[number], string>),
    accent: get('accent'),
    mark: get('mark'),
    faults: Array.from({ length: 8 }, (_, i) => get(`f${i}`)),
    terms: Array.from({ length: 6 }, (_, i) => get(`t${i}`)),
    sans: get('sans'),
    mono: get('mono'),
    dark: style.colorScheme === 'dark',
  };
}

/** Forgets the colours: the theme is another now. */
export function forgetColours(): void {
  current = null;
}

/** Applies the reader's earlier choice, or that of the address; before the first paint, so that nothing flashes. */
export function applyStoredTheme(): void {
  const asked = new URLSearchParams(location.hash.slice(1)).get('theme');
  const stored = asked ?? storage(() => localStorage.getItem(KEY));
  if (stored === 'dark' || stored === 'light') document.documentElement.dataset['theme'] = stored;
}

/** Follows the system; `changed` runs after every change. */
export function startTheme(changed: (chosen: 'light' | 'dark' | null) => void): { toggle(): void } {
  const root = document.documentElement;
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => changed(null));
  // Paper is white, whatever the screen is.
  let before: string | undefined;
  addEventListener('beforeprint', () => {
    before = root.dataset['theme'];
    root.dataset['theme'] = 'light';
    forgetColours();
  });
  addEventListener('afterprint', () => {
    if (before === undefined) delete root.dataset['theme'];
    else root.dataset['theme'] = before;
    changed(null);
  });
  return {
    toggle() {
      const next = colours().dark ? 'light' : 'dark';
      root.dataset['theme'] = next;
      storage(() => localStorage.setItem(KEY, next));
      changed(next);
    },
  };
}

/** Storage is forbidden in sandboxed viewers; the theme then lasts as long as the page. */
function storage<T>(action: () => T): T | null {
  try {
    return action();
  } catch {
    return null;
  }
}
