/**
 * Names for violations: which class a minimal witness belongs to, and why in a clause. docs/models.md says what
 * each means. What has no name of its own is `not-linearizable`.
 */
import type { ModelName } from '../models/registry.ts';
import { isBuiltIn } from '../models/registry.ts';
import type { Core } from './core.ts';
import type { Inquiry } from './inquiry.ts';
import { collectionKind } from './kinds/collections.ts';
import { counterKind, ticketKind } from './kinds/counts.ts';
import { lockKind } from './kinds/locks.ts';
import { registerKind } from './kinds/registers.ts';
import { type Kind, PLAIN, type Scene } from './kinds/scene.ts';
import { setKind } from './kinds/sets.ts';
import { textKind } from './kinds/texts.ts';
import { transactionKind } from './kinds/transactions.ts';
import { versionKind } from './kinds/versions.ts';

export type { Kind } from './kinds/scene.ts';

const KINDS: Readonly<Record<ModelName, (scene: Scene) => Kind>> = {
  register: registerKind,
  'cas-register': registerKind,
  'versioned-register': versionKind,
  'multi-register': transactionKind,
  kv: registerKind,
  'append-kv': textKind,
  mutex: lockKind,
  'reentrant-mutex': lockKind,
  semaphore: lockKind,
  'rw-lock': lockKind,
  queue: collectionKind,
  stack: collectionKind,
  'priority-queue': collectionKind,
  set: setKind,
  multiset: setKind,
  counter: counterKind,
  'fetch-and-increment': ticketKind,
};

/** Classifies a witness by the operation that completed last; `calls` are all invocations of its key. */
export function kindOf(inquiry: Inquiry, core: Core, culprit: number, calls: Int32Array): Kind {
  const { problem, states } = core;
  if (!isBuiltIn(inquiry.model)) return PLAIN;
  const op = problem.table.op(problem.cls[culprit]!);
  return KINDS[inquiry.model.name as ModelName]({ inquiry, problem, states, culprit, op, calls });
}
