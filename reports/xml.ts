/**
 * Text for XML 1.0: what it cannot carry is left out, the rest escaped.
 */

// Controls, lone surrogates, the two noncharacters.
const FORBIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for the content of an element. */
export function content(text: string): string {
  return text.replace(FORBIDDEN, '').replace(/[&<>"]/g, (char) => ENTITIES[char]!);
}

/** Text for an attribute: on one line. */
export function attribute(text: string): string {
  return content(text).replace(/[\t\r\n]/g, ' ');
}
