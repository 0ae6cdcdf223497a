/**
 * What is told of a program that ended: its cause, however long a dump came after it.
 */
import { describe, expect, it } from 'vitest';
import { lastWords } from '../../../harness/cluster/last-words.ts';
import type { ClusterEvent } from '../../../harness/contracts.ts';
import { cleanUp, until, upBench } from '../../kits/backend.ts';

const frames = (count: number): string[] => Array.from({ length: count }, (_, i) => `\tmain.go:${i} +0x${i}`);

describe('lastWords', () => {
  it('is the end, with the cause above it where the end has none', () => {
    const dump = ['ready', 'panic: nil map', 'goroutine 1 [running]:', ...frames(200)];
    expect(lastWords(dump, 3)).toEqual(['panic: nil map', ...frames(200).slice(-2)]);
    expect(lastWords(['a', 'b', 'KeyError: 3', 'c'], 2)).toEqual(['KeyError: 3', 'c']);
    expect(lastWords(['a', 'b', 'c'], 2)).toEqual(['b', 'c']);
    expect(lastWords([], 2)).toEqual([]);
  });

  it('takes the cause that is nearest to the end', () => {
    const said = ['FATAL: not yet', 'ready', 'fatal error: all goroutines are asleep', ...frames(20)];
    expect(lastWords(said, 2)[0]).toBe('fatal error: all goroutines are asleep');
  });
});

describe('a node that ends with a long dump', () => {
  cleanUp();
  const dumping = (end: string): string =>
    `console.error('panic: nil map\\n' + '  frame\\n'.repeat(100)); setTimeout(() => ${end}, 250)`;

  it.each([
    ['by itself', 'process.exit(2)', 'panic: nil map'],
    // What it said before somebody killed it is not why it ended.
    ['by SIGKILL', 'process.kill(process.pid, "SIGKILL")', '  frame'],
  ])('%s', async (_how, end, first) => {
    const { events } = await upBench('tcp', {
      nodes: ['n1'],
      program: () => ({ file: process.execPath, args: ['-e', dumping(end)] }),
      ready: { kind: 'none' },
      restart: { policy: 'never', delayMs: 0, max: 0 },
    });
    const crash = (): ClusterEvent | undefined => events.find(({ kind }) => kind === 'crashed');
    await until('the crash', () => crash() !== undefined);
    const { output } = crash()!.detail as { output: string[] };
    expect(output).toHaveLength(10);
    expect(output[0]).toBe(first);
  });
});
