/**
 * Templates of the command section: `{{name}}` inside strings. A string that is one template and nothing
 * else becomes the value itself, so a body may hold numbers.
 */
import type { Json } from '../../harness/op.ts';
import { suggest, UsageError } from '../../harness/registry.ts';

const PATTERN = /\{\{\s*([^{}]*?)\s*\}\}/g;
const WHOLE = /^\{\{\s*([^{}]*?)\s*\}\}$/;

/** What the names of a template stand for. */
export type Values = Readonly<Record<string, Json>>;

/** The text with every template replaced; values that are not strings are written as JSON. */
export function renderText(
  text: string,
  values: Values,
  encode: (part: string) => string = (p) => p,
): string {
  return text.replaceAll(PATTERN, (_, name: string) => encode(textOf(lookUp(name, values))));
}

/** JSON with every template in its strings replaced; property names are left alone. */
export function renderJson(json: Json, values: Values): Json {
  if (typeof json === 'string') {
    const whole = WHOLE.exec(json);
    return whole === null ? renderText(json, values) : lookUp(whole[1]!, values);
  }
  if (Array.isArray(json)) return json.map((item) => renderJson(item, values));
  if (json === null || typeof json !== 'object') return json;
  return Object.fromEntries(Object.entries(json).map(([name, item]) => [name, renderJson(item, values)]));
}

/**
 * Checks every template of a string or JSON value against the names that will be known, so that a slip is
 * found before anything starts. `where` is the key of the config: `command.start`.
 */
export function checkTemplates(json: Json, where: string, names: readonly string[]): void {
  if (typeof json === 'string') {
    for (const [, name] of json.matchAll(PATTERN)) {
      if (names.includes(name!)) continue;
      throw new UsageError(`${where}: there is no template {{${name}}}`, { hint: suggest(name!, names) });
    }
    return;
  }
  if (json === null || typeof json !== 'object') return;
  for (const [name, item] of Object.entries(json)) {
    checkTemplates(item, Array.isArray(json) ? `${where}[${name}]` : `${where}.${name}`, names);
  }
}

/** Strings as they are, everything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function lookUp(name: string, values: Values): Json {
  const value = values[name];
  if (value !== undefined) return value;
  throw new UsageError(`there is no template {{${name}}} here`, { hint: suggest(name, Object.keys(values)) });
}
