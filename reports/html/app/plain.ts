/**
 * Values as the page writes them (`[1 2]`, `{a: 1}`, `nil`) back to JSON. Pure.
 */
import type { Json } from '../../../harness/op.ts';

/** The value, or undefined when the text was cut or is none of ours. */
export function parsePlain(text: string): Json | undefined {
  if (text === '') return null;
  if (text.includes('…')) return undefined;
  const reader = new Reader(text);
  const value = reader.value();
  return reader.ended ? value : undefined;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    return this.#at === this.#text.length;
  }

  value(): Json | undefined {
    const char = this.#text[this.#at];
    if (char === '[') return this.#list();
    if (char === '{') return this.#object();
    const word = /^(?:"(?:[^"\\]|\\.)*"|[^\s,[\]{}"]+)/.exec(this.#text.slice(this.#at))?.[0];
    if (word === undefined) return undefined;
    this.#at += word.length;
    if (word === 'nil') return null;
    try {
      return JSON.parse(word) as Json;
    } catch {
      return undefined;
    }
  }

  #list(): Json | undefined {
    this.#at++;
    const items: Json[] = [];
    while (this.#text[this.#at] !== ']') {
      const item = this.value();
      if (item === undefined) return undefined;
      items.push(item);
      if (this.#text[this.#at] === ' ') this.#at++;
    }
    this.#at++;
    return items;
  }

  #object(): Json | undefined {
    this.#at++;
    const made: Record<string, Json> = {};
    while (this.#text[this.#at] !== '}') {
      const name = /^([^:{}[\]]+): /.exec(this.#text.slice(this.#at));
      if (name === null) return undefined;
      this.#at += name[0].length;
      const item = this.value();
      if (item === undefined) return undefined;
      made[name[1]!] = item;
      if (this.#text.startsWith(', ', this.#at)) this.#at += 2;
    }
    this.#at++;
    return made;
  }
}
