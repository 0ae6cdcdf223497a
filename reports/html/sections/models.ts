/**
 * Which consistency models fall with a finding, as far as its checker says: the weakest that falls, everything that
 * falls with it, and the strongest that remains possible.
 */
import { counted } from '../../format.ts';
import type { Finding, ReportModel } from '../../model.ts';
import { list, strings, text } from '../../read-json.ts';
import { html, type Markup } from '../markup.ts';

/** What falls, by the figures of one checker. */
interface Fallen {
  weakest: string[];
  all: string[];
  possible: string[];
  undecided: string[];
}

/** What a checker's figures say about models; null when they say nothing. */
export function fallenOf(stats: Readonly<Record<string, unknown>>): Fallen | null {
  // Session guarantees fall in sets: those are written as they are.
  const all = list(stats['refuted']).map((one) =>
    Array.isArray(one) ? strings(one).join(' + ') : text(one),
  );
  const weakest = strings(stats['weakestRefuted']);
  if (all.length === 0) return null;
  return {
    weakest: weakest.length > 0 ? weakest : all,
    all,
    possible: strings(stats['strongestPossible']),
    undecided: strings(stats['undecided']),
  };
}

/** The part of the first card of a checker; nothing where the checker knows no models. */
export function modelsPart(model: ReportModel, finding: Finding): Markup {
  const checker = model.checkers.find((one) => one.name === finding.checker);
  const first = model.findings.find((one) => one.checker === finding.checker) === finding;
  const fallen = checker === undefined || !first ? null : fallenOf(checker.stats);
  if (fallen === null) return html``;
  const others = fallen.all.filter((name) => !fallen.weakest.includes(name));
  const names = (all: readonly string[]): Markup =>
    html`${all.map((name) => html`<span class="tag">${name}</span> `)}`;
  return html`<div class="sub">Consistency models that fall, by all that ${finding.checker} found</div>
<p>${fallen.weakest.length > 1 ? 'The weakest:' : 'The weakest is'} ${names(fallen.weakest)}${others.length === 0 && ' and nothing stronger was asked about.'}</p>
${others.length > 0 && html`<details><summary class="soft">with it ${counted(others.length, 'stronger model')}</summary><p class="tags">${names(others)}</p></details>`}
${fallen.possible.length > 0 && html`<p class="soft">The strongest that remains possible: ${names(fallen.possible)}</p>`}
${fallen.undecided.length > 0 && html`<p class="soft">Not decided: ${names(fallen.undecided)}</p>`}`;
}
