import { describe, expect, it } from 'vitest';
import type { ClusterEvent } from '../../../harness/contracts.ts';
import { crashReason } from '../../../harness/run/crashes.ts';
import { Incidents } from '../../../harness/run/incidents.ts';

const crashed = (output: string[], code: number | null = 1, signal: string | null = null): ClusterEvent => ({
  node: 'n1',
  kind: 'crashed',
  detail: { life: 1, code, signal, by: 'itself', output },
});

describe('the reason of a crash', () => {
  it('is the line that names the error, whoever wrote it', () => {
    const node = [
      '/app/node.js:3',
      '    throw new TypeError("no such key");',
      '',
      'TypeError: no such key',
      '    at x',
      '',
      'Node.js v20',
    ];
    expect(crashReason(crashed(node))).toBe('exit code 1: TypeError: no such key');
    const python = ['Traceback (most recent call last):', '  File "kv.py", line 3', 'KeyError: 3'];
    expect(crashReason(crashed(python))).toBe('exit code 1: KeyError: 3');
    expect(crashReason(crashed(['panic: runtime error: index out of range', 'goroutine 1']))).toBe(
      'exit code 1: panic: runtime error: index out of range',
    );
    expect(crashReason(crashed(['started', 'RefusedCall: fetch is not part\n    at a\n    at b']))).toBe(
      'exit code 1: RefusedCall: fetch is not part',
    );
  });

  it('is how it ended where nothing was said, and its last words where nothing looks like an error', () => {
    expect(crashReason(crashed([], null, 'SIGSEGV'))).toBe('SIGSEGV');
    expect(crashReason(crashed(['ready'], null))).toBe('an unknown end: ready');
    const byKernel = { code: null, signal: 'SIGKILL', because: 'by the kernel', output: ['ready'] };
    expect(crashReason({ kind: 'crashed', detail: byKernel })).toBe('SIGKILL (by the kernel): ready');
    expect(crashReason(crashed(['ready', 'giving up', '']))).toBe('exit code 1: giving up');
    expect(crashReason({ kind: 'gave-up', detail: { restarts: 5 } })).toBe(
      'not started again after 5 restarts',
    );
    expect(crashReason({ kind: 'exited', detail: { code: 0 } })).toBeNull();
  });

  it('is noted once per node at the end of a run', () => {
    const incidents = new Incidents();
    incidents.record(crashed(['Error: first']));
    expect(incidents.notes()).toEqual(['n1 ended by itself once, with exit code 1: Error: first']);
    incidents.record(crashed(['Error: boom']));
    incidents.record({ node: 'n1', kind: 'gave-up', detail: { restarts: 1 } });
    incidents.record({
      node: 'n2',
      kind: 'exited',
      detail: { code: null, signal: 'SIGKILL', by: 'harness' },
    });
    incidents.record({
      node: 'n3',
      kind: 'protocol-violation',
      detail: { reason: 'not JSON', line: '', count: 1 },
    });
    expect(incidents.notes()).toEqual([
      'n3 broke the protocol once: not JSON',
      'n1 ended by itself 2 times and was given up, last with exit code 1: Error: boom',
    ]);
  });
});
