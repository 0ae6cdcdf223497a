/**
 * Writes the page that explains a case, and the picture beside it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Io } from '../io.ts';
import { type Explained, explanation } from './explanation.ts';

/** Path of the page of a regression file: the same name with another ending. */
export function pageBeside(file: string): string {
  return `${file.replace(/\.json$/, '')}.md`;
}

/** Writes the page and, where there are messages, `<page>.svg`; returns the path of the page as it was given. */
export function writeExplanation(io: Io, path: string, what: Explained): string {
  const page = resolve(io.cwd, path);
  const picture = `${page.replace(/\.md$/, '')}.svg`;
  const { markdown, svg } = explanation(what, picture);
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, markdown);
  if (svg !== null) writeFileSync(picture, svg);
  return path;
}
