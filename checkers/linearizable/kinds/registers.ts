/**
 * Names for violations of registers and of maps of registers.
 */
import type { Json } from '../../../harness/op.ts';
import { asRegisterOp } from '../../models/kv.ts';
import type { ModelOp } from '../../models/model.ts';
import { modelOpAt, OPEN } from '../problem.ts';
import { type Kind, named, originsOf, PLAIN, type Scene, same, sourceless } from './scene.ts';

/** What a witness about a register, or one key of a map, is called. */
export function registerKind(scene: Scene): Kind {
  const op = asRegisterOp(scene.op);
  const saw = seen(op);
  if (saw === undefined || op.outcome === 'refused') return PLAIN;
  const source = sourceOf(scene, saw);
  if (source !== null) return source;
  if (op.f === 'cas') return rivalOf(scene, saw) ?? PLAIN;
  return overwritten(scene, saw) ?? PLAIN;
}

/** The value an operation saw. */
function seen(op: ModelOp): Json | undefined {
  if (op.f === 'read') return op.output;
  return op.f === 'cas' && Array.isArray(op.input) ? op.input[0] : undefined;
}

/** The value an operation put there. */
function put({ f, input }: ModelOp): Json | undefined {
  if (f === 'write') return input;
  return f === 'cas' && Array.isArray(input) ? input[1] : undefined;
}

/** The value came from nowhere, from a write that failed, or from the future. */
function sourceOf(scene: Scene, saw: Json): Kind | null {
  const { history, initial } = scene.inquiry;
  if (same(initial, saw)) return null;
  const origins = originsOf(scene, (call) => {
    const input = history.value(call);
    return same(put(asRegisterOp({ f: history.f(call), input, output: null, outcome: 'info' })), saw);
  });
  if (origins.possible.length > 0) return null;
  return sourceless(origins, 'read', 'written', 'write') ?? named('garbage-read', 'which nobody ever wrote');
}

/** Another operation changed the same value. */
function rivalOf({ problem, culprit }: Scene, saw: Json): Kind | null {
  for (let i = 0; i < problem.size; i++) {
    const other = problem.table.op(problem.cls[i]!);
    if (i === culprit || other.f !== 'cas' || other.outcome === 'refused') continue;
    if (same(seen(other), saw)) return named('lost-cas', 'which another cas had changed', [problem.call[i]!]);
  }
  return null;
}

/** Another value had been there: a stale read, or a lost write when nobody ever saw that other value. */
function overwritten(scene: Scene, saw: Json): Kind | null {
  const { problem, culprit } = scene;
  let found: Kind | null = null;
  for (let i = 0; i < problem.size; i++) {
    if (i === culprit || problem.ret[i] === OPEN || problem.ret[i]! > problem.call[culprit]!) continue;
    const op = asRegisterOp(problem.table.op(problem.cls[i]!));
    const wrote = put(op);
    const other = wrote === undefined ? seen(op) : wrote;
    if (other === undefined || same(other, saw) || op.outcome !== 'ok') continue;
    // What leaves nothing behind, such as a delete, is not there to be lost.
    if (op.f !== 'read' && other !== null && !everSeen(scene, other)) return named('lost-write');
    found = named('stale-read');
  }
  return found;
}

function everSeen({ inquiry, calls }: Scene, value: Json): boolean {
  for (const call of calls) {
    const op = modelOpAt(inquiry.history, inquiry.model, inquiry.outcomes, call);
    if (op?.outcome === 'ok' && same(seen(asRegisterOp(op)), value)) return true;
  }
  return false;
}
