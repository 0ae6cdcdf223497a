/**
 * What the pages of `faultline serve` have in common: one style, one script, and a content security policy that allows
 * these two and a connection back to where the page came from.
 */
import { hashOf } from '../html/build.ts';
import { bundledScript } from '../html/bundled.ts';
import { html, type Markup } from '../html/markup.ts';
import { PAGE } from '../html/style/page.ts';
import { TOKENS } from '../html/style/tokens.ts';
import { GLYPH } from '../terminal/style.ts';
import type { Standing } from './run-list.ts';
import { SERVE } from './style.ts';

const STYLE = TOKENS + PAGE + SERVE;

/** A page and the policy it is sent with. */
export interface ServedPage {
  text: string;
  policy: string;
}

/** A page of a title, what is in it, and the script of that name. */
export function page(title: string, body: Markup, script: 'runs' | 'live'): ServedPage {
  const code = bundledScript(`reports/serve/${script}.js`);
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(STYLE)}'`,
    `script-src '${hashOf(code)}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  const text = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="faultline">
${html`<title>${title}</title>`.text}
<style>${STYLE}</style></head>
${body.text}
<script>${code}</script>
</body></html>
`;
  return { text, policy };
}

const WORDS: Readonly<Record<'running' | 'no verdict', { glyph: string; style: string }>> = {
  running: { glyph: '▶', style: 'running' },
  'no verdict': { glyph: '–', style: 'none' },
};

/** The class that colours a standing. */
export function styleOf(standing: Standing): string {
  return standing === 'running' || standing === 'no verdict' ? WORDS[standing].style : standing;
}

/** The sign of a standing, where there is no room for its word. */
export function glyphOf(standing: Standing): string {
  return standing === 'running' || standing === 'no verdict' ? WORDS[standing].glyph : GLYPH[standing];
}

/** A standing as a badge: glyph, word and colour. */
export function standingBadge(standing: Standing): Markup {
  return html`<span class="badge plain-badge v-${styleOf(standing)}"><span aria-hidden="true">${glyphOf(standing)}</span> ${standing}</span>`;
}

/** The path of a run below the root of the server, each part escaped. */
export function pathOf(id: string): string {
  return id.split('/').map(encodeURIComponent).join('/');
}
