/**
 * A verdict as glyph and word, never as colour alone.
 */
import type { Verdict } from '../../../harness/verdict.ts';
import { GLYPH } from '../../terminal/style.ts';
import { html, type Markup } from '../markup.ts';

/** The badge. */
export function badge(verdict: Verdict, small = false): Markup {
  return html`<span class="badge v-${verdict}${small ? ' plain-badge' : ''}"><span aria-hidden="true">${GLYPH[verdict]}</span> ${small ? verdict : verdict.toUpperCase()}</span>`;
}
