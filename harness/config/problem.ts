/**
 * One thing wrong with a document, and where in it: found by the schema or by the checks beyond it, worded
 * once, placed in the text when the source is known.
 */

/** Steps from the root of a document to a value. */
export type Path = readonly (string | number)[];

/** Something that is wrong. */
export interface Problem {
  path: Path;
  /** Whether the key itself or its value is at fault. */
  at: 'key' | 'value';
  message: string;
  hint?: string;
}

/** `nemesis[1].target`; the whole is `the document`. */
export function renderPath(path: Path): string {
  if (path.length === 0) return 'the document';
  return path
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[\w$-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return i === 0 ? step : `.${step}`;
    })
    .join('');
}
