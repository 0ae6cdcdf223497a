/** What the one home of time promises of signals. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { signalAfter, sleep } from '../../harness/time.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const aborted = (signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve((signal.reason as Error).name), { once: true });
  });

describe('a signal that aborts after a time', () => {
  it.each([
    ['alone', () => signalAfter(200)],
    ['below a parent', () => signalAfter(200, new AbortController().signal)],
    ['joined with another', () => AbortSignal.any([new AbortController().signal, signalAfter(200)])],
  ])('does so, %s, though memory is collected before', async (_, make) => {
    const told = aborted(make());
    for (let i = 0; i < 5; i++) {
      await sleep(20);
      collect();
    }
    expect(await Promise.race([told, sleep(5_000).then(() => 'nobody was told')])).toBe('TimeoutError');
  });

  it('aborts as soon as its parent does', async () => {
    const parent = new AbortController();
    const signal = signalAfter(60_000, parent.signal);
    parent.abort(new Error('enough'));
    expect((signal.reason as Error).message).toBe('enough');
  });
});
