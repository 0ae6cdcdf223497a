/**
 * What is thrown when the shared store cannot be used: its name, what was tried, and why it did not work.
 */

/** The environment's trouble, not the user's: a run that meets it is broken, a campaign ends with 4. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(shown: string, what: string, cause: unknown) {
    super(`the store ${shown} cannot be ${what}: ${reasonOf(cause)}`);
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // What `fetch` rejects with says nothing; its cause does.
  const inner = cause.cause instanceof Error ? cause.cause : cause;
  return (inner.message || (inner as NodeJS.ErrnoException).code) ?? inner.name;
}
