/**
 * The replicated state machine: a map with read, write and compare-and-set, a grow-only set, and the commands
 * of the leader workload. Deterministic: same commands, same answers, on every node.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body } from '../api.ts';
import { textOf } from '../canonical.ts';
import type { Command, Item } from './messages.ts';

/** Requests remembered to recognise one that the network delivered twice. */
const REMEMBERED = 50_000;

/** Types of requests that change the state machine and so go through the log. */
export const WRITES: ReadonlySet<string> = new Set(['write', 'cas', 'add', 'command']);

/** Applies commands in log order. */
export class Machine {
  readonly #map = new Map<string, Json>();
  readonly #set = new Map<string, Json>();
  /** What was answered to a request: state as much as the map is, and so part of every snapshot. */
  readonly #answered = new Map<string, Body>();

  /** Applies one command and gives the reply for its client; one that was applied before only gets its reply again. */
  apply(command: Command): Body | undefined {
    const request = command['request'];
    if (typeof request !== 'string') return this.#perform(command);
    const before = this.#answered.get(request);
    if (before !== undefined) return before;
    const reply = this.#perform(command);
    if (reply !== undefined) this.#remember(request, reply);
    return reply;
  }

  /** Answers a read: of one key, or of the whole set when there is none. */
  read(body: Body): Body {
    if (body['key'] === undefined) return { type: 'read_ok', value: [...this.#set.values()] };
    const value = this.#map.get(textOf(body['key']));
    if (value === undefined) return { type: 'error', code: 20, text: `no key ${textOf(body['key'])}` };
    return { type: 'read_ok', value };
  }

  /** Everything it holds, as a list; `sessions` false is the mistake of leaving out what was answered. */
  items(sessions: boolean): Item[] {
    const items: Item[] = [];
    for (const [name, value] of this.#map) items.push(['map', name, value]);
    for (const [name, value] of this.#set) items.push(['set', name, value]);
    if (sessions) for (const [request, reply] of this.#answered) items.push(['answered', request, reply]);
    return items;
  }

  /** Holds what was listed and nothing else. */
  restore(items: readonly Item[]): void {
    this.#map.clear();
    this.#set.clear();
    this.#answered.clear();
    for (const [what, name, value] of items) {
      if (what === 'map') this.#map.set(name, value);
      else if (what === 'set') this.#set.set(name, value);
      else this.#answered.set(name, value as Body);
    }
  }

  #perform(command: Command): Body | undefined {
    switch (command.type) {
      case 'write':
        this.#map.set(textOf(command['key']), command['value'] ?? null);
        return { type: 'write_ok' };
      case 'cas':
        return this.#cas(command);
      case 'read':
        return this.read(command);
      case 'add':
        this.#set.set(textOf(command['element']), command['element'] ?? null);
        return { type: 'add_ok' };
      case 'command':
        return { type: 'command_ok', command: command['command'] ?? null, by: command['by'] ?? null };
      default:
        return undefined;
    }
  }

  #cas(command: Command): Body {
    const name = textOf(command['key']);
    const held = this.#map.get(name);
    const to = command['to'] ?? null;
    if (held === undefined && command['create_if_not_exists'] !== true) {
      return { type: 'error', code: 20, text: `no key ${name}` };
    }
    if (held !== undefined && textOf(held) !== textOf(command['from'])) {
      return { type: 'error', code: 22, text: `${name} is ${textOf(held)}, not ${textOf(command['from'])}` };
    }
    this.#map.set(name, to);
    return { type: 'cas_ok' };
  }

  /** The oldest are forgotten, the same ones on every node. */
  #remember(request: string, reply: Body): void {
    this.#answered.set(request, reply);
    if (this.#answered.size > REMEMBERED) this.#answered.delete(this.#answered.keys().next().value!);
  }
}
