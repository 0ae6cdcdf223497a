/**
 * Where workers put what their runs wrote, and where the campaign picks it up. Keys are paths with slashes.
 */

/** A shared place for files. Calls reject with `StoreError` when it cannot be used. */
export interface SharedStore {
  /** As it may be shown: without secrets. */
  readonly shown: string;
  /** Writes a small text whole or not at all. */
  write(key: string, text: string): Promise<void>;
  /** Null: there is no such key. */
  read(key: string): Promise<string | null>;
  /** Copies a file of this machine there. */
  put(key: string, file: string): Promise<void>;
  /** Copies it to a file of this machine. */
  get(key: string, file: string): Promise<void>;
  /** Keys that begin so, in order. */
  list(prefix: string): Promise<string[]>;
  /** Keys that are not there are no trouble. */
  remove(keys: readonly string[]): Promise<void>;
}
