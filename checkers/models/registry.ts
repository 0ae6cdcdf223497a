/**
 * Every model by the name the command line uses.
 */
import { appendKv } from './append-kv.ts';
import { casRegister } from './cas-register.ts';
import { counter } from './counter.ts';
import { fetchAndIncrement } from './fetch-and-increment.ts';
import { kv } from './kv.ts';
import { mutex, reentrantMutex, rwLock, semaphore } from './locks.ts';
import type { Model } from './model.ts';
import { multiRegister } from './multi-register.ts';
import { priorityQueue } from './priority-queue.ts';
import { queue } from './queue.ts';
import { register } from './register.ts';
import { multiset, set } from './set.ts';
import { stack } from './stack.ts';
import { versionedRegister } from './versioned-register.ts';

/** All models. */
export const MODELS = {
  register,
  'cas-register': casRegister,
  'versioned-register': versionedRegister,
  'multi-register': multiRegister,
  kv,
  'append-kv': appendKv,
  mutex,
  'reentrant-mutex': reentrantMutex,
  semaphore,
  'rw-lock': rwLock,
  queue,
  stack,
  'priority-queue': priorityQueue,
  set,
  multiset,
  counter,
  'fetch-and-increment': fetchAndIncrement,
} satisfies Record<string, Model<unknown>>;

/** Name of a model that exists. */
export type ModelName = keyof typeof MODELS;

/** Is this one of the models above, and not one of somebody's own that happens to bear its name? */
export function isBuiltIn(model: Model<unknown>): boolean {
  return (MODELS as Readonly<Record<string, unknown>>)[model.name] === model;
}
