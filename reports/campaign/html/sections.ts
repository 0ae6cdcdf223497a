/**
 * The sections of a night's page, in the order in which they are read: what it came to, what changed, what failed,
 * then everything that explains it.
 */
import { type ScenarioSummary, type State, stateOfRun } from '../../../harness/campaign/compare.ts';
import type { CampaignSummary, NightRun } from '../../../harness/campaign/summary.ts';
import type { Verdict } from '../../../harness/verdict.ts';
import { count, counted, duration } from '../../format.ts';
import { html, type Markup } from '../../html/markup.ts';
import { badge } from '../../html/sections/badge.ts';
import { costText, reproducedText, stateWord } from '../text.ts';
import { jobLanes, legend, nightBars } from './charts.ts';
import { pastSigns, path, reportLink, sign, stateBadge } from './parts.ts';

const VERDICTS: readonly Verdict[] = ['fail', 'broken', 'unknown', 'vacuous', 'pass'];
/** Runs with a card of their own; the rest stands in the matrix. */
const CARDS = 100;
const SLOWEST = 10;
/** Names of runs that were skipped: all at once, and at most. */
const FEW_NAMES = 5;
const MOST_NAMES = 200;

/** Verdict, sentence, counts, cost, command. */
export function headSection(summary: CampaignSummary): Markup {
  const { verdict, sentence, name, commit, started, elapsedMs, budgetMs, seedSource, counts, command } =
    summary;
  const budget = budgetMs === null ? '' : ` of ${duration(budgetMs * 1e6)} budget`;
  return html`<section class="verdict" id="verdict" aria-label="Verdict">
${badge(verdict)}
<h1>${sentence}</h1>
<p class="facts"><span>campaign <b>${name}</b></span><span>commit <b class="mono">${commit ?? 'none'}</b></span><span>${started.slice(0, 19).replace('T', ' ')} UTC</span><span><b>${duration(elapsedMs * 1e6)}</b>${budget}</span><span>seeds ${seedSource}</span></p>
${summary.interrupted && html`<p class="facts maybe">The night was interrupted; what there was is shown.</p>`}
${summary.allow.length > 0 && html`<p class="facts maybe">Allowed, so that the exit code is 0 all the same: ${summary.allow.join(', ')}.</p>`}
<div class="tiles">${VERDICTS.map((one) => html`<div class="tile"><b>${count(counts[one])}</b>${sign(one)}</div>`)}</div>
<p class="facts">${costText(summary)}</p>
<div class="command"><span class="what">again</span><code>${command}</code></div>
${notesOf(summary)}</section>`;
}

