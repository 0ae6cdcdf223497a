/**
 * Copies the operations of the shown stretch that match the filter.
 */
import { count } from '../../format.ts';
import { copyText } from './copy.ts';
import type { Ops } from './data.ts';
import { byId } from './dom.ts';
import { diagramOf, fixtureOf, jsonOf, type StretchOp } from './stretch-text.ts';
import type { View } from './view.ts';

/** Most operations copied at once. */
const MOST = 2000;

/** Makes the list of forms answer. */
export function attachCopy(view: View): void {
  const choice = byId<HTMLSelectElement>('copy-as');
  choice.addEventListener('change', () => {
    const how = choice.value;
    choice.value = '';
    const note = byId('copy-note');
    const { ops, total } = opsOf(view);
    if (total > MOST) {
      note.textContent = `${count(total)} operations are too many to copy: zoom in, or filter, to at most ${count(MOST)}`;
      return;
    }
    const text =
      how === 'json' ? jsonOf(ops) : how === 'fixture' ? fixtureOf(ops) : diagramOf(ops, view.from, view.to);
    if (text === null) {
      note.textContent = 'a value is too long for this page: take the lines from history.jsonl';
      return;
    }
    void copyText(text).then((done) => {
      note.textContent = done ? `${count(total)} operations copied` : 'this viewer allows no copying';
    });
  });
}

function opsOf(view: View): { ops: StretchOp[]; total: number } {
  const all: StretchOp[] = [];
  let total = 0;
  const { ops } = view;
  ops.eachTouching(view.from, view.to, (row) => {
    if (!view.matches(row)) return true;
    if (++total > MOST) return true;
    all.push(stretchOp(ops, row));
    return true;
  });
  return { ops: all, total };
}

/** One operation of the page as it is copied. */
export function stretchOp(ops: Ops, row: number): StretchOp {
  return {
    index: ops.columns.index[row]!,
    process: ops.columns.process[row]!,
    node: ops.node(row),
    f: ops.f(row),
    key: ops.key(row),
    value: ops.value(row),
    result: ops.result(row),
    outcome: ops.outcome(row),
    error: ops.error(row),
    words: ops.display(row),
    start: ops.start(row),
    end: ops.end(row),
  };
}
