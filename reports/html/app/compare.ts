/**
 * This run beside another, whose verdict.json is dropped on the page or chosen. It is read here and sent nowhere.
 */
import type { Summary } from '../overview.ts';
import { differences, summaryOfFile } from './compare-summaries.ts';
import { byId, element } from './dom.ts';
import { inflate } from './inflate.ts';

/** Makes the place of the page answer. */
export function attachCompare(): void {
  const place = byId('compare-drop');
  const input = byId<HTMLInputElement>('compare-file');
  input.addEventListener('change', () => void show(input.files?.[0]));
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    place.classList.add('over');
  });
  document.addEventListener('dragleave', () => place.classList.remove('over'));
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    place.classList.remove('over');
    void show(event.dataTransfer?.files[0]);
    place.scrollIntoView();
  });
}

async function show(file: File | undefined): Promise<void> {
  if (file === undefined) return;
  const result = byId('compare-result');
  let other: Summary | null = null;
  try {
    other = summaryOfFile(JSON.parse(await file.text()));
  } catch {
    // Said below: it is not what was asked for.
  }
  if (other === null) {
    result.replaceChildren(element('p', { class: 'no' }, `${file.name} is not a verdict.json of a run.`));
    return;
  }
  const block = byId('own-summary').textContent ?? '';
  const own = JSON.parse(new TextDecoder().decode(await inflate(block))) as Summary;
  const { rows, same } = differences(own, other);
  const head = element('tr', {}, ...['', 'this run', file.name].map((name) => element('th', {}, name)));
  const body = rows.map((cells) =>
    element(
      'tr',
      {},
      ...cells.map((cell, i) => element('td', { class: i === 0 ? 'nowrap' : 'wide mono' }, cell || '-')),
    ),
  );
  result.replaceChildren(
    element('p', { class: 'soft' }, `${rows.length} values differ, ${same} are the same.`),
    element('table', {}, element('thead', {}, head), element('tbody', {}, ...body)),
  );
}
