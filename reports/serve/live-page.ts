/**
 * A run as it goes on: the frame that app/live.ts fills from the events of the run.
 */
import { html } from '../html/markup.ts';
import { page, pathOf, type ServedPage } from './page.ts';

/** The page of one run. */
export function livePage(id: string): ServedPage {
  const body = html`<body data-run="${pathOf(id)}"><header class="bar"><span class="brand"><a href="/">faultline</a></span><span class="name"><b>${id}</b></span>
<button type="button" class="button copy" id="theme">theme</button></header>
<main class="sheet"><section class="verdict" aria-live="polite"><span id="standing"></span><h1 id="headline">connecting</h1><p class="facts" id="facts"></p></section>
<noscript><p class="lead">This page follows a run by a script. Without it: reload /store/${pathOf(id)}/report.html.</p></noscript>
<ol class="stages" id="stages" aria-label="Stages"></ol>
<div class="tiles" id="tiles"></div>
<section aria-label="Rate"><h2>Operations per second</h2><p class="lead" id="rate-words"></p><svg class="spark" id="rate" viewBox="0 0 760 64" preserveAspectRatio="none" role="img" aria-label="operations per second, latest at the right"><path d=""/></svg></section>
<section aria-label="Nodes"><h2>Nodes</h2><div class="scroll"><table><thead><tr><th>node</th><th>state</th><th>why</th><th>leads</th></tr></thead><tbody id="nodes"></tbody></table></div></section>
<section aria-label="Faults"><h2>Faults</h2><ul class="plain" id="faults"></ul></section>
<section aria-label="Checkers"><h2>Checkers</h2><ul class="plain" id="checkers"></ul></section>
<section aria-label="What happened"><h2>What happened</h2><ol class="happened" id="happened"></ol></section></main>`;
  return page(`${id} live`, body, 'live');
}
