/**
 * The reference programs as subjects of the simulator: the program in this process, its requests and replies as
 * its clients speak them everywhere.
 */

import { withField } from '../harness/body.ts';
import type { System } from '../harness/contracts.ts';
import type { Body } from '../harness/program.ts';
import { lookup, UsageError } from '../harness/registry.ts';
import type { Case, CaseOp } from '../harness/sim/case.ts';
import { GuardedProgram } from '../harness/sim/guarded-program.ts';
import { loadNodeModule } from '../harness/sim/node-module.ts';
import type { Subject } from '../harness/sim/subject.ts';
import { ClientMemory } from './client-memory.ts';
import { systems } from './index.ts';
import { PROGRAMS } from './reference/programs.ts';
import { programConfig } from './reference/runtime/arguments.ts';
import { MEMBERS_QUESTION, memberRequest, membersSeen, observationOf } from './reference-system.ts';
import { protocolRpcs } from './rpc-maelstrom.ts';
import { RPCS, rpcsFor } from './rpc-tables.ts';

/** As much of a case as its subject depends on. */
export type SubjectCase = Pick<Case, 'workload' | 'settings' | 'bugs'> & Partial<Pick<Case, 'nodes'>>;

/**
 * The subject of one run of a case: a reference program with the case's settings and bugs, speaking the case's
 * workload. What clients remember is in it, so every run needs one of its own.
 * Throws `UsageError` for a program, workload, setting or bug that does not exist.
 */
export function subjectOf(program: string, c: SubjectCase): Subject {
  if (program === MODULE) return moduleSubject(c);
  if (isOwn(program)) return ownSubject(systems[program]!, c);
  const kind = lookup('program', PROGRAMS, program);
  lookup('workload', RPCS, c.workload);
  const rpcs = rpcsFor(c.workload);
  const memory = new ClientMemory();
  const set = Object.entries(c.settings).map(([name, value]) => `${name}=${value}`);
  const config = programConfig(kind, set, c.bugs);
  return {
    name: program,
    create: () => kind.create(config),
    request: (op, id) => withField(lookup('operation', rpcs, op.f).request(op) as Body, 'request', id),
    adapt: (op) => memory.adapt(op),
    retired: (client) => memory.forget(client),
    value(reply, op) {
      const value = rpcs[op.f]!.value(reply, op);
      memory.learn(op as CaseOp, value);
      return value;
    },
    failed: (op) => rpcs[op.f]!.failed,
    membership: {
      question: MEMBERS_QUESTION,
      seen: membersSeen,
      request: memberRequest,
      isDone: (reply) => reply.type === 'member_ok',
    },
    leader: { question: { type: 'leader' }, answer: observationOf },
  };
}

/** Can nodes of this system be simulated in short runs? Modules of nodes are named by their path instead. */
export function isSimulatable(system: string): boolean {
  return Object.hasOwn(PROGRAMS, system) || isOwn(system);
}

/** A system of the user's own whose nodes run in the simulator. */
function isOwn(system: string): boolean {
  if (Object.hasOwn(PROGRAMS, system) || !Object.hasOwn(systems, system)) return false;
  return system !== MODULE && systems[system]!.simulated !== undefined;
}

/** Its nodes are spoken to by the requests of the workload, as those of the Maelstrom protocol are. */
function ownSubject(system: System, { workload, settings, bugs, nodes = [] }: SubjectCase): Subject {
  const rpcs = protocolRpcs(workload, { missing: 'observed', set: 'g-set' });
  return {
    name: system.name,
    create(id) {
      const address = { id, index: nodes.indexOf(id), host: '', ports: {}, dataDir: '', peers: [] };
      return system.simulated!(address, { nodes, workload, options: settings, bugs });
    },
    request: (op) => ({ ...(lookup('operation', rpcs, op.f).request(op) as Body) }),
    value: (reply, op) => rpcs[op.f]!.value(reply, op),
    failed: (op) => rpcs[op.f]!.failed,
    ...(system.leadership === undefined
      ? {}
      : { leader: { question: { type: 'leader' }, answer: observationOf } }),
  };
}

/** Name under which a module of the user's stands in cases; its path is the setting `module`. */
export const MODULE = 'module';

/**
 * A module of the user's own. Its code may be asynchronous, so a case of it is carried out in a turn of the event
 * loop of its own (`macrotask`). Throws `UsageError` for a module that cannot be loaded.
 */
function moduleSubject({ workload, settings }: Pick<Case, 'workload' | 'settings'>): Subject {
  const path = settings['module'];
  if (typeof path !== 'string' || path === '') {
    throw new UsageError('module needs the module to run', { hint: '--set module=./node.ts' });
  }
  if (workload === 'kafka') {
    throw new UsageError(
      'short runs have no workload kafka: what its clients ask is what they were answered',
      {
        hint: 'faultline run, and shrink --history-only',
      },
    );
  }
  const memory = new ClientMemory();
  const set = settings['set'] === 'broadcast' ? 'broadcast' : 'g-set';
  const rpcs = protocolRpcs(workload, { missing: 'observed', set });
  const module = loadNodeModule(path);
  return {
    name: MODULE,
    // Evaluated anew for every life of every node: what it keeps beside its nodes is as volatile as they are.
    create: (_node, timeline) => new GuardedProgram(module(), timeline),
    adapt: (op) => memory.adapt(op),
    retired: (client) => memory.forget(client),
    request: (op) => ({ ...(lookup('operation', rpcs, op.f).request(op) as Body) }),
    value(reply, op) {
      const value = rpcs[op.f]!.value(reply, op);
      memory.learn(op as CaseOp, value);
      return value;
    },
    failed: (op) => rpcs[op.f]!.failed,
  };
}
