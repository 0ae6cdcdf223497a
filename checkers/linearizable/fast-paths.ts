/**
 * Which fast exact way there is for a model.
 */
import { isBuiltIn } from '../models/registry.ts';
import { AppendReader } from './append-columns.ts';
import { CounterPath } from './counter-path.ts';
import type { FastPath } from './fast-path.ts';
import type { Inquiry } from './inquiry.ts';
import { LockPath } from './lock-path.ts';
import { PermitPath } from './permit-path.ts';
import { PriorityPath } from './priority-path.ts';
import { QueuePath } from './queue-path.ts';
import { RegisterReader } from './register-columns.ts';
import { SetPath } from './set-path.ts';
import { StackPath } from './stack-path.ts';
import { TicketPath } from './ticket-path.ts';
import { VersionPath } from './version-path.ts';
import { ZonePath } from './zone-parts.ts';

export type { FastPath } from './fast-path.ts';

/** The fast way for the model of this inquiry, or null. */
export function fastPathOf(inquiry: Inquiry): FastPath | null {
  const { history, model, outcomes, initial } = inquiry;
  if (!isBuiltIn(model)) return null;
  if (RegisterReader.understands(model)) {
    return new ZonePath(inquiry, 'zones', new RegisterReader(history, model, outcomes));
  }
  if (model.name === 'semaphore') return new PermitPath(inquiry);
  // The others start empty.
  if (initial !== null) return null;
  switch (model.name) {
    case 'append-kv':
      return new ZonePath(inquiry, 'prefix zones', new AppendReader(history, outcomes));
    case 'queue':
      return new QueuePath(inquiry);
    case 'set':
    case 'multiset':
      return new SetPath(inquiry);
    case 'counter':
      return new CounterPath(inquiry);
    case 'fetch-and-increment':
      return new TicketPath(inquiry);
    case 'mutex':
    case 'reentrant-mutex':
    case 'rw-lock':
      return new LockPath(inquiry);
    case 'priority-queue':
      return new PriorityPath(inquiry);
    case 'stack':
      return new StackPath(inquiry);
    case 'versioned-register':
      return new VersionPath(inquiry);
    default:
      return null;
  }
}
