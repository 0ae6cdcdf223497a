/**
 * A program of somebody else's inside the simulator: its code may be asynchronous and may use the clock, timers
 * and randomness of the language; all of it happens within the event that caused it, in simulated time.
 */
import type { Body, NodeHandle, Program } from '../program.ts';
import { type Ambient, runAs } from './guard.ts';
import type { Timeline } from './timeline.ts';
import { checkDrain, drain } from './virtual-time.ts';

/** What a module makes for one life of a node. Handlers may be asynchronous. */
export interface UserNode {
  start?(): unknown;
  onMessage(from: string, body: Body): unknown;
  onTimer?(name: string): unknown;
}

/** Makes a node of a module. */
export type UserNodeFactory = (node: NodeHandle) => UserNode;

/** Names of the timers behind `setTimeout` and the like. */
const AMBIENT = 'faultline ambient ';

let drains = false;

/** Runs one life of a user's node as a program. */
export class GuardedProgram implements Program, Ambient {
  readonly #make: UserNodeFactory;
  readonly #now: () => number;
  readonly #timers = new Map<number, { callback: () => void; ms: number; repeat: boolean }>();
  #node!: NodeHandle;
  #user: UserNode | null = null;
  #next = 1;
  #failure: { error: unknown } | null = null;

  /** `timeline` is the one the node lives in; null: elapsed time is that of the node's clock. */
  constructor(make: UserNodeFactory, timeline: Timeline | null) {
    this.#make = make;
    this.#now = () => (timeline === null ? this.#node.now() : timeline.now / 1e6);
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
    this.#user = this.#make(this.#node);
    return this.#user.start?.();
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
    if (!drains) checkDrain();
    drains = true;
    runAs(this, () => {
      const result = work();
      if (result instanceof Promise) {
        result.catch((error: unknown) => this.failed(error));
      }
      drain();
    });
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure.error;
  }
}
