/**
 * Writes small histories about leadership for tests: events are given with times, sorted, and indexed.
 */
import { historyOf } from '../../harness/history/builder.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json, Op, OpType, Process } from '../../harness/op.ts';

interface Event {
  at: number;
  process: Process;
  type: OpType;
  f: string;
  value: Json;
  node?: string;
}

/** Collects events in any order; times are milliseconds. */
export class ElectionHistory {
  readonly #events: Event[] = [];
  #process = 0;

  /** A question to a node at `call`, answered at `ret` (null: never). */
  ask(node: string, call: number, ret: number | null, answer: Json): this {
    return this.observe('leader', node, call, ret, answer);
  }

  /** A question of any kind. */
  observe(f: string, node: string, call: number, ret: number | null, answer: Json): this {
    const process = `observer:${node}`;
    this.#events.push({ at: call, process, type: 'invoke', f, value: null, node });
    if (ret !== null) this.#events.push({ at: ret, process, type: 'ok', f, value: answer, node });
    return this;
  }

  /** Questions every `every` ms, each answered after `latency` ms. */
  poll(node: string, from: number, to: number, answer: Json, every = 100, latency = 5): this {
    for (let at = from; at < to; at += every) this.ask(node, at, at + latency, answer);
    return this;
  }

  /** A command answered by a node that does not say who accepted it. */
  passedOn(value: number, call: number, ret: number, node: string, term: number): this {
    const process = this.#process++;
    this.#events.push({ at: call, process, type: 'invoke', f: 'command', value, node });
    this.#events.push({ at: ret, process, type: 'ok', f: 'command', value: { command: value, term }, node });
    return this;
  }

  /** A command acknowledged by a node. */
  command(value: number, call: number, ret: number, by: string, term?: number): this {
    const process = this.#process++;
    const answer = term === undefined ? { command: value, by } : { command: value, by, term };
    this.#events.push({ at: call, process, type: 'invoke', f: 'command', value, node: by });
    this.#events.push({ at: ret, process, type: 'ok', f: 'command', value: answer, node: by });
    return this;
  }

  /** A fault in force from `from` to `to` (null: never undone). */
  fault(fault: string, from: number, to: number | null, nodes: string[], params: Json = {}): this {
    const value = { id: `${fault}-1`, fault, mode: 'halves', nodes, target: nodes, params };
    const process = `nemesis:${fault}`;
    const add = (at: number, type: OpType, f: string): void => {
      this.#events.push({ at, process, type, f, value });
    };
    add(from - 1, 'invoke', `inject-${fault}`);
    add(from, 'ok', `inject-${fault}`);
    if (to === null) return this;
    add(to, 'invoke', `undo-${fault}`);
    add(to + 1, 'ok', `undo-${fault}`);
    return this;
  }

  /** Something the cluster reports about a node. */
  event(kind: string, at: number, node: string): this {
    this.#events.push({ at, process: 'cluster', type: 'info', f: kind, value: null, node });
    return this;
  }

  /** The history; events at one time keep the order in which they were added. */
  build(): History {
    const sorted = [...this.#events].sort((a, b) => a.at - b.at);
    return historyOf(
      sorted.map(({ at, ...rest }, index): Op => ({ index, time: Math.round(at * 1e6), ...rest })),
    );
  }
}

/** Answers of nodes. */
export const leads = (term?: number): Json =>
  term === undefined ? { leading: true, term: null } : { leading: true, term };
export const follows = (leader: string | null, term?: number): Json =>
  term === undefined ? { leading: false, leader } : { leading: false, leader, term };
