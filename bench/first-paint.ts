/**
 * Processor time on the way to the first paint of a page, from a trace of the browser: what all of its threads that make
 * and draw this page did until the picture was on the screen.
 */
import { type Browser, openTab } from '../tests/e2e/browser.ts';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  tdur?: number;
  args?: { data?: { documentLoaderURL?: string } };
}

const CATEGORIES = ['-*', 'toplevel', 'blink.user_timing', 'loading', 'devtools.timeline'];

/** Milliseconds of the page's process between the start of the navigation and the first contentful paint. */
export async function firstPaintCpuMs(browser: Browser, url: string): Promise<number> {
  const { page } = await openTab(browser);
  try {
    await browser.startTracing(page, { categories: CATEGORIES });
    await page.goto(url);
    const painted = `performance.getEntriesByName('first-contentful-paint').length > 0`;
    while ((await page.evaluate(painted)) !== true) await page.waitForTimeout(20);
    return cpuMs(await browser.stopTracing());
  } finally {
    await page.context().close();
  }
}

function cpuMs(trace: Buffer): number {
  const { traceEvents } = JSON.parse(trace.toString('utf8')) as { traceEvents: TraceEvent[] };
  const start = traceEvents.findLast(
    ({ name, args }) => name === 'navigationStart' && args?.data?.documentLoaderURL?.startsWith('file:'),
  );
  const paint = traceEvents.findLast(
    ({ name, pid }) => name === 'firstContentfulPaint' && pid === start?.pid,
  );
  if (start === undefined || paint === undefined) throw new Error('the trace has no first paint');
  let microseconds = 0;
  for (const { name, ph, pid, ts, tdur } of traceEvents) {
    const task = name === 'ThreadControllerImpl::RunTask' || name === 'ThreadPool_RunTask';
    if (task && ph === 'X' && pid === start.pid && ts >= start.ts && ts <= paint.ts)
      microseconds += tdur ?? 0;
  }
  return microseconds / 1000;
}
