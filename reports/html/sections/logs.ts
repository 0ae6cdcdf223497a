/**
 * What nodes printed: near the cursor of the charts where lines carry a time, and as excerpts of every file.
 */
import { count, counted } from '../../format.ts';
import type { ReportModel } from '../../model.ts';
import { html, type Markup } from '../markup.ts';

/** The section; nothing where nothing was printed. */
export function logSection(model: ReportModel): Markup {
  if (model.logs.length === 0) return html``;
  const crashes = model.logs.reduce((sum, log) => sum + log.lines.filter(({ crash }) => crash).length, 0);
  return html`<section id="logs"><h2>Logs</h2><p class="lead">What nodes printed, excerpts of ${counted(model.logs.length, 'file')}; the whole files are in the run folder. ${crashes > 0 ? html`<b class="no">${counted(crashes, 'line looks', 'lines look')} like a crash.</b>` : 'No line looks like a crash.'}</p>
${
  model.logLines.length > 0 &&
  html`<div class="needs-js"><div class="sub">In the shown stretch, by the clock of each node; the line nearest to the cursor is marked</div><div class="op-table short" id="log-table" tabindex="0" role="grid" aria-label="Log lines in the shown stretch"></div><p class="soft" id="log-note" role="status"></p></div>`
}
<div class="sub">By file</div>
${[...model.logs]
  .sort((a, b) => crashesOf(b) - crashesOf(a))
  .map((log) => {
    const bad = crashesOf(log);
    return html`<details class="card" ${bad > 0 && 'open'}><summary><b>${log.node}</b> <span class="mono soft">${log.path}</span> <span class="soft">${count(log.bytes)} bytes${log.partial && ', excerpt'}</span>${bad > 0 && html` <span class="no">${counted(bad, 'line looks', 'lines look')} like a crash</span>`}</summary>
<div class="log" tabindex="0">${log.lines.map((line) => html`<div class="${line.crash ? 'crash' : 'line'}"><i>${line.number}</i>${line.text}</div>`)}</div></details>`;
  })}</section>`;
}

function crashesOf(log: ReportModel['logs'][number]): number {
  return log.lines.filter(({ crash }) => crash).length;
}
