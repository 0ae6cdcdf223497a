/**
 * The places the application fills: timeline with its tools, charts, the list of operations. Without scripts
 * they say what is missing and where the data is.
 */
import { html, type Markup } from '../markup.ts';

/** Timeline, charts and list. */
export function timelineSection(): Markup {
  return html`<section id="timeline"><h2>Timeline</h2>
<p class="no-js lead">The timeline, the charts and the list of operations need scripts; everything else on this page does not. The data is in history.jsonl beside this file.</p>
<div class="needs-js">
<p class="lead">Faults, who led, nodes and every client operation on one time axis. Drag to pan, <kbd>ctrl</kbd> + wheel or <kbd>+</kbd> <kbd>-</kbd> to zoom, <kbd>shift</kbd> + drag or <kbd>v</kbd> to mark a stretch, click an operation for its details, <kbd>?</kbd> for all keys.</p>
<div class="tools">
<div class="filter"><label class="visually-hidden" for="filter">Filter operations</label><input id="filter" type="text" spellcheck="false" autocomplete="off" placeholder="filter: key:3 outcome:info latency:&gt;50ms" role="combobox" aria-expanded="false" aria-autocomplete="list" aria-controls="filter-options" aria-describedby="filter-note filter-error"><ul id="filter-options" class="options" role="listbox" aria-label="Suggestions" hidden></ul></div>
<span id="filter-note" class="soft" role="status" aria-live="polite"></span>
<span class="grow"></span>
<label class="soft">copy <select id="copy-as" aria-label="Copy the shown stretch"><option value="">the stretch as</option><option value="diagram">text diagram</option><option value="json">JSON</option><option value="fixture">history for a test</option></select></label><span id="copy-note" class="soft" role="status"></span>
<label class="soft">rows <select id="lane-mode"><option value="process">processes</option><option value="node">nodes</option><option value="key">keys</option></select></label>
<span class="group"><button type="button" class="button" data-zoom="out" aria-label="Zoom out">&minus;</button><button type="button" class="button" data-zoom="in" aria-label="Zoom in">+</button><button type="button" class="button" data-zoom="fit">whole run</button></span>
</div>
<div id="filter-chips" class="chips" role="group" aria-label="Terms of the filter" hidden></div>
<pre id="filter-error" class="filter-error" role="alert" hidden></pre>
<div class="chart-card">
<canvas id="strip" class="strip" tabindex="0" role="img" aria-label="Overview of the run: drag to choose the stretch shown below, or + - and the arrow keys" aria-describedby="strip-words"></canvas>
<canvas id="lanes" tabindex="0" role="img" aria-describedby="strip-words" aria-label="Timeline of faults, leaders, nodes and operations; the list of operations below has the same content"></canvas>
<div class="legend" aria-hidden="true"><span><i class="l-ok"></i>ok</span><span><i class="l-fail"></i>failed</span><span><i class="l-info"></i>ambiguous</span><span><i class="l-bad"></i>witness of an anomaly</span><span id="window-note"></span></div>
</div><p id="strip-words" class="visually-hidden"></p><details class="twin" id="strip-twin"><summary>the whole run as a table</summary><div class="card scroll" id="strip-table"></div></details>
<div id="details" class="panel-details" hidden></div>
</div></section>
<section id="latency" class="needs-js"><h2>Latency and throughput</h2><p class="lead">The same stretch of time: latency on a logarithmic scale with its median and 99th percentile, completions per second by outcome, and errors by class, faults behind all three.</p>
<div class="chart-card"><canvas id="latency-chart" role="img" aria-label="Latency of operations over time; the table below says the same"></canvas><canvas id="rate-chart" role="img" aria-label="Completions per second over time, by outcome; the table below says the same"></canvas><canvas id="error-chart" role="img" aria-label="Errors over time by class; the table below says the same"></canvas>
<div class="legend" aria-hidden="true"><span><i class="l-line"></i>median</span><span><i class="l-dash"></i>99th percentile of ok and ambiguous</span><span><i class="l-ok"></i>ok</span><span><i class="l-fail"></i>failed</span><span><i class="l-maybe"></i>ambiguous</span></div><div class="legend" id="error-words"></div></div><details class="twin" id="latency-twin"><summary>the same as a table</summary><div class="card scroll" id="latency-table"></div></details></section>
<section id="operations" class="needs-js"><h2>Operations</h2><p class="lead" id="table-note"></p>
<div class="op-table" id="op-table" tabindex="0" role="grid" aria-label="Operations in the shown stretch that match the filter"></div></section>
<div id="mark-bar" class="mark-bar" role="region" aria-label="Marked stretch" hidden></div><div id="tip" class="tip" hidden></div><dialog id="help"></dialog>`;
}
