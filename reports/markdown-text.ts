/**
 * Text from a run in Markdown: it stays text, whatever is in it.
 */

/** A code block whose fence is longer than any run of backticks inside. */
export function fence(lines: readonly string[]): string[] {
  const text = lines.map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' '));
  const longest = Math.max(0, ...(text.join('\n').match(/`+/g) ?? []).map((run) => run.length));
  const mark = '`'.repeat(Math.max(3, longest + 1));
  return [`${mark}text`, ...text, mark];
}

/** Text that stays text: on one line, without markup, links, mentions or HTML. */
export function inline(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .replace(/[\\`*_[\]<>|#~]/g, '\\$&')
    .replace(/@(?=\w)/g, '@\u200b');
}
