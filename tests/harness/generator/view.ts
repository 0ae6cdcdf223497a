/**
 * Short views of simulations for the tests of generators.
 */
import { type GeneratorLike, Roster } from '../../../harness/generator/index.ts';
import {
  type AnswerRule,
  invocations,
  type Simulation,
  type SimulationBounds,
  simulate,
} from '../../../harness/interpreter/simulate.ts';

/** Three clients and one nemesis lane. */
export const ROSTER = new Roster(3, ['nemesis:partition']);
/** One client. */
export const ALONE = new Roster(1);

/** Every operation takes this long. */
export function taking(afterNs: number): AnswerRule {
  return () => ({ afterNs, type: 'ok' });
}

/** `time process f` of every invocation. */
export function view(simulation: Simulation): string[] {
  return invocations(simulation).map((op) => `${op.timeNs} ${op.process} ${op.f}`);
}

/** Functions in order. */
export function names(simulation: Simulation): string[] {
  return invocations(simulation).map((op) => op.f);
}

/** What was asked, whoever asked it and when. */
export function contents(simulation: Simulation): string[] {
  return invocations(simulation).map(
    (op) => `${op.f} ${JSON.stringify(op.key ?? null)} ${JSON.stringify(op.value)}`,
  );
}

/** A simulation with one client. */
export function alone(
  generator: GeneratorLike,
  rule: AnswerRule = taking(10),
  bounds: SimulationBounds = {},
): Simulation {
  return simulate(generator, ALONE, rule, 0, bounds);
}
