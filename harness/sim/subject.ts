/**
 * What is simulated: a program, and how its clients speak. Systems make it; the simulator knows none of them.
 */
import type { Invocation, LeaderObservation, NodeId, OpFailure } from '../contracts.ts';
import type { MembersSeen } from '../membership.ts';
import type { Json } from '../op.ts';
import type { Body, Program } from '../program.ts';
import type { CaseOp } from './case.ts';
import type { Timeline } from './timeline.ts';

/** A program with its protocol. */
export interface Subject {
  name: string;
  /** A program for one life of a node. */
  create(node: NodeId, timeline: Timeline): Program;
  /** What a client asks when its turn comes, where that depends on what it was answered before. */
  adapt?(op: CaseOp): CaseOp;
  /** The process of a client has ended: who comes after it knows nothing of what it was answered. */
  retired?(client: number): void;
  /** The request of an operation, a new body every time; `id` names it, whatever the network does to it. */
  request(op: Invocation, id: string): Body;
  /** The completed value of a reply; throws `OpFailure` when the reply cannot be one. */
  value(reply: Body, op: Invocation): Json;
  /**
   * Where an error reply to this operation may be an answer all the same: what gives its value, or throws what to
   * report. Undefined where errors are errors.
   */
  failed?(op: Invocation): ((failure: OpFailure) => Json) | undefined;
  /** How the members are asked for and changed; absent where they are not. */
  membership?: {
    question: Body;
    /** What a reply to the question says; null when it is none. */
    seen(reply: Body): MembersSeen | null;
    request(kind: 'add' | 'remove', member: NodeId): Body;
    /** The reply confirms the change. */
    isDone(reply: Body): boolean;
  };
  /** How to ask a node who leads; absent where nobody does. */
  leader?: { question: Body; answer(reply: Body): LeaderObservation | undefined };
}
