/**
 * The lease reference system: election on a lock service, and what leases cannot do without fencing tokens.
 */
import type { System } from '../harness/contracts.ts';
import { lease as program } from './reference/lease/lease.ts';
import { referenceSystem } from './reference-system.ts';

/** The lock service is killed and comes back. */
const SERVICE_RESTARTS = {
  timeLimit: '10s',
  interval: '400ms',
  duration: '50ms',
  rate: '200/s',
  opTimeout: '500ms',
};

/** `faultline demo lease`. */
export const lease: System = referenceSystem({
  name: 'lease',
  summary: 'election and locks on a lock service (n1): ephemeral entries, watches, leases, fencing tokens',
  speaks: ['lock', 'leader', 'echo'],
  settings: program.settings,
  bugs: {
    'no-fencing': {
      summary: 'the resource accepts any token, so a holder that is late overwrites its successor',
      workload: 'lock',
      checker: 'lock',
      nemesis: 'pause',
      config: { timeLimit: '10s', rate: '100/s' },
    },
    'forget-tokens': {
      summary: 'the service starts again with token 1 after a restart',
      workload: 'lock',
      checker: 'lock',
      nemesis: 'kill@n1',
      config: SERVICE_RESTARTS,
    },
    'forget-leases': {
      summary: 'the service forgets who holds a lock when it is restarted',
      workload: 'lock',
      checker: 'lock',
      nemesis: 'kill@n1',
      config: { ...SERVICE_RESTARTS, workload: { name: 'lock', ttlMs: 3000, release: 0.02 } },
    },
    'early-expiry': {
      summary: 'leases end after a third of their time',
      workload: 'lock',
      checker: 'lock',
      config: { nemesis: [], timeLimit: '5s' },
    },
    'any-release': {
      summary: 'a release frees the lock also when its token is not the one that holds it',
      workload: 'lock',
      checker: 'lock',
      config: { nemesis: [], timeLimit: '10s', rate: '200/s' },
    },
    'no-expiry': {
      summary: 'a lock whose owner is gone is never freed',
      workload: 'leader',
      checker: 'election-liveness',
      nemesis: 'kill@all',
      config: { timeLimit: '10s', settle: '12s' },
    },
    'trust-lease': {
      summary: 'a leader believes in its lease until it is told otherwise, without a look at its clock',
      workload: 'leader',
      checker: 'election-safety',
      nemesis: 'partition:isolate-leader',
      config: { timeLimit: '10s', duration: '3s' },
    },
  },
  leadership: 'exclusive',
  demo: {
    workload: 'lock',
    nemesis: 'pause',
    expect: 'pass',
    because: 'who writes after its lease ran out does so with an old token, which the resource refuses',
  },
});
