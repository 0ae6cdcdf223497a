/**
 * Pieces that the JSON Schemas of the run folder share, and short names for what they are made of.
 */

/** A JSON Schema or part of one. */
export type Part = Record<string, unknown>;

/** Any text. */
export const TEXT: Part = { type: 'string' };
/** A whole number from 0. */
export const COUNT: Part = { type: 'integer', minimum: 0 };
/** Any number. */
export const NUMBER: Part = { type: 'number' };
/** Anything. */
export const ANY: Part = {};

/** A list of one kind of item. */
export function listOf(items: Part): Part {
  return { type: 'array', items };
}

/** An object with any keys and one kind of value. */
export function mapOf(values: Part): Part {
  return { type: 'object', additionalProperties: values };
}

/** One of these words. */
export function oneOf(...words: readonly string[]): Part {
  return { type: 'string', enum: words };
}

/** The same, or null. */
export function orNull(part: Part): Part {
  return { anyOf: [part, { type: 'null' }] };
}

/** An object whose properties are all required but those named after `?`. */
export function record(properties: Record<string, Part>, description?: string): Part {
  const named: Record<string, Part> = {};
  const required: string[] = [];
  for (const [key, part] of Object.entries(properties)) {
    const name = key.replace(/\?$/, '');
    named[name] = part;
    if (name === key) required.push(name);
  }
  return {
    type: 'object',
    required,
    properties: named,
    ...(description === undefined ? {} : { description }),
  };
}

/** A whole document. Files grow fields freely, so unknown ones are let through. */
export function documentOf(title: string, description: string, root: Part): Part {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title, description, ...root };
}

/** What a run was doing. */
export const PHASE = oneOf('setup', 'load', 'heal', 'settle', 'final');
/** What a run or a checker found. */
export const VERDICT = oneOf('pass', 'fail', 'unknown', 'vacuous', 'broken');
/** A checker by name, with its options. */
export const CHECKER = record({ name: TEXT, options: mapOf(ANY) });
/** Which nodes a fault hits. */
export const TARGET: Part = {
  description: 'a word such as one or leader, or node names',
  anyOf: [TEXT, listOf(TEXT)],
};
/** The phases of a run as they happened. */
export const PHASES = listOf(record({ phase: PHASE, fromNs: NUMBER, toNs: orNull(NUMBER) }));
/** Modules of the user's own that something is made of. */
export const PLUGINS: Part = {
  ...listOf(
    record({
      kind: oneOf('system', 'workload', 'fault', 'checker'),
      name: TEXT,
      file: { ...TEXT, description: 'path of the module, from where the run was started' },
      sha256: { ...TEXT, description: 'over the module and every file beside it that it imports' },
    }),
  ),
  description: 'modules of your own that it is made of',
};
