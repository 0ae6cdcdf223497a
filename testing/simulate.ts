/**
 * `simulate(program, plan)`: a whole cluster of somebody's own nodes, in a test, in simulated time.
 *
 * Asynchronous code is run to its end within the event that caused it, which works only outside of microtasks.
 * Test runners call tests from microtasks, so `simulate` goes to a turn of the event loop of its own first and
 * looks whether it works; `simulateSync` runs where it is called, and takes programs without promises.
 */
import { promiseHooks } from 'node:v8';
import type { NodeId } from '../harness/contracts.ts';
import type { Body } from '../harness/program.ts';
import type { Case } from '../harness/sim/case.ts';
import { guardAmbient } from '../harness/sim/guard.ts';
import { isolate } from '../harness/sim/isolation.ts';
import {
  simulate as carryOut,
  type Divergence,
  divergenceOf,
  type SimResult,
} from '../harness/sim/simulate.ts';
import { checkDrain } from '../harness/sim/virtual-time.ts';
import { macrotask } from '../harness/time.ts';
import { FAULTS } from '../nemesis/index.ts';
import type { SimPlan } from './plan.ts';
import { requestsOf, type SimOptions, type SimProgram, subjectOf } from './protocol.ts';
import { caseOf } from './resolve.ts';
import { type Recorded, SimRun } from './run.ts';

/** Many times what a short run has. */
export const MOST_EVENTS = 500_000;

/**
 * Simulates a plan. The same program and plan give the same run. Rejects with `TypeError` for a plan that
 * cannot be carried out, with `UsageError` for a module that is none.
 */
export async function simulate(
  program: SimProgram,
  plan: SimPlan = {},
  options: SimOptions = {},
): Promise<SimRun> {
  const c = prepared(plan, options);
  return inTurn(() => once(program, plan, c, options, true));
}

/**
 * The same at once, for programs that use no promises: where a test or property must not wait. Throws
 * `TypeError` for a program that does use promises.
 */
export function simulateSync(program: SimProgram, plan: SimPlan = {}, options: SimOptions = {}): SimRun {
  const c = prepared(plan, options);
  return withoutPromises('await simulate(program, plan)', () => once(program, plan, c, options, false));
}

/**
 * Simulates a plan twice and resolves with the first event that differs, or null: a program that reads what is
 * not its own (variables of its module shared by all nodes, the environment) is found by that.
 */
export async function findDivergence(
  program: SimProgram,
  plan: SimPlan = {},
  options: SimOptions = {},
): Promise<Divergence | null> {
  const c = prepared(plan, options);
  return inTurn(() => {
    const [a, b] = [0, 1].map(() => result(program, c, { ...options, record: true }, true).result);
    return divergenceOf(a!, b!);
  });
}

/** Runs `work` in a turn of the event loop of its own, where microtasks can be run on demand. */
export function inTurn<T>(work: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    macrotask(() => {
      try {
        checkDrain();
        resolve(work());
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** Runs `work`; throws `TypeError` when it makes a promise. */
export function withoutPromises<T>(instead: string, work: () => T): T {
  let promises = 0;
  const stop = promiseHooks.onInit(() => {
    promises++;
  });
  try {
    const result = work();
    if (promises === 0) return result;
  } finally {
    stop();
  }
  throw new TypeError(`this program uses promises, which can only be run to their end with ${instead}`);
}

function prepared(plan: SimPlan, { requests = {} }: SimOptions): Case {
  const c = caseOf(plan);
  const known = requestsOf(c.workload, requests);
  for (const { f } of c.ops) {
    if (Object.hasOwn(known, f)) continue;
    const names = Object.keys(known).join(', ') || 'none';
    throw new TypeError(
      `plan: the workload ${c.workload} has no operation "${f}"; it has ${names}. Others need options.requests`,
    );
  }
  return c;
}

function once(
  program: SimProgram,
  plan: SimPlan,
  c: Case,
  options: SimOptions,
  asynchronous: boolean,
): SimRun {
  const { result: ended, recorded } = result(program, c, options, asynchronous);
  return new SimRun(plan, c, ended, recorded);
}

function result(
  program: SimProgram,
  c: Case,
  options: SimOptions,
  asynchronous: boolean,
): { result: SimResult; recorded: Recorded } {
  guardAmbient();
  const recorded: Recorded = { messages: [], notes: [] };
  const { record = true, maxEvents = MOST_EVENTS } = options;
  const onNote = (node: NodeId, timeNs: number, text: string): void => {
    recorded.notes.push({ node, atMs: timeNs / 1e6, text });
  };
  const ended = carryOut(subjectOf(program, c.workload, options, asynchronous), c, {
    faults: FAULTS,
    trace: record,
    maxEvents,
    onNote,
    ...(record ? { onMessage: messageRecorder(recorded) } : {}),
  });
  return { result: ended, recorded };
}

type OnMessage = NonNullable<Parameters<typeof carryOut>[2]['onMessage']>;

function messageRecorder({ messages }: Recorded): OnMessage {
  return (timeNs, fate, link, flight, copy) => {
    // Whoever gets the message may change it afterwards.
    const body: Body = isolate(flight.body, 'copy');
    messages.push({
      sentMs: flight.sentNs / 1e6,
      endedMs: timeNs / 1e6,
      from: link.from.name,
      to: link.to.name,
      type: body.type,
      body,
      fate,
      copy,
    });
  };
}
