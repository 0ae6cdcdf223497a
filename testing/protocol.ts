/**
 * How the clients of a simulation speak to a program of somebody's own: the requests of the workloads, as
 * Maelstrom nodes know them, and whatever a test adds.
 */
import { fileURLToPath } from 'node:url';
import type { LeaderObservation } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import type { Body } from '../harness/program.ts';
import { lookup } from '../harness/registry.ts';
import type { CaseOp } from '../harness/sim/case.ts';
import { GuardedProgram, type UserNodeFactory } from '../harness/sim/guarded-program.ts';
import { loadNodeModule } from '../harness/sim/node-module.ts';
import type { Subject } from '../harness/sim/subject.ts';
import { ClientMemory } from '../systems/client-memory.ts';
import { observationOf } from '../systems/reference-system.ts';
import type { Rpc } from '../systems/rpc.ts';
import { rpcsFor } from '../systems/rpc-tables.ts';

/**
 * A node program: a function or a class that is given its node at every start and has handlers, or the path of
 * a module with such a default export. A module is evaluated anew in every life of every node.
 */
export type SimProgram = UserNodeFactory | string | URL;

/** How one operation is asked, and how its reply is read. */
export interface RequestRule {
  request(op: { f: string; key?: Json; value: Json }): Body;
  /** The completed value of a reply that is no error. Default: the value of the operation. */
  value?(reply: Body, op: { f: string; key?: Json; value: Json }): Json;
}

/** What a simulation needs to know besides its plan, as code. */
export interface SimOptions {
  /** Requests by operation, instead of those of the workload or beside them. */
  requests?: Readonly<Record<string, RequestRule>>;
  /** What a node that is asked who leads has answered; undefined: nothing. Default: `{ leading, leader, term }`. */
  leader?: { question: Body; answer(reply: Body): LeaderObservation | undefined };
  /** A run with more events than this is given up with an error. Default 500 000. */
  maxEvents?: number;
  /** False: events and messages are not recorded, which is faster. */
  record?: boolean;
}

/** The subject of one run: the program, its clients, and what they remember. */
export function subjectOf(
  program: SimProgram,
  workload: string,
  options: SimOptions,
  asynchronous: boolean,
): Subject {
  const rpcs = requestsOf(workload, options.requests ?? {});
  const memory = new ClientMemory();
  const make = makerOf(program);
  return {
    name: 'program',
    create: (_, timeline) => new GuardedProgram(make(), timeline, asynchronous),
    adapt: (op) => memory.adapt(op),
    request: (op) => lookup('operation', rpcs, op.f).request(op) as Body,
    value(reply, op) {
      const value = rpcs[op.f]!.value(reply, op);
      memory.learn(op as CaseOp, value);
      return value;
    },
    failed: (op) => rpcs[op.f]!.failed,
    leader: options.leader ?? { question: { type: 'leader' }, answer: told },
  };
}

/** The requests of a workload with those of the test. Throws `UsageError` when there are none at all. */
export function requestsOf(
  workload: string,
  own: Readonly<Record<string, RequestRule>>,
): Readonly<Record<string, Rpc>> {
  const added = Object.entries(own).map(([f, { request, value }]): [string, Rpc] => [
    f,
    {
      request: (op) => request(op),
      value: (reply, op) => (value === undefined ? op.value : value(reply as Body, op)),
    },
  ]);
  return { ...rpcsFor(workload), ...Object.fromEntries(added) };
}

/** A node that says it cannot answer has not answered. */
function told(reply: Body): LeaderObservation | undefined {
  return reply.type === 'error' ? undefined : observationOf(reply);
}

/** Gives the factory for one life. */
function makerOf(program: SimProgram): () => UserNodeFactory {
  if (typeof program === 'function') return () => program;
  return loadNodeModule(program instanceof URL ? fileURLToPath(program) : program);
}
