/**
 * The replicated state machine: a map with read, write and compare-and-set, a grow-only set, and the commands
 * of the leader workload. Deterministic: same commands, same answers, on every node.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body } from '../api.ts';
import { textOf } from '../canonical.ts';
import type { Command } from './messages.ts';

/** Requests remembered to recognise one that the network delivered twice. */
const REMEMBERED = 50_000;

/** Types of requests that change the state machine and so go through the log. */
export const WRITES: ReadonlySet<string> = new Set(['write', 'cas', 'add', 'command']);

/** Applies commands in log order. */
export class Machine {
  readonly #map = new Map<string, Json>();
  readonly #set = new Map<string, Json>();
  readonly #seen = new Set<string>();

  /** Applies one command; the reply for its client, or undefined when it was applied before. */
  apply(command: Command): Body | undefined {
    const request = command['request'];
    if (typeof request === 'string' && !this.#remember(request)) return undefined;
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

  /** Answers a read: of one key, or of the whole set when there is none. */
  read(body: Body): Body {
    if (body['key'] === undefined) return { type: 'read_ok', value: [...this.#set.values()] };
    const value = this.#map.get(textOf(body['key']));
    if (value === undefined) return { type: 'error', code: 20, text: `no key ${textOf(body['key'])}` };
    return { type: 'read_ok', value };
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

  /** False when this request was applied before. The oldest are forgotten, the same ones on every node. */
  #remember(request: string): boolean {
    if (this.#seen.has(request)) return false;
    this.#seen.add(request);
    if (this.#seen.size > REMEMBERED) this.#seen.delete(this.#seen.values().next().value!);
    return true;
  }
}
