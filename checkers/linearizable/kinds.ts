/**
 * Names for violations of registers: which class a minimal witness belongs to, and why in a clause. What has
 * no name of its own is `not-linearizable`.
 */
import { type History, NONE } from '../../harness/history/history.ts';
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';
import type { ModelOp } from '../models/model.ts';
import { isBuiltIn } from '../models/registry.ts';
import type { Inquiry } from './inquiry.ts';
import { modelOpAt, OPEN, type Problem } from './problem.ts';
import { RegisterReader } from './register-columns.ts';

/** A class of violation, its reason as a clause for the sentence, and operations it points at. */
export interface Kind {
  kind: string;
  because: string | null;
  ops: number[];
}

const PLAIN: Kind = { kind: 'not-linearizable', because: null, ops: [] };

/** Classifies a witness; `calls` are all invocations of its key. */
export function kindOf(inquiry: Inquiry, problem: Problem, culprit: number, calls: Int32Array): Kind {
  if (!isBuiltIn(inquiry.model)) return PLAIN;
  if (inquiry.model.functions['write'] === undefined || !RegisterReader.understands(inquiry.model))
    return PLAIN;
  const op = problem.table.op(problem.cls[culprit]!);
  const saw = seen(op);
  if (saw === undefined || op.outcome === 'refused') return PLAIN;
  const source = sourceOf(inquiry, problem, culprit, saw, calls);
  if (source !== null) return source;
  if (op.f === 'cas') return rivalOf(problem, culprit, saw) ?? PLAIN;
  return overwritten(inquiry, problem, culprit, saw, calls) ?? PLAIN;
}

/** The value an operation saw. */
function seen(op: ModelOp): Json | undefined {
  if (op.f === 'read') return op.output;
  return op.f === 'cas' && Array.isArray(op.input) ? op.input[0] : undefined;
}

/** The value an operation put there. */
function put(f: string, input: Json): Json | undefined {
  if (f === 'write') return input;
  return f === 'cas' && Array.isArray(input) ? input[1] : undefined;
}

const same = (a: Json | undefined, b: Json): boolean =>
  a !== undefined && (a === b || canonicalJson(a) === canonicalJson(b));

/** The value came from nowhere, from a write that failed, or from the future. */
function sourceOf(
  inquiry: Inquiry,
  problem: Problem,
  culprit: number,
  saw: Json,
  calls: Int32Array,
): Kind | null {
  const { history, outcomes } = inquiry;
  if (same(inquiry.initial, saw)) return null;
  let failed = NONE;
  let later = NONE;
  for (const call of calls) {
    if (!same(put(history.f(call), history.value(call)), saw)) continue;
    const outcome = outcomes.of(call);
    if (outcome === null || outcome === 'refused') failed = call;
    else if (call < problem.ret[culprit]!) return null;
    else if (later === NONE) later = call;
  }
  if (later !== NONE) return { kind: 'future-read', because: 'which was written only later', ops: [later] };
  if (failed !== NONE) return { kind: 'aborted-read', because: 'whose write had failed', ops: [failed] };
  return { kind: 'garbage-read', because: 'which nobody ever wrote', ops: [] };
}

/** Another operation changed the same value. */
function rivalOf(problem: Problem, culprit: number, saw: Json): Kind | null {
  for (let i = 0; i < problem.size; i++) {
    const other = problem.table.op(problem.cls[i]!);
    if (i === culprit || other.f !== 'cas' || other.outcome === 'refused') continue;
    if (same(seen(other), saw)) {
      return { kind: 'lost-cas', because: 'which another cas had changed', ops: [problem.call[i]!] };
    }
  }
  return null;
}

/** Another value had been there: a stale read, or a lost write when nobody ever saw that other value. */
function overwritten(
  inquiry: Inquiry,
  problem: Problem,
  culprit: number,
  saw: Json,
  calls: Int32Array,
): Kind | null {
  let found: Kind | null = null;
  for (let i = 0; i < problem.size; i++) {
    if (i === culprit || problem.ret[i] === OPEN || problem.ret[i]! > problem.call[culprit]!) continue;
    const op = problem.table.op(problem.cls[i]!);
    const other = put(op.f, op.input) ?? seen(op);
    if (other === undefined || same(other, saw) || op.outcome !== 'ok') continue;
    const lost = op.f !== 'read' && !everSeen(inquiry, inquiry.history, other, calls);
    if (lost) return { kind: 'lost-write', because: null, ops: [] };
    found = { kind: 'stale-read', because: null, ops: [] };
  }
  return found;
}

function everSeen(inquiry: Inquiry, history: History, value: Json, calls: Int32Array): boolean {
  for (const call of calls) {
    if (history.f(call) === 'write') continue;
    const op = modelOpAt(history, inquiry.model, inquiry.outcomes, call);
    if (op?.outcome === 'ok' && same(seen(op), value)) return true;
  }
  return false;
}
