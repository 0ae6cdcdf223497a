import { afterAll, describe, expect, it } from 'vitest';
import { sleep } from '../../harness/time.ts';
import { type RunningCli, Workplace } from './cli.ts';
import { inBrowser } from './in-browser.ts';

const place = new Workplace();
afterAll(() => place.remove());

/** Starts the server and resolves with its address. */
async function served(...words: string[]): Promise<{ cli: RunningCli; address: string }> {
  const cli = place.start('serve', '--port', '0', ...words);
  let address = '';
  cli.child.stdout!.on('data', (chunk: Buffer) => {
    address += chunk.toString();
  });
  await cli.says('ctrl-c ends it');
  while (!address.includes('\n')) await sleep(20);
  return { cli, address: address.trim() };
}

describe('faultline serve', () => {
  it('serves the runs of its folder until ctrl-c, to who brings the token', async () => {
    const { cli, address } = await served('--token', 'a-good-token');
    const bare = address.replace(/\?.*/, '');
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=a-good-token$/);
    expect((await fetch(bare)).status).toBe(401);
    const page = await fetch(bare, { headers: { authorization: 'Bearer a-good-token' } });
    expect(await page.text()).toContain('No runs yet');
    cli.child.kill('SIGINT');
    expect((await cli.done).code).toBe(0);
  });

  it('says what is wrong with a port or a token', async () => {
    for (const [words, said] of [
      [['--port', 'http'], /--port http is no port.*a whole number from 0 to 65535/s],
      [['--token', 'short'], /the token has 5 characters.*at least 8/s],
    ] as const) {
      const { code, stderr } = await place.run('serve', ...words);
      expect(stderr).toMatch(said);
      expect(code).toBe(64);
    }
    const { cli, address } = await served();
    const second = await place.run('serve', '--port', new URL(address).port);
    expect(second.stderr).toMatch(/port \d+ is taken.*--port 0/s);
    expect(second.code).toBe(64);
    cli.child.kill('SIGTERM');
    await cli.done;
  });
});

inBrowser('faultline serve in a browser', (tab) => {
  it('lists runs, follows one that goes on to its verdict, and opens its report', async () => {
    await place.run('run', 'raft', '--backend', 'sim', '--seed', '3', '--time-limit', '2s');
    const { cli, address } = await served();
    const root = address.replace(/\/$/, '');
    await tab.open(`${root}/#q=verdict%3Apass`, `document.getElementById('shown')?.textContent === '1 runs'`);
    await tab.open(
      `${root}/#q=verdict%3Afail`,
      `document.getElementById('shown')?.textContent === '0 of 1 runs'`,
    );
    await tab.open(root, `document.querySelectorAll('#runs tbody tr').length === 1`);

    const run = place.start('run', 'bully', '--seed', '4', '--time-limit', '3s', '--nemesis', 'partition');
    await tab.until(`document.querySelector('#runs .v-running')`);
    const live = await tab.value<string>(`document.querySelector('a[href^="/live/"]').href`);
    await tab.open(live, `document.querySelectorAll('#nodes tr').length === 5`);
    await tab.until(`document.querySelector('#tiles .tile b')`);
    await tab.until(`document.querySelector('#stages .now')`);
    await run.done;
    await tab.until(`/FAIL|PASS/.test(document.getElementById('standing').textContent)`);
    await tab.until(`document.querySelector('#facts a')`);
    expect(tab.problems).toEqual([]);

    const report = await tab.value<string>(`document.querySelector('#facts a').href`);
    await tab.open(report);
    expect(await tab.value<string>('document.title')).toMatch(/bully, seed 4$/);
    expect(tab.problems).toEqual([]);
    cli.child.kill('SIGINT');
    expect((await cli.done).code).toBe(0);
  });
});
