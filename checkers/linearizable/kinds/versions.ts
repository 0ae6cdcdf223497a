/**
 * Names for violations of registers that count their changes.
 */

import type { Json } from '../../../harness/op.ts';
import type { ModelOp } from '../../models/model.ts';
import { changeOf, type Versioned, versionPair } from '../../models/versioned-register.ts';
import { modelOpAt } from '../problem.ts';
import { type Kind, named, originsOf, PLAIN, type Scene, same, sourceless, spanOf } from './scene.ts';

/** What a witness about a versioned register is called. */
export function versionKind(scene: Scene): Kind {
  const { op, inquiry } = scene;
  if (op.outcome !== 'ok' || op.output === null) return PLAIN;
  const [version, value] = versionPair(op, op.output);
  const reads = op.f === 'read';
  const source = reads ? sourceOf(scene, version, value) : null;
  if (source !== null) return source;
  if (version === null) return PLAIN;
  const { call, ret } = spanOf(scene);
  const start = inquiry.model.init(inquiry.initial) as Versioned;
  let least = start.version;
  let most = start.version;
  for (const at of scene.calls) {
    const other = modelOpAt(inquiry.history, inquiry.model, inquiry.outcomes, at);
    if (other === null || other.outcome === 'refused' || at === call || at > ret) continue;
    const done = other.outcome === 'ok' && inquiry.history.pair(at) < call;
    if (other.f !== 'read') {
      most++;
      if (done) least++;
    }
    const kind = clash(op, version, other, at, done);
    if (kind !== null) return kind;
  }
  if (!reads) most++;
  if (version < least + (reads ? 0 : 1)) {
    return named('lost-update', `when ${least} changes had been acknowledged`);
  }
  return version > most ? named('skipped-version', `when no more than ${most} can have been reached`) : PLAIN;
}

function sourceOf(scene: Scene, version: number | null, value: Json): Kind | null {
  const { history, model, initial } = scene.inquiry;
  const start = model.init(initial) as Versioned;
  const first = version === null || version === start.version;
  if (first && same(start.value, value)) return null;
  if (version === start.version) return named('version-mismatch', 'a version that stood for another value');
  const origins = originsOf(scene, (call) => {
    const f = history.f(call);
    if (f === 'read') return false;
    return same(changeOf({ f, input: history.value(call), output: null, outcome: 'info' }).to, value);
  });
  if (origins.possible.length > 0) return null;
  return sourceless(origins, 'read', 'written', 'write') ?? named('garbage-read', 'which nobody ever wrote');
}

/** What another operation told that cannot be beside what this one did. */
function clash(op: ModelOp, version: number, other: ModelOp, at: number, done: boolean): Kind | null {
  if (other.outcome !== 'ok' || other.output === null) return null;
  const [told] = versionPair(other, other.output);
  if (told === null) return null;
  if (told === version) {
    if (op.f !== 'read' && other.f !== 'read') return named('duplicate-version', 'as another change', [at]);
    const values = [op, other].map((one) =>
      one.f === 'read' ? versionPair(one, one.output)[1] : changeOf(one).to,
    );
    if (!same(values[0], values[1])) {
      return named('version-mismatch', 'a version that was told of another value', [at]);
    }
  }
  if (!done) return null;
  if (op.f === 'read' && version < told) {
    return named('stale-read', `after version ${told} had been told`, [at]);
  }
  if (op.f !== 'read' && other.f === 'read' && version === told) {
    return named('future-read', 'which had been read before', [at]);
  }
  if (op.f !== 'read' && version <= told) {
    return named('version-went-back', `after version ${told} had been told`, [at]);
  }
  return null;
}