function notesOf({ canaries, notes, skipped, twice }: CampaignSummary): Markup | null {
  const lines = [
    ...(canaries.missed.length > 0
      ? [
          `Planted bugs that nobody found: ${canaries.missed.join(', ')}. What passed tonight cannot be believed.`,
        ]
      : []),
    ...(twice.different > 0
      ? [
          `${counted(twice.different, 'deterministic run was', 'deterministic runs were')} not the same twice.`,
        ]
      : []),
    ...(skipped.length > 0
      ? [`${counted(skipped.length, 'run was', 'runs were')} skipped: ${skipped[0]!.because}.`]
      : []),
    ...notes,
  ];
  return lines.length === 0
    ? null
    : html`<ul class="problems" aria-label="Notes">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

const CHANGES: readonly State[] = [
  ...(['new', 'still', 'fixed', 'new-broken', 'new-unknown'] as const),
  ...(['unproved', 'slower', 'fewer-operations'] as const),
];

/** New, still failing, fixed. */
export function changeSection({ scenarios, nights }: CampaignSummary): Markup {
  const isFirst = nights.length === 0 && scenarios.every(({ past }) => past.length === 0);
  const changed = scenarios
    .filter(({ state }) => CHANGES.includes(state))
    .sort((a, b) => CHANGES.indexOf(a.state) - CHANGES.indexOf(b.state));
  const told = (['new', 'still', 'fixed'] as const)
    .map((state) => `${scenarios.filter((one) => one.state === state).length} ${stateWord(state)}`)
    .join(', ');
  return html`<section id="changes"><h2>Against the last night</h2><p class="lead">${isFirst ? 'There is no earlier night to compare with.' : `${told}.`}</p>
${
  changed.length > 0 &&
  table(
    ['', 'scenario', 'why', 'fails by', 'last nights'],
    changed.map(
      (one) =>
        html`<tr><td>${stateBadge(one)}</td><td class="mono name">${path(one.name)}</td><td class="wide">${one.said}</td><td class="wide">${one.kinds.length > 0 && html`<span class="kind">${one.kinds.join(', ')}</span>`}</td><td>${pastSigns(one)}</td></tr>`,
    ),
  )
}</section>`;
}

/** A card for each run that is not a pass. */
export function failureSection({ runs, scenarios }: CampaignSummary): Markup | null {
  const bad = runs.filter(({ verdict }) => verdict !== 'pass');
  if (bad.length === 0) return null;
  const more = bad.length - CARDS;
  return html`<section id="failures"><h2>What is not a pass</h2>
${bad.slice(0, CARDS).map((run) =>
  card(
    run,
    scenarios.find(({ name }) => name === run.scenario),
  ),
)}
${more > 0 && html`<p class="lead">${more} more are in summary.json.</p>`}</section>`;
}

function card(run: NightRun, scenario: ScenarioSummary | undefined): Markup {
  const more = [reproducedText(run), run.broke > 0 ? `broke ${counted(run.broke, 'time')} before` : ''];
  return html`<article class="card ${run.verdict === 'fail' || run.verdict === 'broken' ? 'bad' : ''}"><div class="card-head">${badge(run.verdict, true)}<h3 class="mono">${run.scenario}</h3>${run.seed !== null && html`<span class="soft">seed <span class="mono">${run.seed}</span></span>`}${scenario !== undefined && stateBadge(stateOfRun(run, scenario))}${run.kinds.length > 0 && html`<span class="kind">${run.kinds.join(', ')}</span>`}<span class="grow"></span><span class="soft">${more.filter(Boolean).join('; ')}</span><a href="${reportLink(run)}">report</a></div>
<p class="sentence">${run.sentence}</p><div class="command"><span class="what">again</span><code>${run.repro}</code></div></article>`;
}

/** Systems and workloads down, packages of faults across. */
export function matrixSection(summary: CampaignSummary): Markup {
  const cells = summary.scenarios.filter(({ name, kind }) => kind === 'run' && name.split('/').length === 3);
  // By name: the same table from night to night, whatever ran first.
  const rows = [...new Set(cells.map(({ name }) => name.split('/').slice(0, 2).join('/')))].sort();
  const columns = [...new Set(cells.map(({ name }) => name.split('/')[2]!))].sort();
  const others = summary.scenarios.filter((one) => !cells.includes(one));
  const cell = (row: string, column: string): Markup => {
    const found = cells.find(({ name }) => name === `${row}/${column}`);
    if (found !== undefined) return html`<td>${cellOf(found, summary.runs)}</td>`;
    const left = summary.leftOut.find(({ name }) => name === `${row}/${column}`);
    return html`<td class="none" title="${left?.because ?? 'not run'}">·</td>`;
  };
  return html`<section id="matrix"><h2>Matrix</h2><p class="lead">${counted(cells.length, 'scenario')}; the worst of its runs, and how many passed.</p>
<div class="scroll"><table class="matrix"><thead><tr><th>system / workload</th>${columns.map((column) => html`<th>${column}</th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr><th scope="row">${path(row)}</th>${columns.map((column) => cell(row, column))}</tr>`)}</tbody></table></div>
${
  others.length > 0 &&
  table(
    ['canaries and regressions', 'verdict', 'time'],
    others.map(
      (one) =>
        html`<tr><td class="mono name">${path(one.name)}</td><td>${cellOf(one, summary.runs)}</td><td class="num">${duration(one.meanMs * 1e6)}</td></tr>`,
    ),
  )
}</section>`;
}

function cellOf(
  { name, verdict, verdicts, runs: of, flaky }: ScenarioSummary,
  runs: readonly NightRun[],
): Markup {
  const worst = runs.find((run) => run.scenario === name && run.verdict === verdict);
  const text = of === 1 ? verdict : `${verdict} (${verdicts.pass ?? 0} of ${of} pass)`;
  const shown = html`${sign(verdict, text)}${flaky > 0 && html` <span class="maybe" title="flaky">~</span>`}`;
  return worst === undefined ? shown : html`<a href="${reportLink(worst)}">${shown}</a>`;
}

/** How nights ended, as bars and as a table. */
export function trendSection(summary: CampaignSummary): Markup {
  const { nights } = summary;
  return html`<section id="trend"><h2>Trend</h2><p class="lead">${counted(nights.length, 'earlier night')}.</p>${nightBars(summary)}${legend(false)}
${
  nights.length > 0 &&
  html`<details class="more"><summary>As a table</summary>${table(
    ['night', 'commit', 'runs', ...VERDICTS, 'flaky'],
    [...nights]
      .reverse()
      .map(
        (one) =>
          html`<tr><td class="nowrap">${one.night.slice(0, 16).replace('T', ' ')}</td><td class="mono">${one.commit ?? ''}</td><td class="num">${one.runs}</td>${VERDICTS.map((verdict) => html`<td class="num">${one.verdicts[verdict] ?? 0}</td>`)}<td class="num">${one.flaky}</td></tr>`,
      ),
  )}</details>`
}</section>`;
}

/** What each job did when, and which runs took longest. */
export function timeSection(summary: CampaignSummary): Markup {
  const slowest = [...summary.runs].sort((a, b) => b.tookMs - a.tookMs).slice(0, SLOWEST);
  return html`<section id="time"><h2>Jobs and shards</h2><p class="lead">${summary.shards.map(({ index, of, runs, elapsedMs, jobs }) => `${of > 1 ? `shard ${index} of ${of}: ` : ''}${counted(runs, 'run')}, ${jobs} at a time, ${duration(elapsedMs * 1e6)}`).join('; ')}.</p>
${summary.spans.length > 0 && html`${jobLanes(summary)}${legend(true)}`}
<p class="sub">Slowest</p>${table(
    ['run', 'seed', 'verdict', 'time', 'operations'],
    slowest.map(
      (run) =>
        html`<tr><td class="mono name"><a href="${reportLink(run)}">${path(run.id)}</a></td><td class="mono">${run.seed ?? ''}</td><td>${sign(run.verdict)}</td><td class="num">${duration(run.tookMs * 1e6)}</td><td class="num">${count(run.operations)}</td></tr>`,
    ),
  )}</section>`;
}

/** Scenarios that broke before they decided, or were not the same twice, tonight or lately. */
export function flakeSection({ scenarios }: CampaignSummary): Markup | null {
  const flaky = scenarios.filter((one) => one.flaky > 0 || one.past.some((night) => night.flaky > 0));
  if (flaky.length === 0) return null;
  return html`<section id="flakes"><h2>Flakes</h2><p class="lead">Runs that broke before they ended as something else, or were not the same twice. A failure is never one: it stays a failure.</p>
${table(
  ['scenario', 'tonight', 'nights', 'last nights'],
  flaky.map(
    (one) =>
      html`<tr><td class="mono name">${path(one.name)}</td><td class="num">${one.flaky}</td><td class="num">${one.past.filter((night) => night.flaky > 0).length} of ${one.past.length}</td><td>${pastSigns(one)}</td></tr>`,
  ),
)}</section>`;
}

/** What was not run, and what nobody would notice. */
export function coverageSection({ canaries, skipped, leftOut, twice, versions }: CampaignSummary): Markup {
  return html`<section id="coverage"><h2>Canaries and what did not run</h2>
<dl class="pairs"><dt>canaries</dt><dd>${canaries.caught} of ${counted(canaries.planned, 'planted bug')} caught</dd>
${canaries.without.length > 0 && html`<dt>without a canary</dt><dd>${canaries.without.join(', ')}</dd>`}
<dt>carried out twice</dt><dd>${counted(twice.compared, 'deterministic run')}, ${twice.different} different</dd>
<dt>versions</dt><dd>faultline ${versions.faultline}, Node ${versions.node}</dd></dl>
${
  skipped.length > 0 &&
  html`<p class="sub">Skipped</p>${[...new Set(skipped.map(({ because }) => because))].map((because) =>
    skippedFor(
      because,
      skipped.filter((one) => one.because === because).map(({ id }) => id),
    ),
  )}`
}
${
  leftOut.length > 0 &&
  html`<details class="more"><summary>${counted(leftOut.length, 'cell')} left out</summary>${table(
    ['cell', 'why'],
    leftOut
      .slice(0, 500)
      .map(
        ({ name, because }) =>
          html`<tr><td class="mono name">${path(name)}</td><td class="wide">${because}</td></tr>`,
      ),
  )}</details>`
}</section>`;
}

/** All runs that were skipped for one reason; many names are folded away. */
function skippedFor(because: string, ids: readonly string[]): Markup {
  const names = html`<p class="mono names">${ids.slice(0, MOST_NAMES).map((id) => html`<span>${path(id)}</span> `)}${ids.length > MOST_NAMES && html`<span class="soft">and ${ids.length - MOST_NAMES} more, in summary.json</span>`}</p>`;
  const said = html`<b>${counted(ids.length, 'run')}</b>: ${because}`;
  if (ids.length <= FEW_NAMES) return html`<p class="lead">${said}</p>${names}`;
  return html`<details class="card"><summary>${said}</summary>${names}</details>`;
}

/** Heads over numbers stand where the numbers do. */
const NUMBERS: ReadonlySet<string> = new Set([
  ...['time', 'operations', 'tonight', 'nights', 'runs', 'flaky'],
  ...VERDICTS,
]);

function table(heads: readonly string[], rows: readonly Markup[]): Markup {
  return html`<div class="scroll"><table><thead><tr>${heads.map((head) => (NUMBERS.has(head) ? html`<th class="num">${head}</th>` : html`<th>${head}</th>`))}</tr></thead><tbody>${rows}</tbody></table></div>`;
}
