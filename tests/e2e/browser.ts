/**
 * A headless Chromium for tests of pages, driven over its debugging socket. One browser, one page; everything it
 * complained about is kept.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'undici';
import { sleep, within } from '../../harness/time.ts';

/** The browser of this machine, if there is one. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--remote-debugging-port=0',
  '--window-size=1400,1000',
];

interface Reply {
  result?: { result?: { value?: unknown; description?: string }; exceptionDetails?: { text: string } };
}

/** A page in a browser of its own. */
export class Browser {
  /** Exceptions, refused resources and console output of the page. */
  readonly problems: string[] = [];
  readonly #process: ChildProcess;
  readonly #profile: string;
  #socket: WebSocket | null = null;
  #sent = 0;
  readonly #waiting = new Map<number, (reply: Reply) => void>();

  private constructor(process: ChildProcess, profile: string) {
    this.#process = process;
    this.#profile = profile;
  }

  static async launch(): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'faultline-browser-'));
    const process = spawn(CHROMIUM!, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const browser = new Browser(process, profile);
    const said = new Promise<string>((resolve) => {
      let text = '';
      process.stderr!.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const port = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
        if (port !== undefined) resolve(port);
      });
    });
    const port = await within(20_000, 'starting the browser', said);
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as Record<string, string>[];
    const socket = new WebSocket(targets.find((one) => one['type'] === 'page')!['webSocketDebuggerUrl']!);
    await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
    socket.addEventListener('message', (event) => browser.#receive(JSON.parse(String(event.data))));
    browser.#socket = socket;
    for (const domain of ['Runtime', 'Log', 'Page']) await browser.send(`${domain}.enable`);
    return browser;
  }

  #receive(message: { id?: number; method?: string; params?: Record<string, unknown> } & Reply): void {
    if (message.id !== undefined) {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    } else if (/exceptionThrown|entryAdded|consoleAPICalled/.test(message.method ?? '')) {
      this.problems.push(JSON.stringify(message.params));
    }
  }

  /** One command of the debugging protocol. */
  async send(method: string, params: Record<string, unknown> = {}): Promise<Reply> {
    const id = ++this.#sent;
    const reply = new Promise<Reply>((resolve) => this.#waiting.set(id, resolve));
    this.#socket!.send(JSON.stringify({ id, method, params }));
    return within(20_000, method, reply);
  }

  /** Opens a page afresh and waits until `ready` is true in it. */
  async open(url: string, ready: string): Promise<void> {
    this.problems.length = 0;
    await this.send('Page.navigate', { url: 'about:blank' });
    await this.send('Page.navigate', { url });
    await this.until(ready);
  }

  /** The value of an expression in the page. */
  async value<T>(expression: string): Promise<T> {
    const { result } = await this.send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (result?.exceptionDetails !== undefined)
      throw new Error(`${expression}: ${result.result?.description}`);
    return result?.result?.value as T;
  }

  /** Waits until an expression is true; fails after ten seconds, naming it. */
  async until(expression: string): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if ((await this.value(`Boolean(${expression})`)) === true) return;
      await sleep(50);
    }
    throw new Error(`never became true: ${expression}`);
  }

  /** Types one key. */
  async press(key: string): Promise<void> {
    const text = key.length === 1 ? { text: key } : {};
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', key, ...text });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key });
  }

  /** Presses, moves and releases the left button, in page coordinates of the window. */
  async drag(x: number, y: number, toX = x, toY = y): Promise<void> {
    const mouse = (type: string, atX: number, atY: number, held: boolean): Promise<Reply> =>
      this.send('Input.dispatchMouseEvent', {
        type,
        x: atX,
        y: atY,
        button: 'left',
        buttons: held ? 1 : 0,
        clickCount: 1,
      });
    await mouse('mouseMoved', x, y, false);
    await mouse('mousePressed', x, y, true);
    for (let part = 1; part <= 5 && (x !== toX || y !== toY); part++) {
      await mouse('mouseMoved', x + ((toX - x) * part) / 5, y + ((toY - y) * part) / 5, true);
    }
    await mouse('mouseReleased', toX, toY, false);
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#socket?.close();
    this.#process.kill('SIGKILL');
    await gone;
    await sleep(100);
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }
}
