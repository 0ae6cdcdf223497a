/**
 * Every workload by the name configs, plans and the command line use.
 */
import type { Workload } from '../harness/workload.ts';
import { agreement } from './agreement.ts';
import { broadcast } from './broadcast.ts';
import { cart } from './cart.ts';
import { gCounter, pnCounter } from './counters.ts';
import { echo } from './echo.ts';
import { kafka } from './kafka.ts';
import { lastWrite } from './last-write.ts';
import { leader } from './leader.ts';
import { listAppend } from './list-append.ts';
import { lock } from './lock.ts';
import { orSet } from './or-set.ts';
import { predicate } from './predicate.ts';
import { queue } from './queue.ts';
import { register } from './register.ts';
import { requests } from './requests.ts';
import { rwRegister } from './rw-register.ts';
import { set } from './set.ts';
import { siblings } from './siblings.ts';
import { uniqueIds } from './unique-ids.ts';

/** All workloads. */
export const WORKLOADS: Readonly<Record<string, Workload>> = {
  register,
  set,
  leader,
  'last-write': lastWrite,
  lock,
  broadcast,
  agreement,
  'g-counter': gCounter,
  'pn-counter': pnCounter,
  'or-set': orSet,
  cart,
  queue,
  requests,
  'list-append': listAppend,
  'rw-register': rwRegister,
  kafka,
  siblings,
  'unique-ids': uniqueIds,
  predicate,
  echo,
};
