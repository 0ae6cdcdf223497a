/**
 * From a reply to a completion: the value an operation completes with, or the failure it ends in.
 */
import type { OperationSpec } from '../../harness/config/command-types.ts';
import { type Invocation, OpFailure } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { type Answer, find } from './answer.ts';
import type { Reply } from './ask.ts';
import { textOf } from './names.ts';

/** Status by which HTTP says that a condition of the request did not hold. */
const PRECONDITION_FAILED = 412;

/** The completed value; throws `OpFailure`. */
export function completion(spec: OperationSpec, op: Invocation, reply: Reply): Json {
  if (reply.kind === 'missing') return missing(op);
  if (reply.kind === 'refused') throw refusal(spec, op, reply.status, reply.answer);
  const told = errorOf(spec, reply.answer);
  if (told !== null)
    throw new OpFailure({ definite: isDefinite(spec, told), kind: 'refused', message: told });
  const value = completedValue(spec, op, reply.answer);
  return op.f === 'command' ? accepted(spec, value, reply.answer) : value;
}

/** No such object: a read has read nothing, anything else certainly did not happen. */
function missing(op: Invocation): Json {
  if (op.f === 'read') return null;
  throw new OpFailure({ definite: true, kind: 'not-found' });
}

function refusal(spec: OperationSpec, op: Invocation, status: number, answer: Answer): OpFailure {
  const message = errorOf(spec, answer) ?? (answer.text.slice(0, 200) || `status ${status}`);
  const kind = op.f === 'command' ? 'not-leader' : kindOf(op, status);
  return new OpFailure({ definite: true, kind, message });
}

function kindOf(op: Invocation, status: number): string {
  return op.f === 'cas' && status === PRECONDITION_FAILED ? 'precondition-failed' : `http-${status}`;
}

/** The error text of an answer; null when it tells of none. */
function errorOf(spec: OperationSpec, answer: Answer): string | null {
  if (spec.error === null) return null;
  const found = find(spec.error, answer);
  return found === undefined || found === null || found === false || found === '' ? null : textOf(found);
}

function isDefinite(spec: OperationSpec, message: string): boolean {
  return spec.definiteErrors.some((pattern) => new RegExp(pattern).test(message));
}

/** What was found, or what was asked when nothing need be found. */
function completedValue(spec: OperationSpec, op: Invocation, answer: Answer): Json {
  if (spec.value === null) return op.value;
  const found = find(spec.value, answer);
  if (found === undefined) throw malformed(op, answer, 'the value is not where the config says');
  if (op.f === 'read' && op.key === undefined && !Array.isArray(found)) {
    if (found === null) return [];
    throw malformed(op, answer, 'the value of a read of everything is a list');
  }
  return found;
}

/** A command that a leader accepted, with the term and the node when the answer tells. */
function accepted(spec: OperationSpec, command: Json, answer: Answer): Json {
  const out: { [name: string]: Json } = { command };
  const term = spec.term === null ? undefined : find(spec.term, answer);
  const by = spec.by === null ? undefined : find(spec.by, answer);
  if (term !== undefined && term !== null) out['term'] = term;
  if (by !== undefined && by !== null) out['by'] = by;
  return out;
}

/** An answer nobody understands says nothing about the effect. */
function malformed(op: Invocation, answer: Answer, why: string): OpFailure {
  const message = `${op.f}: ${why}: ${answer.text.slice(0, 200)}`;
  return new OpFailure({ definite: false, kind: 'malformed-reply', message });
}
