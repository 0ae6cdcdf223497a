/**
 * Sets and multisets: elements are added, removed, looked for, or all read at once.
 *
 * `add` and `remove` may complete with whether they changed anything (true or false, unless elements are
 * booleans themselves); any other answer, such as the element, says only that they happened.
 */
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';
import { type Model, ModelError, type ModelOp } from './model.ts';
import { arrayOf, listed, text } from './values.ts';

/** Elements as sorted canonical texts. */
type Elements = readonly string[];

/** What an `add` or `remove` said about whether it changed anything; null when it did not say. */
export function changeOf(op: ModelOp): boolean | null {
  return op.outcome === 'ok' && typeof op.output === 'boolean' && typeof op.input !== 'boolean'
    ? op.output
    : null;
}

/** The elements a read saw. */
export function elementsOf(model: string, op: ModelOp): Json[] {
  const elements = arrayOf(op.output);
  if (elements === undefined) throw new ModelError(model, op, 'a read to complete with a list of elements');
  return elements;
}

function inserted(elements: Elements, element: string): Elements {
  const at = elements.findIndex((held) => held >= element);
  return at < 0 ? [...elements, element] : [...elements.slice(0, at), element, ...elements.slice(at)];
}

function removed(elements: Elements, element: string): Elements {
  const at = elements.indexOf(element);
  return at < 0 ? elements : [...elements.slice(0, at), ...elements.slice(at + 1)];
}

function setLike(name: string, summary: string, many: boolean): Model<Elements> {
  const all = (values: readonly Json[]): Elements => values.map(canonicalJson).sort();
  return {
    name,
    summary,
    functions: {
      add: { answers: true, readOnly: false, refusable: false },
      remove: { answers: true, readOnly: false, refusable: true },
      contains: { answers: true, readOnly: true, refusable: false },
      read: { answers: true, readOnly: true, refusable: false },
    },
    independent: true,
    init: (initial) => all(elementsOf(name, { f: 'initial', input: null, output: initial, outcome: 'ok' })),
    step(elements, op) {
      if (op.f === 'read') {
        if (op.outcome !== 'ok') return elements;
        const seen = all(elementsOf(name, op));
        return seen.join('\n') === elements.join('\n') ? elements : undefined;
      }
      const element = canonicalJson(op.input);
      const has = elements.includes(element);
      if (op.f === 'contains') {
        if (op.outcome !== 'ok') return elements;
        if (typeof op.output !== 'boolean')
          throw new ModelError(name, op, 'contains to complete with true or false');
        return op.output === has ? elements : undefined;
      }
      const change = op.outcome === 'refused' ? false : changeOf(op);
      if (op.f === 'add') {
        if (many) return change === false ? undefined : inserted(elements, element);
        if (change !== null && change === has) return undefined;
        return has ? elements : inserted(elements, element);
      }
      if (change !== null && change !== has) return undefined;
      return removed(elements, element);
    },
    identity: (elements) => elements.join('\n'),
    readOnly(op) {
      if (op.f === 'read' || op.f === 'contains' || op.outcome === 'refused') return true;
      return changeOf(op) === false;
    },
    item: (op) => (op.f === 'read' ? undefined : canonicalJson(op.input)),
    restrict(op, items) {
      if (op.f !== 'read' || op.outcome !== 'ok') return op;
      const seen = elementsOf(name, op).filter((element) => items.has(canonicalJson(element)));
      return { ...op, output: seen, partial: true };
    },
    describe: (elements) => listed(elements.map((element) => JSON.parse(element) as Json)),
    describeOp: describeSetOp,
  };
}

function describeSetOp(op: ModelOp): string {
  const open = op.outcome === 'info';
  if (op.f === 'read') {
    const seen = listed(arrayOf(op.output) ?? []);
    return op.partial === true ? `read ${seen} (of the elements in question)` : `read ${open ? 'it' : seen}`;
  }
  const what = text(op.input);
  if (op.f === 'contains') return `found ${what} ${op.output === true ? 'present' : 'absent'}`;
  if (open) return `may have ${op.f === 'add' ? 'added' : 'removed'} ${what}`;
  const done = `${op.f === 'add' ? 'added' : 'removed'} ${what}`;
  if (op.outcome === 'refused' || changeOf(op) === false) {
    return op.f === 'add'
      ? `found ${what} already there when adding it`
      : `found ${what} absent when removing it`;
  }
  return changeOf(op) === true ? `${done} (and that changed it)` : done;
}

/** The `set` model. */
export const set = setLike(
  'set',
  'a set: add v and remove v (may complete with whether that changed it), contains v (true or false), read (all ' +
    'elements); initially empty',
  false,
);

/** The `multiset` model. */
export const multiset = setLike(
  'multiset',
  'a set that counts: add v, remove v (one of them; may complete with whether there was one), contains v (true or ' +
    'false), read (all elements, repeated as often as held); initially empty',
  true,
);
