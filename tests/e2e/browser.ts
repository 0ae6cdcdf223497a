/**
 * The Chromium of this machine, driven by playwright-core, for tests and benches of pages. Nothing is downloaded: where
 * Debian's package is missing there is a reason to print instead. The only file that knows playwright-core.
 */
import { existsSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export type { Browser, Page };

const EXECUTABLE = '/usr/bin/chromium';

/** Why no page can be opened here; null when one can. */
export const NO_BROWSER: string | null = existsSync(EXECUTABLE)
  ? null
  : `there is no ${EXECUTABLE}: apt-get install chromium`;

/** A page with what it complained about: exceptions, refused resources, console output. */
export interface Tab {
  page: Page;
  problems: string[];
}

/** Starts a browser; `flags` are of its command line. Whoever starts it closes it. */
export async function startBrowser(flags: readonly string[] = []): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: EXECUTABLE, args: ['--disable-gpu', ...flags], timeout: 60_000 });
}

/** An empty page with storage, size and settings of its own. Closing the browser closes it. */
export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => problems.push(`${message.type()}: ${message.text()}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // A page that closes a stream of events is told so in these words; one whose server went away in others.
    const isClosing = request.resourceType() === 'eventsource' && reason === 'net::ERR_ABORTED';
    if (!isClosing) problems.push(`${request.url()}: ${reason}`);
  });
  return { page, problems };
}
