/**
 * The list of runs: by name with how the last ones ended, nights of campaigns, and every run. All of it is there
 * without scripts; searching, sorting and following what goes on is done by app/runs.ts.
 */
import { count, duration } from '../format.ts';
import { html, type Markup } from '../html/markup.ts';
import { glyphOf, page, pathOf, type ServedPage, standingBadge, styleOf } from './page.ts';
import type { NightRow, RunRow } from './run-list.ts';

/** Runs drawn in the trend of a name. */
const TREND = 30;
/** Names of which the trend is shown. */
const MOST_NAMES = 40;
/** Runs in the page: more of them make no list that anybody reads. */
const MOST_RUNS = 5_000;

/** The whole page. O(runs). */
export function listPage(runs: readonly RunRow[], nights: readonly NightRow[]): ServedPage {
  const body = html`<body><header class="bar"><span class="brand">faultline</span><span class="name">runs</span>
<button type="button" class="button copy" id="theme">theme</button></header>
<main class="sheet" id="list">${listSections(runs, nights)}</main>`;
  return page('faultline runs', body, 'runs');
}

/** What changes when a run begins or ends. */
export function listSections(runs: readonly RunRow[], nights: readonly NightRow[]): Markup {
  if (runs.length === 0 && nights.length === 0) {
    return html`<section><h1>No runs yet</h1><p class="lead">Make one: <code>faultline demo</code></p></section>`;
  }
  return html`${nameSection(runs)}${nightSection(nights)}${runSection(runs)}`;
}

function nameSection(runs: readonly RunRow[]): Markup {
  const byName = new Map<string, RunRow[]>();
  for (const run of runs) {
    const rows = byName.get(run.name);
    if (rows === undefined) byName.set(run.name, [run]);
    else rows.push(run);
  }
  const names = [...byName].slice(0, MOST_NAMES);
  const rows = names.map(([name, rows]) => {
    const [last] = rows;
    const passed = rows.filter(({ standing }) => standing === 'pass').length;
    const trend = rows.slice(0, TREND).reverse();
    return html`<tr><td class="nowrap"><a href="#q=${encodeURIComponent(`name:${name}`)}">${name}</a></td><td>${standingBadge(last!.standing)}</td><td class="past">${trend.map((run) => html`<a href="${linkOf(run)}" title="${run.started.slice(0, 19).replace('T', ' ')} ${run.standing}" aria-label="${run.standing}"><span class="p-${styleOf(run.standing)}" aria-hidden="true">${glyphOf(run.standing)}</span></a>`)}</td><td class="num">${count(rows.length)}</td><td class="num">${count(passed)}</td><td class="nowrap">${last!.started.slice(0, 19).replace('T', ' ')}</td></tr>`;
  });
  return html`<section aria-label="Names"><h2>Names</h2><div class="scroll"><table><thead><tr><th>name</th><th>last</th><th>trend, latest at the right</th><th class="num">runs</th><th class="num">passed</th><th>last started (UTC)</th></tr></thead><tbody>${rows}</tbody></table></div>${byName.size > names.length && html`<p class="lead">${byName.size - names.length} names with older runs are not shown here.</p>`}</section>`;
}

function nightSection(nights: readonly NightRow[]): Markup | null {
  if (nights.length === 0) return null;
  const rows = nights.map(
    (night) =>
      html`<tr><td>${standingBadge(night.standing)}</td><td>${night.hasReport ? html`<a href="/store/${pathOf(night.id)}/report.html">${night.name}</a>` : night.name}</td><td class="num">${count(night.runs)}</td><td class="num">${count(night.failed)}</td><td class="nowrap">${night.started.slice(0, 19).replace('T', ' ')}</td></tr>`,
  );
  return html`<section aria-label="Nights"><h2>Nights</h2><div class="scroll"><table><thead><tr><th>verdict</th><th>campaign</th><th class="num">runs</th><th class="num">failed</th><th>started (UTC)</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

const COLUMNS: readonly [string, string][] = [
  ['verdict', 'verdict'],
  ['name', 'name'],
  ['system', 'system'],
  ['workload', 'workload'],
  ['faults', 'faults'],
  ['backend', 'backend'],
  ['seed', 'seed'],
  ['duration', 'duration'],
  ['started', 'started (UTC)'],
];

/** Columns of numbers: their heads stand where the numbers do. */
const NUMBERS: ReadonlySet<string> = new Set(['seed', 'duration']);

function runSection(runs: readonly RunRow[]): Markup {
  const shown = runs.slice(0, MOST_RUNS);
  const heads = COLUMNS.map(
    ([id, name]) =>
      html`<th ${NUMBERS.has(id) && 'class="num"'} data-column="${id}"><button type="button">${name}</button></th>`,
  );
  return html`<section aria-label="Runs"><h2>Runs</h2>
<div class="tools"><input type="search" id="search" aria-label="Search runs" placeholder="raft verdict:fail faults:partition !backend:sim" autocomplete="off" spellcheck="false"><span id="shown" class="soft" aria-live="polite">${count(runs.length)} runs</span><span id="problem" class="problem" role="alert"></span></div>
<div class="scroll"><table id="runs"><thead><tr>${heads}<th>why</th></tr></thead><tbody>${shown.map(runRow)}</tbody></table></div>${runs.length > shown.length && html`<p class="lead">The ${count(shown.length)} latest of ${count(runs.length)} runs.</p>`}</section>`;
}

function runRow(run: RunRow): Markup {
  const length = run.durationMs === null ? '' : duration(run.durationMs * 1e6);
  const system = run.bugs.length > 0 ? `${run.system} with ${run.bugs.join(', ')}` : run.system;
  return html`<tr data-verdict="${run.standing}" data-name="${run.name}" data-system="${system}" data-workload="${run.workload}" data-faults="${run.faults.join(' ')}" data-backend="${run.backend}" data-seed="${run.seed ?? ''}" data-duration="${run.durationMs ?? ''}" data-started="${run.started}"><td>${standingBadge(run.standing)}</td><td class="nowrap"><a href="${linkOf(run)}">${run.name}</a></td><td>${system}</td><td>${run.workload}</td><td>${run.faults.join(' ')}</td><td>${run.backend}</td><td class="num mono">${run.seed}</td><td class="num">${length}</td><td class="nowrap">${run.started.slice(0, 19).replace('T', ' ')}</td><td class="wide why">${run.sentence}</td></tr>`;
}

function linkOf(run: RunRow): string {
  return run.standing === 'running' ? `/live/${pathOf(run.id)}` : `/store/${pathOf(run.id)}/report.html`;
}
