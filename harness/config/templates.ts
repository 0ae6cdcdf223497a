/**
 * `{{name}}` in configured strings: finding unknown names before anything starts, and filling known ones in.
 */
import type { Json } from '../op.ts';

const TEMPLATE = /\{\{\s*([^{}]*?)\s*\}\}/g;

const NODE = ['node.id', 'node.index', 'node.host', 'node.port', 'node.dir', 'peers', 'peers.ids', 'nodes'];

/** Template names that stand everywhere in a command section; `node.port.NAME` as well. */
export const NODE_TEMPLATES: readonly string[] = NODE;
/** Template names inside operations. */
export const OPERATION_TEMPLATES: readonly string[] = [...NODE, 'key', 'value', 'from', 'to', 'request'];
/** Template names inside requests that change members. */
export const MEMBER_TEMPLATES: readonly string[] = [...NODE, 'member', 'member.host', 'member.port'];
/** Template names inside the format of one peer; `peer.port.NAME` as well. */
export const PEER_TEMPLATES: readonly string[] = ['peer.id', 'peer.index', 'peer.host', 'peer.port'];

/** Names of all templates in a text, in order. */
export function templateNames(text: string): string[] {
  return [...text.matchAll(TEMPLATE)].map((match) => match[1]!);
}

/**
 * Fills templates in a string, or in every string of a JSON value. `value` gives the value of a name, or
 * undefined to leave it as it stands. A string that is one template and nothing else becomes the value
 * itself; inside other text, strings stand as they are and everything else as JSON.
 */
export function fill(template: Json, value: (name: string) => Json | undefined): Json {
  if (typeof template === 'string') return fillString(template, value);
  if (Array.isArray(template)) return template.map((item) => fill(item, value));
  if (typeof template === 'object' && template !== null) {
    return Object.fromEntries(
      Object.entries(template).map(([key, item]) => [fillText(key, value), fill(item, value)]),
    );
  }
  return template;
}

/** Like `fill`, always to text. */
export function fillText(template: string, value: (name: string) => Json | undefined): string {
  return template.replaceAll(TEMPLATE, (whole, name: string) => {
    const found = value(name);
    if (found === undefined) return whole;
    return typeof found === 'string' ? found : JSON.stringify(found);
  });
}

function fillString(template: string, value: (name: string) => Json | undefined): Json {
  const only = /^\{\{\s*([^{}]*?)\s*\}\}$/.exec(template);
  const found = only === null ? undefined : value(only[1]!);
  return found === undefined ? fillText(template, value) : found;
}
