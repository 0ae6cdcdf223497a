/**
 * Names for violations of registers that are read and written together: of one of them, or of all only together.
 */
import type { Json } from '../../../harness/op.ts';
import type { ModelOp } from '../../models/model.ts';
import { partsOf } from '../../models/multi-register.ts';
import { modelOpAt } from '../problem.ts';
import {
  holds,
  type Kind,
  named,
  originsOf,
  PLAIN,
  restHolds,
  rewritten,
  type Scene,
  same,
  sourceless,
  spanOf,
} from './scene.ts';

/** What a witness about several registers is called. */
export function transactionKind(scene: Scene): Kind {
  const { op, problem } = scene;
  if (op.outcome !== 'ok' || !restHolds(scene)) return PLAIN;
  const keys = new Set(
    [...problem.cls].flatMap((cls) => partsOf(problem.table.op(cls)).map(({ key }) => key)),
  );
  for (const key of keys) {
    const alone = rewritten(scene, problem.table.model, (other) => onlyKey(other, key));
    if (!holds(alone, [alone.initial])) return keyKind(scene, key);
  }
  return keys.size > 1 ? named('inconsistent-snapshot') : PLAIN;
}

/** What an operation did about one register; null when nothing. */
function onlyKey(op: ModelOp, key: string): ModelOp | null {
  const parts = partsOf(op).filter((part) => part.key === key);
  if (parts.length === 0) return null;
  const list: Json = parts.map(({ reads, value }) => [reads ? 'r' : 'w', JSON.parse(key) as Json, value]);
  return op.outcome === 'ok' ? { ...op, input: list, output: list } : { ...op, input: list };
}

/** The register itself is wrong. */
function keyKind(scene: Scene, key: string): Kind {
  const { history, initial } = scene.inquiry;
  const first = partsOf(scene.op).find((part) => part.key === key && part.reads);
  const wrote = partsOf(scene.op).findIndex((part) => part.key === key && !part.reads);
  if (first === undefined || (wrote >= 0 && wrote < partsOf(scene.op).indexOf(first))) return PLAIN;
  const { value } = first;
  const before =
    initial === null ? null : ((initial as Record<string, Json>)[JSON.parse(key) as string] ?? null);
  if (!same(before, value)) {
    const own = spanOf(scene).call;
    const origins = originsOf(scene, (call) => {
      if (call === own) return false;
      const parts = partsOf({ f: 'txn', input: history.value(call), output: null, outcome: 'info' });
      return parts.some((part) => !part.reads && part.key === key && same(part.value, value));
    });
    if (origins.possible.length === 0) {
      return (
        sourceless(origins, 'read', 'written', 'write') ?? named('garbage-read', 'which nobody ever wrote')
      );
    }
  }
  return overwritten(scene, key, value);
}

/** Another value had been there: a stale read, or a lost write when nobody ever saw that other value. */
function overwritten(scene: Scene, key: string, value: Json): Kind {
  const { problem, culprit, calls, inquiry } = scene;
  const { call } = spanOf(scene);
  let found = PLAIN;
  for (let i = 0; i < problem.size; i++) {
    if (i === culprit || problem.ret[i]! > call) continue;
    const last = partsOf(problem.table.op(problem.cls[i]!)).findLast((part) => part.key === key);
    if (last === undefined || same(last.value, value)) continue;
    found = named('stale-read', `of ${key}`);
    if (last.reads) continue;
    const seen = calls.some((at) => {
      const op = modelOpAt(inquiry.history, inquiry.model, inquiry.outcomes, at);
      return (
        op?.outcome === 'ok' &&
        partsOf(op).some((part) => part.reads && part.key === key && same(part.value, last.value))
      );
    });
    if (!seen) return named('lost-write', `without ${JSON.stringify(last.value)}, which nobody ever sees`);
  }
  return found;
}
