/**
 * What nodes printed: near the cursor of the charts where lines carry a time, and as excerpts of every file.
 */
import { bytes, counted } from '../../format.ts';
import type { ReportModel } from '../../model.ts';
import { html, type Markup } from '../markup.ts';

/** The section; nothing where nothing was printed. */
export function logSection(model: ReportModel): Markup {
  if (model.logs.length === 0) return html``;
  const crashes = model.logs.reduce((sum, log) => sum + log.lines.filter(({ crash }) => crash).length, 0);
  return html`<section id="logs"><h2>Logs</h2><p class="lead">What nodes printed, excerpts of ${counted(model.logs.length, 'file')}; the whole files are in the run folder, beside this report. ${crashes > 0 ? html`<b class="no">${counted(crashes, 'line looks', 'lines look')} like a crash.</b>` : 'No line looks like a crash.'}</p>
${
  model.logLines.length > 0 &&
  html`<div class="needs-js"><div class="sub">In the shown stretch, by the clock of each node; the line nearest to the cursor is marked</div><div class="op-table short" id="log-table" tabindex="0" role="grid" aria-label="Log lines in the shown stretch"></div><p class="soft" id="log-note" role="status"></p></div>`
}
<div class="sub">By file</div>
${[...model.logs]
  .sort((a, b) => crashesOf(b) - crashesOf(a))
  .map((log) => {
    const bad = crashesOf(log);
    return html`<details class="card" ${bad > 0 && 'open'}><summary><b>${log.node}</b> <span class="mono soft">${log.path}</span> <span class="soft">${bytes(log.bytes)}${log.partial && ', excerpt'}</span>${bad > 0 && html` <span class="no">${counted(bad, 'line looks', 'lines look')} like a crash</span>`}</summary>${whole(log)}
<div class="log" tabindex="0">${log.lines.map((line) => html`<div class="${line.crash ? 'crash' : 'line'}"><i>${line.number}</i>${line.text}</div>`)}</div></details>`;
  })}</section>`;
}

/** A link to the file itself: relative, so that it leads to it from disk and from a server alike. */
function whole(log: ReportModel['logs'][number]): Markup | false {
  const parts = log.path.split(/[\\/]/);
  // Of a run folder, a path leads down from it and to nowhere else.
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return false;
  const href = `./${parts.map(encodeURIComponent).join('/')}`;
  return html`<p class="whole"><a href="${href}" rel="noreferrer">the whole file</a> <span class="soft">(${bytes(log.bytes)}, beside this report)</span></p>`;
}

function crashesOf(log: ReportModel['logs'][number]): number {
  return log.lines.filter(({ crash }) => crash).length;
}
