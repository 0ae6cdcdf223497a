/**
 * The generator library: everything a workload needs to say what clients do.
 */
export { asLongAs } from './as-long-as.ts';
export { concurrencyLimit, cycle, limit, once, processLimit, repeat } from './bounds.ts';
export { any, flipFlop, mix, shortestAny, type Weighted } from './choice.ts';
export { Context, Roster, ThreadSet, ThreadTable } from './context.ts';
export { from, NOTHING, sequence } from './data.ts';
export { Draws } from './draws.ts';
export * from './generator.ts';
export { concurrentKeys, type Keys, keyGroups, sequentialKeys } from './keys.ts';
export { andThen, phases, synchronize } from './order.ts';
export { log, sleep } from './pseudo.ts';
export {
  clients,
  eachThread,
  forEachThread,
  nemesis,
  observers,
  onRanks,
  onThreads,
  reserve,
} from './threads.ts';
export { at, cycleTimes, delay, schedule, stagger, timeLimit, until } from './timing.ts';
export { filter, fMap, map, onUpdate, withKey } from './transform.ts';
export { drawn, type Step, unfold } from './unfold.ts';
export { untilOk } from './until-ok.ts';
