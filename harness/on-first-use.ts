/**
 * Things that are made when they are first asked for: packages that take long to load and that most commands never
 * need. A command of a second that loads all of them spends a third of it on that.
 */

/** A function that makes its result at the first call and keeps it. What `make` throws is thrown, and tried again. */
export function onFirstUse<T extends object>(make: () => T): () => T {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
