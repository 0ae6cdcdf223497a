/**
 * The reference programs as subjects of the simulator: the program in this process, its requests and replies as
 * its clients speak them everywhere.
 */

import type { Body } from '../harness/program.ts';
import { lookup } from '../harness/registry.ts';
import type { Case, CaseOp } from '../harness/sim/case.ts';
import type { Subject } from '../harness/sim/subject.ts';
import { ClientMemory } from './client-memory.ts';
import { PROGRAMS } from './reference/programs.ts';
import { programConfig } from './reference/runtime/arguments.ts';
import { MEMBERS_QUESTION, memberRequest, membersSeen, observationOf } from './reference-system.ts';
import { RPCS, rpcsFor } from './rpc-tables.ts';

/**
 * The subject of one run of a case: a reference program with the case's settings and bugs, speaking the case's
 * workload. What clients remember is in it, so every run needs one of its own.
 * Throws `UsageError` for a program, workload, setting or bug that does not exist.
 */
export function subjectOf(program: string, c: Pick<Case, 'workload' | 'settings' | 'bugs'>): Subject {
  const kind = lookup('program', PROGRAMS, program);
  lookup('workload', RPCS, c.workload);
  const rpcs = rpcsFor(c.workload);
  const memory = new ClientMemory();
  const set = Object.entries(c.settings).map(([name, value]) => `${name}=${value}`);
  const config = programConfig(kind, set, c.bugs);
  return {
    name: program,
    create: () => kind.create(config),
    request: (op, id) => ({ ...(lookup('operation', rpcs, op.f).request(op) as Body), request: id }),
    adapt: (op) => memory.adapt(op),
    retired: (client) => memory.forget(client),
    value(reply, op) {
      const value = rpcs[op.f]!.value(reply, op);
      memory.learn(op as CaseOp, value);
      return value;
    },
    failed(failure, op) {
      const failed = rpcs[op.f]!.failed;
      if (failed === undefined) throw failure;
      return failed(failure);
    },
    membership: {
      question: MEMBERS_QUESTION,
      seen: membersSeen,
      request: memberRequest,
      isDone: (reply) => reply.type === 'member_ok',
    },
    leader: { question: { type: 'leader' }, answer: observationOf },
  };
}
