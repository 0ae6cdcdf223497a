/**
 * The report's application: reads the overview, draws at once what it can, decodes the operations, then answers
 * to the reader. Without it the page still says what happened.
 */
import { moment } from '../../format.ts';
import type { Overview, OverviewRest } from '../overview.ts';
import { attachCompare } from './compare.ts';
import { copyFrom } from './copy.ts';
import { attachCopy, stretchOp } from './copy-stretch.ts';
import { Ops } from './data.ts';
import { attachDetails } from './details.ts';
import { byId } from './dom.ts';
import { ErrorChart } from './error-chart.ts';
import { attachFilter } from './filter-box.ts';
import { attachChips } from './filter-chips.ts';
import { inflate } from './inflate.ts';
import { attachKeys, goToFault, showFinding } from './keys.ts';
import { Lanes } from './lanes.ts';
import { LatencyChart } from './latency-chart.ts';
import { attachLogs } from './log-panel.ts';
import { attachMarkBar } from './mark-bar.ts';
import { attachMessages } from './message-panel.ts';
import { attachPlace, goTo } from './place.ts';
import { attachPointer } from './pointer.ts';
import { RateChart } from './rate-chart.ts';
import { attachSlices } from './slices.ts';
import { fixtureOf } from './stretch-text.ts';
import { Strip } from './strip.ts';
import { OpTable } from './table.ts';
import { applyStoredTheme, forgetColours, startTheme } from './theme.ts';
import { type LaneMode, View } from './view.ts';
import { length } from './words.ts';

/** How long the first paint is waited for, ms: pages in the background are not painted at all. */
const PAINT_WAIT_MS = 500;

/** The parts every listener needs. */
interface App {
  overview: Overview;
  ops: Ops;
  view: View;
  lanes: Lanes;
  theme: { toggle(): void };
}

document.documentElement.classList.add('js');
applyStoredTheme();
performance.mark('faultline-start');
afterFirstPaint(() => {
  const app = boot();
  attachTools(app);
  app.view.changed('data');
  requestAnimationFrame(() => performance.mark('faultline-overview'));
  void start(app);
});

/**
 * What can be read is shown before anything is computed. A frame that was made is not on the screen yet: whatever runs
 * before it is there takes the processors from its painting.
 */
function afterFirstPaint(run: () => void): void {
  let done = false;
  const once = (): void => {
    if (!done) run();
    done = true;
  };
  new PerformanceObserver((list) => {
    if (list.getEntriesByName('first-contentful-paint').length > 0) setTimeout(once);
  }).observe({ type: 'paint', buffered: true });
  setTimeout(once, document.visibilityState === 'hidden' ? 0 : PAINT_WAIT_MS);
}

function boot(): App {
  const overview = JSON.parse(byId('overview').textContent ?? '') as Overview;
  const ops = new Ops(overview);
  const view = new View(ops);
  // Before the charts, which listen too.
  view.on((changes) => {
    if (changes.has('theme')) forgetColours();
  });
  const theme = startTheme((chosen) => {
    forgetColours();
    if (chosen !== null) view.extra.set('theme', chosen);
    view.changed('theme');
  });
  new Strip(view);
  const lanes = new Lanes(view);
  attachPointer(lanes, view);
  attachPointer(new LatencyChart(view), view);
  attachPointer(new RateChart(view), view);
  attachPointer(new ErrorChart(view), view);
  new OpTable(view);
  const messages = attachMessages(view);
  if (messages !== null) attachPointer(messages.chart, view, (event) => messages.state.pick(event));
  attachDetails(view, messages?.state ?? null);
  attachLogs(view);
  attachSlices(view);
  attachPlace(view);
  attachCompare();
  attachFilter(view);
  attachChips(view);
  attachCopy(view);
  attachMarkBar(view);
  attachKeys(view, () => theme.toggle());
  return { overview, ops, view, lanes, theme };
}

function attachTools({ overview, ops, view, lanes, theme }: App): void {
  byId('theme').addEventListener('click', () => theme.toggle());
  const mode = byId<HTMLSelectElement>('lane-mode');
  mode.addEventListener('change', () => {
    view.laneMode = mode.value as LaneMode;
    view.changed('lanes');
  });
  for (const button of document.querySelectorAll<HTMLElement>('[data-zoom]')) {
    button.addEventListener('click', () => {
      const how = button.dataset['zoom'];
      if (how === 'fit') view.show(0, view.end);
      else view.zoom(how === 'in' ? 0.6 : 1 / 0.6);
    });
  }
  for (const button of document.querySelectorAll<HTMLElement>('[data-finding]')) {
    button.addEventListener('click', () => {
      showFinding(view, Number(button.dataset['finding']));
      byId('timeline').scrollIntoView();
    });
  }
  for (const link of document.querySelectorAll<HTMLElement>('[data-fault]')) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      goToFault(view, Number(link.dataset['fault']));
      goTo('timeline');
    });
  }
  for (const button of document.querySelectorAll<HTMLElement>('[data-copy]')) {
    button.addEventListener(
      'click',
      () => void copyFrom(button, button.previousElementSibling?.textContent ?? ''),
    );
  }
  for (const button of document.querySelectorAll<HTMLElement>('[data-copy-template]')) {
    const template = byId<HTMLTemplateElement>(button.dataset['copyTemplate']!);
    button.addEventListener('click', () => void copyFrom(button, template.content.textContent ?? ''));
  }
  for (const button of document.querySelectorAll<HTMLElement>('[data-fixture]')) {
    button.addEventListener('click', () => {
      const finding = overview.findings[Number(button.dataset['fixture'])];
      const text = fixtureOf((finding?.rows ?? []).map((row) => stretchOp(ops, row)));
      void copyFrom(button, text ?? 'a value is too long for this page: take the lines from history.jsonl');
    });
  }
  view.on((changes) => {
    mode.value = view.laneMode;
    if (!changes.has('window') && !changes.has('lanes') && !changes.has('data')) return;
    const { from, to } = view;
    const { note } = lanes.layout;
    byId('window-note').textContent =
      `${moment(from * 1000)} to ${moment(to * 1000)} (${length(to - from)})${note === '' ? '' : `; ${note}`}`;
  });
}

async function start({ ops, view }: App): Promise<void> {
  // The blocks stand after this script in the file.
  if (document.readyState === 'loading') {
    await new Promise((resolve) => addEventListener('DOMContentLoaded', resolve, { once: true }));
  }
  const rest = document.getElementById('overview-rest');
  if (rest !== null) {
    const words = new TextDecoder().decode(await inflate(rest.textContent ?? ''));
    Object.assign(ops.overview, JSON.parse(words) as OverviewRest);
  }
  // The first block is shown at once, the rest when all is there: drawing in between would only slow it down.
  let first = true;
  await ops.load(() => {
    if (first) view.changed('data');
    first = false;
  });
  performance.mark('faultline-loaded');
  document.documentElement.classList.add('whole');
  view.applyFilter();
  view.readAddress();
  addEventListener('hashchange', () => view.readAddress());
  view.changed('data', 'window');
  document.documentElement.dataset['ready'] = 'true';
}
