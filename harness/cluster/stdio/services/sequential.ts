/**
 * A store that is sequentially consistent and no more: every client sees the versions in order, at its own
 * pace. A request is first tried on a random version between the client's last one and the newest; if it
 * changes nothing there, that (perhaps old) version answers, otherwise it runs on the newest.
 */
import type { Json } from '../../../op.ts';
import type { Rng } from '../../../random.ts';
import { type Body, canonical, runKeyValue, type Store } from './key-value.ts';

/** How many versions a client may lag behind. */
const RETAINED = 32;

/** The versions of a sequentially consistent store. */
export class SequentialStore {
  readonly #rng: Rng;
  /** Per key its values with the version that wrote each, oldest first. */
  readonly #values = new Map<string, { version: number; value: Json }[]>();
  readonly #cursors = new Map<string, number>();
  #newest = 0;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  handle(client: string, body: Body): Body {
    // A client that was away longer than versions are kept continues at the oldest: never backwards.
    const oldest = Math.max(this.#cursors.get(client) ?? 0, this.#newest - RETAINED + 1);
    const version = this.#rng.int(oldest, this.#newest);
    const old = this.#at(version);
    const reply = runKeyValue(body, old, true);
    if (!old.changed) {
      this.#cursors.set(client, version);
      return reply;
    }
    const newest = this.#at(this.#newest);
    const fresh = runKeyValue(body, newest, true);
    if (newest.write !== null) this.#commit(newest.write.key, newest.write.value);
    this.#cursors.set(client, this.#newest);
    return fresh;
  }

  /** A view of one version that remembers what was written to it. */
  #at(version: number): Store & { changed: boolean; write: { key: string; value: Json } | null } {
    const get = (key: string): Json | undefined =>
      this.#values.get(key)?.findLast((entry) => entry.version <= version)?.value;
    const view = {
      changed: false,
      write: null as { key: string; value: Json } | null,
      get,
      set: (key: string, value: Json): void => {
        const current = get(key);
        view.changed = current === undefined || canonical(current) !== canonical(value);
        view.write = { key, value };
      },
    };
    return view;
  }

  #commit(key: string, value: Json): void {
    this.#newest++;
    const entries = this.#values.get(key) ?? [];
    entries.push({ version: this.#newest, value });
    // Of the values older than what can still be seen, only the last matters.
    const oldest = this.#newest - RETAINED + 1;
    while (entries.length > 1 && entries[1]!.version <= oldest) entries.shift();
    this.#values.set(key, entries);
  }
}
