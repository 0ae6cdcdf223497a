/**
 * fast-check arbitraries for histories: correct ones, and ones with a violation that nothing explains. They
 * shrink by leaving out steps, so a counterexample is a short history.
 */
import fc from 'fast-check';
import { type History, OK } from '../history/history.ts';
import { OBJECTS, type ObjectName, type SimulatedObject } from './objects.ts';
import { type RunShape, Simulation, type Step } from './simulation.ts';

/** What histories are made of; everything has a default. */
export interface HistoryShape extends Partial<RunShape> {
  /** Default `cas-register`. */
  object?: ObjectName;
}

/** A history that breaks its promise, and the name of the violation put into it. */
export interface BrokenHistory {
  history: History;
  violation: string;
}

const draw = fc.nat(99);

/**
 * A history that is certainly correct: it was made by a correct object, whose every answer was told truly. At least
 * one operation is acknowledged: a checker has nothing to say of a history without.
 */
export function histories(shape: HistoryShape = {}): fc.Arbitrary<History> {
  const { object, run } = resolved(shape);
  const drawn = steps(run).map((list) => {
    const simulation = new Simulation(object, run);
    for (const step of list) simulation.step(step);
    return simulation.end();
  });
  return drawn.filter((history) => history.columns.types.includes(OK));
}

/** A history that is certainly wrong: a run of a correct object with one violation somewhere in it. */
export function brokenHistories(shape: HistoryShape = {}): fc.Arbitrary<BrokenHistory> {
  const { object, run } = resolved(shape);
  const violations = fc.constantFrom(...Object.keys(object.violations));
  return fc.tuple(steps(run), violations, draw).map(([list, violation, at]) => {
    const simulation = new Simulation(object, run);
    const where = Math.floor((list.length * at) / 100);
    list.forEach((step, i) => {
      if (i === where) simulation.violate(violation);
      simulation.step(step);
    });
    if (list.length === 0) simulation.violate(violation);
    return { history: simulation.end(), violation };
  });
}

/** Names of the violations `brokenHistories` puts into histories of an object. */
export function violationsOf(object: ObjectName): string[] {
  return Object.keys(OBJECTS[object].violations);
}

function resolved(shape: HistoryShape): { object: SimulatedObject<unknown>; run: RunShape } {
  const { object = 'cas-register', ...given } = shape;
  const simulated = Object.hasOwn(OBJECTS, object) ? OBJECTS[object] : undefined;
  if (simulated === undefined) {
    throw new TypeError(`there is no object "${object}"; one of: ${Object.keys(OBJECTS).join(', ')}`);
  }
  const run: RunShape = {
    operations: 20,
    processes: 4,
    keys: 1,
    values: 'unique',
    uncertain: true,
    failing: true,
    ...given,
  };
  for (const name of ['operations', 'processes', 'keys', 'values'] as const) {
    const value = run[name];
    if (value !== 'unique' && !(Number.isInteger(value) && value >= 1)) {
      throw new TypeError(`${name} must be a whole number above 0, not ${String(value)}`);
    }
  }
  return { object: simulated as SimulatedObject<unknown>, run };
}

/** Three steps make an operation: it is invoked, takes effect, completes. */
function steps(run: RunShape): fc.Arbitrary<Step[]> {
  const step = fc.record({ slot: draw, kind: draw, value: draw, key: draw, fate: draw, late: draw });
  return fc.array(step, { maxLength: 3 * run.operations, size: 'max' });
}
