/**
 * A workload played against an object in memory: a history in virtual time, with operations that overlap, fail and are
 * left open, in which everything the object did is right.
 */
import { OpFailure } from '../../harness/contracts.ts';
import { clients, Roster } from '../../harness/generator/index.ts';
import { historyOf } from '../../harness/history/builder.ts';
import type { History } from '../../harness/history/history.ts';
import { type AnswerRule, type SimulatedOp, simulate } from '../../harness/interpreter/simulate.ts';
import type { Op } from '../../harness/op.ts';
import type { BuiltWorkload } from '../../harness/workload.ts';
import type { CorrectObject } from './objects.ts';

/** How a game goes. */
export interface Game {
  threads: number;
  seed: number;
  maxOps: number;
  /** Some operations are answered by nobody, and some fail without effect. */
  rough: boolean;
}

/** The load, then the final operations, as one history. Each operation takes effect when it is asked. */
export function played({ generator, final }: BuiltWorkload, object: CorrectObject, game: Game): History {
  const rule: AnswerRule = (op, draws) => {
    const afterNs = draws.int(1, 50) * 1e5;
    const fate = game.rough ? draws.int(0, 19) : 19;
    if (fate === 0) return { afterNs, type: 'fail', error: { definite: true, kind: 'refused' } };
    try {
      const { f, key, value: asked } = op;
      const value = object({ f, value: asked, ...(key === undefined ? {} : { key }) });
      return fate === 1 ? { afterNs, type: 'info' } : { afterNs, type: 'ok', value };
    } catch (error) {
      if (!(error instanceof OpFailure)) throw error;
      return { afterNs, type: error.error.definite ? 'fail' : 'info', error: error.error };
    }
  };
  const { threads, seed, maxOps } = game;
  const load = simulate(clients(generator), new Roster(threads), rule, seed, { maxOps });
  const ops = load.history;
  if (final !== undefined) {
    const calm: AnswerRule = (op, draws, n) => {
      const { f, key, value: asked } = op;
      try {
        const value = object({ f, value: asked, ...(key === undefined ? {} : { key }) });
        return { afterNs: 1e5, type: 'ok', value };
      } catch (error) {
        if (!(error instanceof OpFailure)) throw error;
        return { ...rule(op, draws, n), afterNs: 1e5, type: 'fail', error: error.error };
      }
    };
    const ending = simulate(clients(final), new Roster(threads), calm, seed, { maxOps });
    ops.push(...ending.history.map((op) => later(op, load.timeNs + 1e9)));
  }
  return historyOf(ops.map(opOf));
}

/** After the load, by processes of their own. */
function later(op: SimulatedOp, byNs: number): SimulatedOp {
  const process = typeof op.process === 'number' ? op.process + 1_000_000 : op.process;
  return { ...op, process, timeNs: op.timeNs + byNs };
}

function opOf({ type, timeNs, process, f, key, value }: SimulatedOp, index: number): Op {
  return { index, time: timeNs, process, type, f, value, ...(key === undefined ? {} : { key }) };
}
