/**
 * What nodes of a cluster with Byzantine members are known to have done: acknowledged operations, and events
 * that a process of the harness noted. What may not have happened proves nothing and is left out.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import { type History, INFO, NONE, OK } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import { OptionError } from '../options.ts';

/** Did operation i surely happen: is it an acknowledgement, or an event noted by the harness? */
export function happened(history: History, i: number): boolean {
  const { types, processes, pairs } = history.columns;
  return types[i] === OK || (types[i] === INFO && processes[i]! < 0 && pairs[i] === NONE);
}

/** Who acted in operation i: the node, else the process (`process 3`, or its name). */
export function actor(history: History, i: number): string {
  const node = history.node(i) ?? (history.pair(i) === NONE ? undefined : history.node(history.pair(i)));
  if (node !== undefined) return node;
  const process = history.process(i);
  return typeof process === 'number' ? `process ${process}` : process;
}

/** The key of operation i or of its other half, by id; NONE when neither has one. */
export function instanceId(history: History, i: number): number {
  const { keys, pairs } = history.columns;
  const pair = pairs[i]!;
  return keys[i] !== NONE || pair === NONE ? keys[i]! : keys[pair]!;
}

/** `instance "7"`, as sentences name it; `the instance` where operations have no key. */
export function instanceName(instance: Json | undefined): string {
  return instance === undefined ? 'the instance' : `instance ${JSON.stringify(instance)}`;
}

/** A list of names, empty when the option is absent. */
export function namesOption(options: CheckerOptions, name: string): Set<string> {
  const value = options[name];
  if (value === undefined || value === null) return new Set();
  if (!Array.isArray(value)) throw new OptionError(name, 'a list of names of nodes', value);
  return new Set(
    value.map((each) => {
      if (typeof each !== 'string') throw new OptionError(name, 'a list of names of nodes', value);
      return each;
    }),
  );
}
