/**
 * A browser for a file of tests: started before the first of them, closed after the last however they went, and an empty
 * page of its own for each. Expressions of tests are strings, since they are evaluated in the page.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { sleep } from '../../harness/time.ts';
import { skipping } from '../kits/skipping.ts';
import { type Browser, NO_BROWSER, openTab, type Page, startBrowser, type Tab } from './browser.ts';

/** The page is ready when all of its operations are read. */
export const READY = 'document.documentElement?.dataset.ready';
/** The address of the view. */
export const HASH = 'location.hash';
/** How many operations are shown. */
export const NOTE = `document.getElementById('filter-note').textContent`;

/** Tests with a browser; where there is none they are skipped, which is said. */
export function inBrowser(name: string, body: (tab: Pages) => void): void {
  describe.skipIf(skipping(name, NO_BROWSER))(name, () => body(new Pages()));
}

/** What tests do with pages. */
export class Pages {
  #browser: Browser | null = null;
  #tab: Tab | null = null;

  constructor() {
    beforeAll(async () => {
      this.#browser = await startBrowser();
    });
    beforeEach(async () => {
      this.#tab = await openTab(this.browser);
    });
    afterEach(async () => {
      for (const context of this.#browser?.contexts() ?? []) await context.close();
    });
    afterAll(async () => {
      await this.#browser?.close();
    });
  }

  get browser(): Browser {
    if (this.#browser === null) throw new Error('the browser has not been started');
    return this.#browser;
  }

  /** The page of this test. */
  get page(): Page {
    if (this.#tab === null) throw new Error('there is a page only within a test');
    return this.#tab.page;
  }

  /** What it complained about since it was opened. */
  get problems(): readonly string[] {
    return this.#tab?.problems ?? [];
  }

  /** Opens an address afresh, not only its hash, and waits until an expression is true in it. */
  async open(url: string, ready: string = READY): Promise<void> {
    await this.page.goto('about:blank');
    if (this.#tab !== null) this.#tab.problems.length = 0;
    await this.page.goto(url);
    await this.until(ready);
  }

  /** The value of an expression in the page. */
  async value<T>(expression: string): Promise<T> {
    return (await this.page.evaluate(expression)) as T;
  }

  /**
   * Waits until an expression is true; fails after a minute, naming it. Asked from here again and again: a page under
   * a strict policy may not evaluate it in a timer of its own, as `waitForFunction` would.
   */
  async until(expression: string): Promise<void> {
    for (let tries = 0; tries < 2_400; tries++) {
      if (await this.value(`Boolean(${expression})`)) return;
      await sleep(25);
    }
    throw new Error(`never became true: ${expression}`);
  }

  /** Presses keys one after the other, by their names. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Types words where the focus is. */
  type(words: string): Promise<void> {
    return this.page.keyboard.type(words);
  }

  /** How many elements a selector has. */
  count(selector: string): Promise<number> {
    return this.page.locator(selector).count();
  }

  /** What is read at a selector. */
  text(selector: string): Promise<string> {
    return this.value(`document.querySelector(${JSON.stringify(selector)}).innerText`);
  }

  /** Drags within an element, from and to distances from its left edge, at one from its top, maybe with a key held. */
  async drag(selector: string, from: number, to: number, top: number, held?: 'Shift'): Promise<void> {
    const box = await this.page.locator(selector).boundingBox();
    if (box === null) throw new Error(`${selector} is not to be seen`);
    const { mouse, keyboard } = this.page;
    if (held !== undefined) await keyboard.down(held);
    await mouse.move(box.x + from, box.y + top);
    await mouse.down();
    await mouse.move(box.x + to, box.y + top, { steps: 5 });
    await mouse.up();
    if (held !== undefined) await keyboard.up(held);
  }
}
