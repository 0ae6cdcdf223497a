/**
 * The data of one server: a map, and which requests made it, durable. A backup takes it over whole.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, DurableLog, NodeHandle } from '../api.ts';
import { textOf } from '../canonical.ts';

/** One applied write. */
export type Item = [key: string, value: Json, request: string];

/** Which of the two logs holds the data. */
const CURRENT = 'current log';

/** The replica on one node. */
export class Replica {
  readonly #node: NodeHandle;
  readonly #map = new Map<string, Json>();
  readonly #applied = new Set<string>();
  #items: Item[] = [];

  constructor(node: NodeHandle) {
    this.#node = node;
    const log = this.#log;
    for (let i = 0; i < log.length; i++) this.#take(log.get(i) as unknown as Item);
  }

  /** Everything applied, in order. */
  get items(): readonly Item[] {
    // A copy: what is sent or stored must not change any more.
    return [...this.#items];
  }

  get #current(): number {
    return Number(this.#node.storage.read(CURRENT) ?? 0);
  }

  get #log(): DurableLog {
    return this.#node.storage.log(`items ${this.#current}`);
  }

  /**
   * Becomes equal to another replica. Until the whole of it is on disk the old data is: a crash in between must
   * not leave a backup that was relied on with half of neither.
   */
  replace(items: readonly Item[]): void {
    this.#map.clear();
    this.#applied.clear();
    this.#items = [];
    for (const item of items) this.#take(item);
    const next = 1 - this.#current;
    const log = this.#node.storage.log(`items ${next}`);
    log.truncate(0);
    log.append(items as unknown as Json[]);
    this.#node.storage.write(CURRENT, next);
  }

  /** Applies one request and answers it; a request applied before changes nothing. */
  apply(body: Body): Body {
    const key = textOf(body['key']);
    switch (body.type) {
      case 'read': {
        const value = this.#map.get(key);
        if (value === undefined) return { type: 'error', code: 20, text: `no key ${key}` };
        return { type: 'read_ok', value };
      }
      case 'write':
        this.#put(key, body['value'] ?? null, body);
        return { type: 'write_ok' };
      case 'cas': {
        if (this.#applied.has(textOf(body['request']))) return { type: 'cas_ok' };
        const value = this.#map.get(key);
        if (value === undefined) return { type: 'error', code: 20, text: `no key ${key}` };
        if (textOf(value) !== textOf(body['from'])) {
          return { type: 'error', code: 22, text: `${key} is ${textOf(value)}, not ${textOf(body['from'])}` };
        }
        this.#put(key, body['to'] ?? null, body);
        return { type: 'cas_ok' };
      }
      default:
        return { type: 'command_ok', command: body['command'] ?? null, by: this.#node.id };
    }
  }

  #put(key: string, value: Json, body: Body): void {
    const item: Item = [key, value, textOf(body['request'])];
    if (this.#applied.has(item[2]) && body['request'] !== undefined) return;
    this.#take(item);
    this.#log.append([item as unknown as Json]);
  }

  #take(item: Item): void {
    this.#map.set(item[0], item[1]);
    this.#applied.add(item[2]);
    this.#items.push(item);
  }
}
