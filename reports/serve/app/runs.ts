/**
 * The list of runs in the browser: searching, sorting, and following what begins and ends. What is searched for and
 * sorted by is in the address.
 */
import { byId } from '../../html/app/dom.ts';
import { startTheme } from '../../html/app/theme.ts';
import { compareBy, readSearch } from './search.ts';

const NUMERIC = new Set(['seed', 'duration']);

interface Shown {
  query: string;
  column: string;
  down: boolean;
}

let shown = fromAddress();

function fromAddress(): Shown {
  const hash = new URLSearchParams(location.hash.slice(1));
  const sort = hash.get('sort') ?? '-started';
  return { query: hash.get('q') ?? '', column: sort.replace(/^-/, ''), down: sort.startsWith('-') };
}

function toAddress(): void {
  const hash = new URLSearchParams();
  if (shown.query !== '') hash.set('q', shown.query);
  const sort = (shown.down ? '-' : '') + shown.column;
  if (sort !== '-started') hash.set('sort', sort);
  history.replaceState(null, '', hash.size === 0 ? location.pathname : `#${hash}`);
}

function table(): HTMLTableElement | null {
  return document.getElementById('runs') as HTMLTableElement | null;
}

/** Applies what is shown to the rows that are there. O(rows log rows). */
function apply(): void {
  const runs = table();
  if (runs === null) return;
  const search = readSearch(shown.query);
  byId('problem').textContent = search.problem ?? '';
  const body = runs.tBodies[0]!;
  const rows = [...body.rows];
  const { column, down } = shown;
  rows.sort((a, b) => compareBy(a.dataset[column] ?? '', b.dataset[column] ?? '', NUMERIC.has(column), down));
  let visible = 0;
  for (const row of rows) {
    const matches =
      search.matches?.({ text: row.textContent ?? '', field: (name) => row.dataset[name] ?? '' }) ?? true;
    row.hidden = !matches;
    if (matches) visible++;
  }
  body.append(...rows);
  byId('shown').textContent =
    visible === rows.length ? `${rows.length} runs` : `${visible} of ${rows.length} runs`;
  for (const head of runs.tHead!.querySelectorAll<HTMLElement>('[data-column]')) {
    if (head.dataset['column'] === column) head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    else head.removeAttribute('aria-sort');
  }
}

/** Connects what the page holds; again after each replacement. */
function wire(): void {
  const runs = table();
  if (runs === null) return;
  const search = byId<HTMLInputElement>('search');
  search.value = shown.query;
  search.addEventListener('input', () => {
    shown = { ...shown, query: search.value };
    toAddress();
    apply();
  });
  for (const head of runs.tHead!.querySelectorAll<HTMLElement>('[data-column]')) {
    head.firstElementChild!.addEventListener('click', () => {
      const column = head.dataset['column']!;
      shown = { ...shown, column, down: shown.column === column ? !shown.down : column === 'started' };
      toAddress();
      apply();
    });
  }
  apply();
}

/** Takes what the server has now; where the reader types stays where it was. */
async function refresh(): Promise<void> {
  const response = await fetch('/rows');
  if (!response.ok) return;
  const typing = document.activeElement?.id === 'search';
  // Markup of our own server, in which every value is escaped.
  byId('list').innerHTML = await response.text();
  wire();
  if (typing) byId('search').focus();
}

const theme = startTheme(() => undefined);
document.documentElement.classList.add('js');
byId('theme').addEventListener('click', () => theme.toggle());
addEventListener('hashchange', () => {
  shown = fromAddress();
  wire();
});
addEventListener('keydown', (event) => {
  if (event.key !== '/' || document.activeElement?.id === 'search' || table() === null) return;
  event.preventDefault();
  byId('search').focus();
});
wire();
new EventSource('/changes').addEventListener('changed', () => void refresh());
