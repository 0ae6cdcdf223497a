/**
 * Pieces that several sections of a night's page share: links to runs, signs of verdicts, states.
 */

import type { ScenarioSummary } from '../../../harness/campaign/compare.ts';
import type { NightRun } from '../../../harness/campaign/summary.ts';
import type { Verdict } from '../../../harness/verdict.ts';
import { html, type Markup } from '../../html/markup.ts';
import { GLYPH } from '../../terminal/style.ts';
import { stateWord } from '../text.ts';

/** Where a run's report is, seen from the page; a path and nothing else, whatever folders are called. */
export function reportLink({ folder }: Pick<NightRun, 'folder'>): string {
  return `./${folder.split('/').map(encodeURIComponent).join('/')}/report.html`;
}

/** A name with slashes, which may be broken after each of them and nowhere else. */
export function path(name: string): Markup {
  const parts = name.split('/');
  return html`${parts.map((part, i) => html`${part}${i < parts.length - 1 && html`/<wbr>`}`)}`;
}

/** Glyph and word. */
export function sign(verdict: Verdict, word: string = verdict): Markup {
  return html`<span class="p-${verdict}"><span aria-hidden="true">${GLYPH[verdict]}</span> ${word}</span>`;
}

/** What a scenario is compared with its last night, or nothing. */
export function stateBadge({ state }: Pick<ScenarioSummary, 'state'>): Markup | null {
  return state === 'plain' ? null : html`<span class="state ${state}">${stateWord(state)}</span>`;
}

/** One sign for each of the last nights, the oldest first; the words are in the titles. */
export function pastSigns({ past }: Pick<ScenarioSummary, 'past'>): Markup {
  return html`<span class="past">${past.map(({ night, verdict, flaky }) => html`<span class="p-${verdict}" title="${night.slice(0, 10)} ${verdict}${flaky > 0 ? ', flaky' : ''}">${flaky > 0 && verdict === 'pass' ? '~' : GLYPH[verdict]}</span>`)}</span>`;
}
