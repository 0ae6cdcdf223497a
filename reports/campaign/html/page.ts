/**
 * A night as one self-contained page: no script, no network, no inline style; the content security policy allows the
 * one style sheet in it and nothing else.
 */
import type { CampaignSummary } from '../../../harness/campaign/summary.ts';
import { hashOf } from '../../html/build.ts';
import { html } from '../../html/markup.ts';
import { badge } from '../../html/sections/badge.ts';
import { PAGE } from '../../html/style/page.ts';
import { TOKENS } from '../../html/style/tokens.ts';
import {
  changeSection,
  coverageSection,
  failureSection,
  flakeSection,
  headSection,
  matrixSection,
  timeSection,
  trendSection,
} from './sections.ts';
import { NIGHT } from './style.ts';

/** The page. O(runs). */
export function campaignHtml(summary: CampaignSummary): string {
  const style = TOKENS + PAGE + NIGHT;
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ];
  const { verdict, name, commit, started } = summary;
  const flakes = flakeSection(summary);
  const failures = failureSection(summary);
  const entries = [
    ['verdict', 'Verdict'],
    ['changes', 'Against the last night'],
    ...(failures === null ? [] : [['failures', 'What is not a pass']]),
    ['matrix', 'Matrix'],
    ['trend', 'Trend'],
    ['time', 'Jobs and shards'],
    ...(flakes === null ? [] : [['flakes', 'Flakes']]),
    ['coverage', 'Canaries and coverage'],
  ];
  const title = `${verdict.toUpperCase()} ${name}${commit === null ? '' : ` ${commit}`}, ${started.slice(0, 10)}`;
  const head = `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy.join('; ')}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="generator" content="faultline">
${html`<title>${title}</title>`.text}
<style>${style}</style></head>
`;
  const body = html`<body><a class="skip" href="#verdict">Skip to the verdict</a>
<header class="bar"><span class="brand">faultline</span>${badge(verdict, true)}<span class="name"><b>${name}</b> ${commit ?? ''} ${started.slice(0, 10)}</span></header>
<div class="layout"><nav aria-label="Sections"><ol>${entries.map(([id, text]) => html`<li><a href="#${id}">${text}</a></li>`)}</ol></nav>
<main>${headSection(summary)}${changeSection(summary)}${failures}${matrixSection(summary)}${trendSection(summary)}${timeSection(summary)}${flakes}${coverageSection(summary)}
<footer>Written by faultline. This page is one file without scripts and without network access; links lead to the reports of runs in the folders beside it.</footer></main></div></body></html>
`;
  return head + body.text;
}
