/**
 * A program of somebody else's inside the simulator: its code may be asynchronous and may use the clock, timers
 * and randomness of the language; all of it happens within the event that caused it, in simulated time.
 */
import type { Json } from '../op.ts';
import type { Body, NodeHandle, Program } from '../program.ts';
import type { Ambient } from './ambient.ts';
import { runAs } from './guard.ts';
import type { Timeline } from './timeline.ts';
import { checkDrain, drain } from './virtual-time.ts';

/** What a module makes for one life of a node. Handlers may be asynchronous. */
export interface UserNode {
  /** As in the programs of this package: called once, with the node, before anything else. */
  init?(node: NodeHandle): unknown;
  /** Called once, after `init`. */
  start?(): unknown;
  onMessage(from: string, body: Body): unknown;
  onTimer?(name: string): unknown;
}

/** What a node is told beside itself: values of options, and bug switches that are on. */
export interface NodeSettings {
  options: Readonly<Record<string, Json>>;
  bugs: readonly string[];
}

/** Makes a node of a module: a function, or a class whose constructor is given the node. */
export type UserNodeFactory =
  | ((node: NodeHandle, settings: NodeSettings) => UserNode)
  | (new (
      node: NodeHandle,
      settings: NodeSettings,
    ) => UserNode);

const NO_SETTINGS: NodeSettings = { options: {}, bugs: [] };

/** Names of the timers behind `setTimeout` and the like. */
const AMBIENT = 'faultline ambient ';

/** Runs one life of a user's node as a program. */
export class GuardedProgram implements Program, Ambient {
  readonly #make: UserNodeFactory;
  readonly #asynchronous: boolean;
  readonly #now: () => number;
  readonly #timers = new Map<number, { callback: () => void; ms: number; repeat: boolean }>();
  #node!: NodeHandle;
  #user: UserNode | null = null;
  #next = 1;
  #failure: { error: unknown } | null = null;

  /**
   * `timeline` is the one the node lives in; null: elapsed time is that of the node's clock. A program that is
   * not `asynchronous` is never waited for: what it leaves to promises does not happen in the simulation.
   */
  constructor(make: UserNodeFactory, timeline: Timeline | null, asynchronous = true) {
    this.#make = make;
    this.#asynchronous = asynchronous;
    const now = (): number => (timeline === null ? this.#node.now() : timeline.now / 1e6);
    this.#now = now;
  }

  init(node: NodeHandle): void {
    this.#node = node;
    // An event of its own: asynchronous code can only be run to its end from the loop of events.
    node.setTimer(`${AMBIENT}0`, 0);
  }

  onMessage(from: string, body: Body): void {
    if (this.#user !== null) this.#enter(() => this.#user!.onMessage(from, body));
  }

  onTimer(name: string): void {
    if (!name.startsWith(AMBIENT)) {
      this.#enter(() => this.#user?.onTimer?.(name));
      return;
    }
    const id = Number(name.slice(AMBIENT.length));
    if (id === 0) this.#enter(() => this.#begin());
    else this.#fire(id);
  }

  wallMs(): number {
    return this.#node.now();
  }

  elapsedMs(): number {
    return this.#now();
  }

  random(): number {
    return this.#node.random();
  }

  note(text: string): void {
    this.#node.note(text);
  }

  failed(error: unknown): void {
    this.#failure ??= { error };
  }

  setTimer(callback: () => void, ms: number, repeat: boolean): number {
    const id = this.#next++;
    this.#timers.set(id, { callback, ms, repeat });
    this.#node.setTimer(`${AMBIENT}${id}`, ms);
    return id;
  }

  clearTimer(id: number): void {
    if (this.#timers.delete(id)) this.#node.clearTimer(`${AMBIENT}${id}`);
  }

  #begin(): unknown {
    // In every life: code that cannot be run to its end here would hang without a word.
    if (this.#asynchronous) checkDrain();
    const user = made(this.#make, this.#node);
    this.#user = user;
    const begun = user.init?.(this.#node);
    if (isThenable(begun)) return begun.then(() => user.start?.());
    return user.start?.();
  }

  #fire(id: number): void {
    const timer = this.#timers.get(id);
    if (timer === undefined) return;
    if (timer.repeat) this.#node.setTimer(`${AMBIENT}${id}`, timer.ms);
    else this.#timers.delete(id);
    this.#enter(timer.callback);
  }

  /** Runs code of the node and everything it makes run now; throws what it threw, at once or later. */
  #enter(work: () => unknown): void {
    runAs(this, () => {
      const result = work();
      if (!this.#asynchronous) return;
      if (isThenable(result)) result.then(undefined, (error: unknown) => this.failed(error));
      drain();
    });
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure.error;
  }
}

/** A node of the factory's, whichever way it is written. Throws `TypeError` where that is none. */
export function made(make: UserNodeFactory, node: NodeHandle, settings = NO_SETTINGS): UserNode {
  const user = isClass(make)
    ? new (make as new (node: NodeHandle, settings: NodeSettings) => UserNode)(node, settings)
    : (make as (node: NodeHandle, settings: NodeSettings) => UserNode)(node, settings);
  if (typeof (user as UserNode | undefined)?.onMessage === 'function') return user;
  throw new TypeError('the program made no node: it must return an object with onMessage(from, body)');
}

function isClass(make: UserNodeFactory): boolean {
  return /^class\b/.test(Function.prototype.toString.call(make));
}

/** Something to wait for, of whatever realm. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
