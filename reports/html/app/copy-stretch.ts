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

/** Forms in which operations are copied. */
export type CopyForm = 'json' | 'fixture' | 'diagram';

/** Copies what matches the filter in the marked stretch, or in the shown one; resolves with what became of it. */
export async function copyStretch(view: View, form: CopyForm): Promise<string> {
  const { from, to } = view.mark ?? view;
  const { ops, total } = opsOf(view, from, to);
  if (total > MOST) {
    return `${count(total)} operations are too many to copy: mark less, zoom in, or filter, to at most ${count(MOST)}`;
  }
  const text = form === 'json' ? jsonOf(ops) : form === 'fixture' ? fixtureOf(ops) : diagramOf(ops, from, to);
  if (text === null) return 'a value is too long for this page: take the lines from history.jsonl';
  return (await copyText(text)) ? `${count(total)} operations copied` : 'this viewer allows no copying';
}

/** Makes the list of forms answer. */
export function attachCopy(view: View): void {
  const choice = byId<HTMLSelectElement>('copy-as');
  choice.addEventListener('change', () => {
    const form = choice.value as CopyForm;
    choice.value = '';
    void copyStretch(view, form).then((said) => {
      byId('copy-note').textContent = said;
    });
  });
}

function opsOf(view: View, from: number, to: number): { ops: StretchOp[]; total: number } {
  const all: StretchOp[] = [];
  let total = 0;
  const { ops } = view;
  ops.eachTouching(from, to, (row) => {
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
