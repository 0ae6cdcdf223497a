/**
 * The place of the space-time diagram with its switches; where nobody saw messages, why not.
 */
import { counted } from '../../format.ts';
import type { ReportModel } from '../../model.ts';
import { html, type Markup } from '../markup.ts';

/** The section. */
export function messageSection(model: ReportModel): Markup {
  const { messageLog: log } = model;
  if (log === null || log.count === 0) {
    const why =
      log === null
        ? `No journal of messages: the network of backend ${model.backend || 'this run'} does not see single messages. Runs on stdio and sim journal them.`
        : 'No message was sent.';
    return html`<section id="messages"><h2>Messages</h2><p class="lead">${why}</p></section>`;
  }
  const lost = log.fate.reduce((sum, fate) => sum + Number(fate !== 0), 0);
  return html`<section id="messages"><h2>Messages</h2><p class="lead">The network saw ${counted(log.count, 'message')}${lost > 0 && `, of which ${counted(lost, 'was', 'were')} not delivered`}.<span class="needs-js-inline"> An arrow runs from where a message was sent to where it arrived, on the time axis of the charts above; a dashed one was lost. Click two events to see whether one happened before the other.</span></p>
<p class="no-js lead">The diagram needs scripts; <code>${model.commands.show} --svg</code> draws it to a file, messages.jsonl beside this page has every message.</p>
<div class="needs-js"><div class="tools"><span class="chips" id="message-hosts" role="group" aria-label="Processes shown"></span><span class="grow"></span>
<label class="soft">timestamps <select id="message-stamps"><option value="lamport">Lamport</option><option value="vector">vector, of nodes</option><option value="none">none</option></select></label>
<label class="soft"><input type="checkbox" id="message-collapse"> clients on one line</label><label class="soft"><input type="checkbox" id="message-probes"> questions who leads</label>
<button type="button" class="button" id="message-clear" hidden>clear</button></div>
<div class="chart-card"><canvas id="space-time" tabindex="0" role="img" aria-label="Space-time diagram of messages; the list below has the same content"></canvas><div class="legend"><span id="message-note" role="status"></span></div></div>
<div id="message-words" class="message-words" aria-live="polite"></div>
<details class="twin"><summary>the same as a list</summary><div class="op-table short" id="message-table" tabindex="0" role="grid" aria-label="Messages in the shown stretch; s picks the send, r the receipt"></div></details></div></section>`;
}
