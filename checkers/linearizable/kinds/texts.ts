/**
 * Names for violations of texts that are appended to.
 */
import { textValue } from '../../models/append-kv.ts';
import { modelOpAt } from '../problem.ts';
import { type Kind, named, PLAIN, type Scene, spanOf } from './scene.ts';

/** Texts longer than this are not taken apart. */
const LONGEST = 100_000;

interface Written {
  call: number;
  /** Index of the completion; Infinity when it is unknown. */
  ret: number;
  text: string;
  put: boolean;
}

interface Read {
  call: number;
  text: string;
}

/** What a witness about a text is called. */
export function textKind(scene: Scene): Kind {
  const { op, inquiry } = scene;
  if (op.f !== 'get' || op.outcome !== 'ok') return PLAIN;
  const { history, model, outcomes } = inquiry;
  const { call, ret } = spanOf(scene);
  const text = textValue(op, op.output);
  const before: Written[] = [];
  const later: Written[] = [];
  const failed: Written[] = [];
  const reads: Read[] = [];
  for (const at of scene.calls) {
    const other = modelOpAt(history, model, outcomes, at);
    const f = history.f(at);
    if (f === 'get') {
      if (other?.outcome === 'ok' && at !== call)
        reads.push({ call: at, text: textValue(other, other.output) });
      continue;
    }
    const value = textValue({ f, input: null, output: null, outcome: 'info' }, history.value(at));
    const end = other?.outcome === 'ok' ? history.pair(at) : Number.POSITIVE_INFINITY;
    const written = { call: at, ret: end, text: value, put: f === 'put' };
    (other === null ? failed : at < ret ? before : later).push(written);
  }
  const start = textValue(op, inquiry.initial);
  if (text.length <= LONGEST && !isMade(text, start, before)) {
    const ends = (added: Written[]): number[] => added.slice(0, 1).map((written) => written.call);
    if (isMade(text, start, [...before, ...later]))
      return named('future-read', 'with what was written only later', ends(later));
    if (isMade(text, start, [...before, ...failed])) {
      return named('aborted-read', 'with what had failed to be written', ends(failed));
    }
    return named('garbage-read', 'which is not made of what was written');
  }
  return missing(text, call, before, reads) ?? forked(scene, text, before) ?? PLAIN;
}

/** Can a text be one that was put, or the first, with texts that were appended behind it, in any number and order? */
function isMade(text: string, start: string, written: readonly Written[]): boolean {
  const appended = new Set(
    written.filter(({ put, text: part }) => !put && part !== '').map((part) => part.text),
  );
  const lengths = [...new Set(Array.from(appended, (part) => part.length))];
  const reached = new Uint8Array(text.length + 1);
  for (const first of [start, ...written.filter(({ put }) => put).map((part) => part.text)]) {
    if (text.startsWith(first)) reached[first.length] = 1;
  }
  for (let at = 0; at < text.length; at++) {
    if (reached[at] === 0) continue;
    for (const length of lengths) {
      if (at + length <= text.length && appended.has(text.slice(at, at + length))) reached[at + length] = 1;
    }
  }
  return reached[text.length] === 1;
}

/** Something written before is not in the text, and nothing that was put can have wiped it out. */
function missing(
  text: string,
  call: number,
  before: readonly Written[],
  reads: readonly Read[],
): Kind | null {
  for (const written of before) {
    if (written.ret > call || written.text === '') continue;
    const shows = (other: string): boolean =>
      written.put ? other.startsWith(written.text) : other.includes(written.text);
    if (shows(text)) continue;
    if (before.some((other) => other !== written && other.put && other.ret > written.call)) continue;
    const seen = reads.find((read) => shows(read.text));
    const shown = JSON.stringify(written.text);
    if (seen !== undefined)
      return named('stale-read', `without ${shown}, which had been written`, [written.call]);
    const kind = written.put ? 'lost-write' : 'lost-append';
    return named(kind, `without ${shown}, which had been written and nobody ever sees`, [written.call]);
  }
  return null;
}

/** Another of the witness read the same text grown in another order. */
function forked({ problem, culprit }: Scene, text: string, before: readonly Written[]): Kind | null {
  if (before.some(({ put }) => put)) return null;
  for (let i = 0; i < problem.size; i++) {
    const op = problem.table.op(problem.cls[i]!);
    if (i === culprit || op.f !== 'get' || op.outcome !== 'ok') continue;
    const other = textValue(op, op.output);
    if (other.startsWith(text) || text.startsWith(other)) continue;
    return named('incompatible-order', `while ${JSON.stringify(other)} was read too`, [problem.call[i]!]);
  }
  return null;
}
